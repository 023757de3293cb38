// @ts-check
/** What this device sends in the call: a camera or microphone that goes is taken out, told, and opened again by itself. */

import { silentTrack, videoWanted } from "./devices.js";

/** @typedef {import("./devices.js").Opened} Opened */
/** @typedef {"audio" | "video"} Kind */

const MEND_MS = 1500;
const MUTED_MS = 800;
const KINDS = /** @type {Kind[]} */ (["audio", "video"]);

export class OwnDevices {
  /**
   * @param {Opened} opened a microphone that was never there is silence by choice; one that goes later pauses the talk time
   * @param {AudioContext} context
   * @param {{send: (kind: Kind, track: MediaStreamTrack | null) => unknown, changed: () => void}} tell null: send no packets of that kind
   */
  constructor(opened, context, tell) {
    this.tell = tell;
    this.had = { video: opened.camera, audio: opened.microphone };
    this.stream = opened.stream ?? new MediaStream();
    if (!opened.microphone) this.stream.addTrack(silentTrack(context));
    this.facing = "user";
    this.silent = false;
    this.over = false;
    this.busy = false;
    /** Live tracks that give nothing: another call has the microphone. @type {WeakSet<MediaStreamTrack>} */
    this.silenced = new WeakSet();
    /** @type {Record<Kind, MediaStreamTrack | null>} */
    this.sent = { audio: this.giving("audio"), video: this.giving("video") };
    for (const track of this.stream.getTracks()) this.watch(track);
    this.wake = () => void this.mend();
    this.timer = setInterval(this.wake, MEND_MS);
    navigator.mediaDevices?.addEventListener?.("devicechange", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  /** Whether the other end can see this one. */
  get camera() {
    return this.had.video && this.giving("video") !== null;
  }

  /** Whether a microphone works. */
  get microphone() {
    return this.had.audio && this.giving("audio") !== null;
  }

  /** What was there and is gone. */
  get lost() {
    return { camera: this.had.video && !this.camera, microphone: this.had.audio && !this.microphone };
  }

  /** The track that gives something, or null. @param {Kind} kind */
  giving(kind) {
    return this.stream.getTracks().find((one) => one.kind === kind && one.readyState === "live" && !this.silenced.has(one)) ?? null;
  }

  /** Not heard, by one's own wish: packets go on. @param {boolean} silent */
  mute(silent) {
    this.silent = silent;
    for (const track of this.stream.getAudioTracks()) track.enabled = !silent;
  }

  /** The other camera; failing that the same again. */
  async turn() {
    this.busy = true;
    const before = this.facing;
    for (const track of this.stream.getVideoTracks()) track.stop();
    this.facing = before === "user" ? "environment" : "user";
    if (!(await this.take("video"))) {
      this.facing = before;
      await this.take("video");
    }
    this.busy = false;
    this.update();
  }

  /** Open what was there and is gone. */
  async mend() {
    if (this.over || this.busy) return;
    this.busy = true;
    for (const kind of KINDS) {
      const live = this.stream.getTracks().some((one) => one.kind === kind && one.readyState === "live");
      if (this.had[kind] && !live) await this.take(kind);
    }
    this.busy = false;
  }

  /** @param {Kind} kind @returns {Promise<boolean>} whether it was opened */
  async take(kind) {
    const wanted = kind === "video" ? { video: videoWanted(this.facing) } : { audio: true };
    const fresh = await navigator.mediaDevices.getUserMedia(wanted).catch(() => null);
    const track = fresh?.getTracks()[0];
    if (!track) return false;
    if (this.over) track.stop();
    else this.adopt(track);
    return !this.over;
  }

  /** @param {MediaStreamTrack} track */
  adopt(track) {
    for (const old of this.stream.getTracks()) if (old.kind === track.kind) this.stream.removeTrack(old);
    if (track.kind === "audio") track.enabled = !this.silent;
    this.stream.addTrack(track);
    this.watch(track);
    this.update();
  }

  /** @param {MediaStreamTrack} track */
  watch(track) {
    track.addEventListener("ended", () => {
      this.update();
      void this.mend();
    });
    track.addEventListener("mute", () => setTimeout(() => this.silence(track, track.muted), MUTED_MS));
    track.addEventListener("unmute", () => this.silence(track, false));
  }

  /** @param {MediaStreamTrack} track @param {boolean} silent */
  silence(track, silent) {
    if (silent) this.silenced.add(track);
    else this.silenced.delete(track);
    this.update();
  }

  update() {
    if (this.over) return;
    const changed = KINDS.filter((kind) => this.sent[kind] !== this.giving(kind));
    for (const kind of changed) {
      this.sent[kind] = this.giving(kind);
      this.tell.send(kind, this.sent[kind]);
    }
    if (changed.length) this.tell.changed();
  }

  /** Let go of camera and microphone. */
  close() {
    this.over = true;
    clearInterval(this.timer);
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    for (const track of this.stream.getTracks()) track.stop();
  }
}
