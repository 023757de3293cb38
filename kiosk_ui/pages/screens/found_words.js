// @ts-check
/** The sentences of what a diagnosis found, as far as this screen says them: what it is, and what to do about it. */

/** @import { Key } from "../i18n.js" */

/** How a row of protocol/diagnosis.py is called here: camera_black. @param {string} finding */
export function nameOf(finding) {
  return finding.replace(".", "_");
}

/** A row of protocol/diagnosis.py, by its name here -> what was found. @type {Record<string, Key>} */
export const FOUND = {
  central_slow: "found.central_slow",
  central_refused: "found.central_refused",
  central_not_enrolled: "found.central_not_enrolled",
  clock_old: "found.clock_old",
  clock_never: "found.clock_never",
  relay_silent: "found.relay_silent",
  bandwidth_low: "found.bandwidth_low",
  outbox_waiting: "found.outbox_waiting",
  disk_low: "found.disk_low",
  memory_large: "found.memory_large",
  camera_missing: "found.camera_missing",
  camera_works: "found.camera_works",
  camera_failed: "found.camera_failed",
  camera_black: "found.camera_black",
  camera_blank: "found.camera_blank",
  camera_frozen: "found.camera_frozen",
  camera_dark: "found.camera_dark",
  camera_small: "found.camera_small",
  camera_slow: "found.camera_slow",
  microphone_missing: "found.microphone_missing",
  microphone_works: "found.microphone_works",
  microphone_failed: "found.microphone_failed",
  microphone_silent: "found.microphone_silent",
  speaker_confirmed: "found.speaker_confirmed",
  speaker_heard: "found.speaker_heard",
  speaker_played: "found.speaker_played",
  speaker_untried: "found.speaker_untried",
  speaker_unheard: "found.speaker_unheard",
  speaker_missing: "found.speaker_missing",
  speaker_off: "found.speaker_off",
  speaker_failed: "found.speaker_failed",
  versions_differ: "found.versions_differ",
};

/** A row of protocol/diagnosis.py that is bad -> what to do. @type {Record<string, Key>} */
export const MEND = {
  central_slow: "mend.central_slow",
  central_refused: "mend.central_refused",
  central_not_enrolled: "mend.central_not_enrolled",
  clock_old: "mend.clock_old",
  clock_never: "mend.clock_never",
  relay_silent: "mend.relay_silent",
  bandwidth_low: "mend.bandwidth_low",
  outbox_waiting: "mend.outbox_waiting",
  disk_low: "mend.disk_low",
  memory_large: "mend.memory_large",
  camera_missing: "mend.camera_missing",
  camera_failed: "mend.camera_failed",
  camera_black: "mend.camera_black",
  camera_blank: "mend.camera_blank",
  camera_frozen: "mend.camera_frozen",
  camera_dark: "mend.camera_dark",
  camera_small: "mend.camera_small",
  camera_slow: "mend.camera_slow",
  microphone_missing: "mend.microphone_missing",
  microphone_failed: "mend.microphone_failed",
  microphone_silent: "mend.microphone_silent",
  speaker_unheard: "mend.speaker_unheard",
  speaker_missing: "mend.speaker_missing",
  speaker_off: "mend.speaker_off",
  speaker_failed: "mend.speaker_failed",
  versions_differ: "mend.versions_differ",
};

/** What was looked at, before the first _ of a name. @type {Record<string, Key>} */
export const AREAS = {
  central: "area.central",
  clock: "area.clock",
  relay: "area.relay",
  bandwidth: "area.bandwidth",
  outbox: "area.outbox",
  disk: "area.disk",
  memory: "area.memory",
  versions: "area.versions",
};
