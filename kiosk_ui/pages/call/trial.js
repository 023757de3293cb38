// @ts-check
/** Trying camera, microphone and loudspeaker outside a call: opened as a call opens them, measured, and let go. */

import { PictureProbe } from "./picture.js";
import { SoundProbe, TONE_MS, stoodOut } from "./sound.js";

/** @import { DevicesMeasured, TryDevices } from "../messages.js" */
/** @import { LocalMedia } from "./media.js" */
/** @import { Heard } from "./sound.js" */

const LOOK_MS = 125;
const WINDOW_MS = 2000;
const TELL_MS = 1000;
/** What still rings or echoes counts neither as before nor as during. */
const SETTLE_MS = 300;
const QUIET_LOOKS = 6;

/** @typedef {{ atMs: number, level: number, heard: Heard }} Listened */

/** One at a time; for as long as it runs, `running` is true and the screen says so. */
export class DeviceTrial {
  /** @type {{ picture: PictureProbe, sound: SoundProbe, timer: ReturnType<typeof setInterval> } | null} */
  #open = null;
  /** @type {TryDevices | null} */
  #asked = null;
  /** Somebody watches: the maintenance screen. */
  #watched = false;
  #sinceMs = 0;
  #askedMs = 0;
  #toldMs = 0;
  /** @type {Listened[]} */
  #listened = [];
  /** @type {{ startMs: number, before: Heard[] } | null} */
  #tone = null;
  /** @type {DevicesMeasured} */
  #measured = nothing();
  #listed = { camera: false, microphone: false, speaker: true };

  /**
   * @param {LocalMedia} media
   * @param {{ send: (message: DevicesMeasured) => void, changed: (running: boolean) => void, looked: (level: number | null) => void }} listener
   */
  constructor(media, listener) {
    this.media = media;
    this.listener = listener;
    this.volume = 0.8;
  }

  get running() {
    return this.#open !== null;
  }

  /** Whether a tone sounds at the moment. */
  get sounding() {
    return this.#tone !== null;
  }

  /** What the agent asked for; answered once, and then everything is let go of. @param {TryDevices} asked */
  begin(asked) {
    this.#asked = asked;
    this.#askedMs = performance.now();
    this.#begin();
  }

  /** Look and tell for as long as the maintenance screen shows it. */
  watch() {
    this.#watched = true;
    this.#begin();
  }

  /** Nobody watches any more. */
  unwatch() {
    this.#watched = false;
    if (!this.#asked) this.stop();
  }

  /** Let go of everything now, and answer nothing. */
  stop() {
    const open = this.#open;
    this.#asked = this.#tone = this.#open = null;
    this.#watched = false;
    if (!open) return;
    clearInterval(open.timer);
    open.picture.watch(null);
    open.sound.close();
    this.media.stop();
    this.listener.changed(false);
  }

  /** Somebody says whether the tone was heard. @param {boolean} heard */
  confirm(heard) {
    if (!this.#open || this.#measured.speaker !== "played") return;
    this.#measured.confirmed = heard;
    this.#tell(null);
  }

  /** Play the tone and listen for it. */
  async play() {
    const open = this.#open;
    if (!open || this.#tone) return;
    const before = this.#listened.slice(-QUIET_LOOKS).map((one) => one.heard);
    this.#measured = { ...this.#measured, tone_db: null, confirmed: null };
    if (!this.#listed.speaker || this.volume === 0) return this.#spoke(this.volume === 0 ? "off" : "missing");
    this.#tone = { startMs: performance.now(), before };
    const sounds = await open.sound.play(this.volume);
    if (this.#open !== open) return;
    if (!sounds) return this.#spoke("failed");
    this.#tone = { startMs: performance.now(), before };
  }

  #begin() {
    if (this.#open) return;
    this.#measured = nothing();
    this.#listened = [];
    this.#sinceMs = this.#toldMs = performance.now();
    this.#open = { picture: new PictureProbe(), sound: new SoundProbe(), timer: setInterval(() => this.#look(), LOOK_MS) };
    this.listener.changed(true);
    void this.media.open();
    void this.#list();
  }

  async #list() {
    const kinds = new Set((await navigator.mediaDevices.enumerateDevices()).map((device) => device.kind));
    this.#listed = { camera: kinds.has("videoinput"), microphone: kinds.has("audioinput"), speaker: kinds.has("audiooutput") };
  }

  #look() {
    const open = this.#open;
    if (!open) return;
    const now = performance.now();
    if (this.media.audio) void open.sound.listen(this.media.audio);
    this.#see(open.picture);
    this.#hear(open.sound, now);
    if (this.#asked && now - this.#askedMs >= this.#asked.ms) return this.#giveUp();
    if (this.#tone && now - this.#tone.startMs >= TONE_MS) this.#toneOver(this.#tone);
    if (this.#asked && now - this.#sinceMs >= this.#due()) this.#answer(this.#asked);
    else if (this.#watched && now - this.#toldMs >= TELL_MS) this.#tell(null);
  }

  /** A trial that was asked for has waited for its devices as long as it may; what there is now is the answer. */
  #due() {
    const ready = this.#measured.camera === "measured" && this.#listened.length * LOOK_MS >= WINDOW_MS / 2;
    return ready ? WINDOW_MS : 2 * WINDOW_MS;
  }

  /** @param {PictureProbe} picture */
  #see(picture) {
    picture.watch(this.media.video);
    const seen = this.media.video ? picture.look(WINDOW_MS) : null;
    Object.assign(this.#measured, seen ?? { width: 0, height: 0, frames_per_s: 0, brightness: 0, contrast: 0, movement: 0 });
    this.#measured.camera = seen ? "measured" : this.#listed.camera ? "failed" : "missing";
  }

  /** @param {SoundProbe} sound @param {number} now */
  #hear(sound, now) {
    const looked = this.media.audio ? sound.look() : null;
    this.#listened = this.#listened.filter((one) => one.atMs >= now - WINDOW_MS);
    if (looked) this.#listened.push({ atMs: now, ...looked });
    this.#measured.microphone = looked ? "measured" : this.#listed.microphone ? "failed" : "missing";
    this.#measured.level_db = Math.max(-200, ...this.#listened.map((one) => one.level));
    this.listener.looked(looked && looked.level);
  }

  /** @param {{ startMs: number, before: Heard[] }} tone */
  #toneOver({ startMs, before }) {
    const during = this.#listened.filter((one) => one.atMs >= startMs + SETTLE_MS).map((one) => one.heard);
    this.#measured.tone_db = stoodOut(before, during);
    this.#spoke("played");
  }

  /** @param {"off" | "missing" | "failed" | "played"} how */
  #spoke(how) {
    this.#tone = null;
    this.#measured.speaker = how;
    if (this.#watched) this.#tell(null);
  }

  /** @param {TryDevices} asked */
  #answer(asked) {
    if (this.#tone) return;
    if (asked.tone && this.#measured.speaker === "untried") return void this.play();
    this.#tell(asked.try_id);
    this.#asked = null;
    if (!this.#watched) this.stop();
  }

  /** The time is over; somebody who watches goes on. */
  #giveUp() {
    this.#asked = null;
    if (!this.#watched) this.stop();
  }

  /** @param {string | null} tryId */
  #tell(tryId) {
    this.#toldMs = performance.now();
    this.listener.send({ ...this.#measured, try_id: tryId });
  }
}

/** @returns {DevicesMeasured} */
function nothing() {
  return {
    type: "devices_measured", try_id: null, camera: "missing", width: 0, height: 0, frames_per_s: 0, brightness: 0, contrast: 0, movement: 0,
    microphone: "missing", level_db: -200, speaker: "untried", tone_db: null, confirmed: null,
  };
}
