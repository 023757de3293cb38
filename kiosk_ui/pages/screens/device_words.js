// @ts-check
/** The sentences of what was found at camera, microphone and loudspeaker: what it is, and what to do about it. */

/** @import { Key } from "../i18n.js" */

/** A row of protocol/diagnosis.py -> what was found. @type {Record<string, Key>} */
export const FOUND = {
  "camera.missing": "found.camera_missing",
  "camera.works": "found.camera_works",
  "camera.failed": "found.camera_failed",
  "camera.black": "found.camera_black",
  "camera.blank": "found.camera_blank",
  "camera.frozen": "found.camera_frozen",
  "camera.dark": "found.camera_dark",
  "camera.small": "found.camera_small",
  "camera.slow": "found.camera_slow",
  "microphone.missing": "found.microphone_missing",
  "microphone.works": "found.microphone_works",
  "microphone.failed": "found.microphone_failed",
  "microphone.silent": "found.microphone_silent",
  "speaker.confirmed": "found.speaker_confirmed",
  "speaker.heard": "found.speaker_heard",
  "speaker.played": "found.speaker_played",
  "speaker.untried": "found.speaker_untried",
  "speaker.unheard": "found.speaker_unheard",
  "speaker.missing": "found.speaker_missing",
  "speaker.off": "found.speaker_off",
  "speaker.failed": "found.speaker_failed",
};

/** A row of protocol/diagnosis.py that is bad -> what to do. @type {Record<string, Key>} */
export const MEND = {
  "camera.missing": "mend.camera_missing",
  "camera.failed": "mend.camera_failed",
  "camera.black": "mend.camera_black",
  "camera.blank": "mend.camera_blank",
  "camera.frozen": "mend.camera_frozen",
  "camera.dark": "mend.camera_dark",
  "camera.small": "mend.camera_small",
  "camera.slow": "mend.camera_slow",
  "microphone.missing": "mend.microphone_missing",
  "microphone.failed": "mend.microphone_failed",
  "microphone.silent": "mend.microphone_silent",
  "speaker.unheard": "mend.speaker_unheard",
  "speaker.missing": "mend.speaker_missing",
  "speaker.off": "mend.speaker_off",
  "speaker.failed": "mend.speaker_failed",
};
