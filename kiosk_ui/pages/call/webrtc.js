// @ts-check
/** The booth's end of a video call: one link at a time, what it measures, and how it gives way on a bad line. */

import { Adaptation, STEPS } from "./adaptation.js";
import { Hearing, compare, readSample } from "./facts.js";
import { Link } from "./link.js";

/** @import { FromPage, Heard, StartCall } from "../messages.js" */
/** @import { LocalMedia } from "./media.js" */
/** @import { Sample } from "./facts.js" */

/** @typedef {"good" | "weak" | "audio"} LinkWord */

const FACTS_EVERY_MS = 500;
const QUALITY_EVERY_MS = 5000;
const WEAK_LOSS = 0.04;
const WEAK_ROUND_TRIP_MS = 450;
const WEAK_KBIT = 60;
const BOTH = { camera: true, microphone: true };

/** Knows nothing of the page: it is given tracks and a way to send, and gives a remote stream. */
export class KioskCall {
  /** @type {Link | null} */
  #link = null;
  /** @type {Link | null} */
  #detached = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #here = new Hearing();
  #there = new Hearing();
  #adaptation = new Adaptation();
  /** @type {Sample | null} */
  #before = null;
  #qualityAt = 0;
  #frames = 0;
  #firstFrameSent = false;

  /**
   * @param {LocalMedia} media
   * @param {{ send: (message: FromPage) => void, changed: () => void, now?: () => number }} outside `changed`: look at `remote`,
   *   `remotePicture` and `word` again
   */
  constructor(media, outside) {
    this.media = media;
    this.outside = outside;
    this.now = outside.now ?? (() => performance.now());
    /** How good the line is, in a word. @type {LinkWord} */
    this.word = "good";
    /** Which of the family's devices give something, by its own word. */
    this.family = BOTH;
  }

  /** The call id of the link at hand, or null. */
  get callId() {
    return this.#link?.callId ?? null;
  }

  /** The family's picture and voice, or null. */
  get remote() {
    return this.#link?.remote ?? null;
  }

  /** Whether the family's end sends a picture at the moment. */
  get remotePicture() {
    if (!this.family.camera) return false;
    return this.#link?.remote.getVideoTracks().some((track) => !track.muted && track.readyState === "live") ?? false;
  }

  /** @param {StartCall} order the same call id again changes nothing */
  start(order) {
    if (order.call_id === this.callId) return;
    this.#link?.close();
    this.#here = new Hearing();
    this.#there = new Hearing();
    this.#adaptation = new Adaptation();
    this.#before = null;
    this.#frames = 0;
    this.#firstFrameSent = false;
    this.word = "good";
    this.family = BOTH;
    this.#link = new Link(order, this.media, {
      say: (message) => this.outside.send({ type: "signal", message }),
      report: (data) => this.#reported(data),
      changed: this.outside.changed,
      failed: (error) => this.outside.send({ type: "trouble", where: "call", text: String(error).slice(0, 200) }),
    });
    this.#link.scale(/** @type {typeof STEPS[0]} */ (STEPS[0]));
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#measure(), FACTS_EVERY_MS);
    this.outside.changed();
  }

  /** @param {Heard} message of the family or of central */
  hear(message) {
    this.#link?.hear(message);
  }

  /** The own tracks have changed: a device came back, or has gone. */
  tracksChanged() {
    this.#link?.send(this.media.audio, this.media.video);
    this.#link?.tell(this.#own());
  }

  /** The family's first picture was painted. */
  framePainted() {
    if (this.#firstFrameSent || !this.callId) return;
    this.#firstFrameSent = true;
    this.outside.send({ type: "first_frame", call_id: this.callId });
  }

  /** Silence and blindness at once; `dispose` after the next screen is on the glass. @returns {string | null} the call id that ended */
  detach() {
    const callId = this.callId;
    clearInterval(this.#timer);
    this.#link?.detach();
    this.#link?.remote.getTracks().forEach((track) => track.stop());
    this.#detached = this.#link ?? this.#detached;
    this.#link = null;
    return callId;
  }

  dispose() {
    this.#detached?.close();
    this.#detached = null;
  }

  async #measure() {
    const link = this.#link;
    if (!link) return;
    const sample = readSample(await link.pc.getStats());
    if (this.#link !== link) return;
    this.#here.note(sample.audioPackets, this.now() - sample.audioSilent);
    this.#frames = sample.framesDecoded;
    link.tell({ audio: sample.audioPackets, ...this.#own() });
    this.#tellAudio(link);
    if (this.#before === null) this.#startQuality(sample);
    else if (this.now() - this.#qualityAt >= QUALITY_EVERY_MS) this.#tellQuality(link, this.#before, sample);
  }

  /** Which of the own devices give something: the family is told, since silence and a still picture say it late or not at all. */
  #own() {
    return { camera: this.media.video !== null, microphone: this.media.audio !== null };
  }

  /** @param {unknown} data */
  #reported(data) {
    if (!this.#link || typeof data !== "object" || data === null) return;
    this.#familyDevices(data);
    if (!("audio" in data) || typeof data.audio !== "number") return;
    const first = !this.#there.heard;
    if (this.#there.note(data.audio, this.now()) && first) void this.#measure();
  }

  /** @param {object} data a family's page that says nothing of its devices has both */
  #familyDevices(data) {
    const camera = !("camera" in data) || data.camera !== false;
    const microphone = !("microphone" in data) || data.microphone !== false;
    if (camera === this.family.camera && microphone === this.family.microphone) return;
    this.family = { camera, microphone };
    this.outside.changed();
  }

  /** Not before both ends have heard each other once: until then there is no silence, only no call yet. @param {Link} link */
  #tellAudio(link) {
    if (!this.#here.heard || !this.#there.heard) return;
    this.outside.send({
      type: "audio",
      call_id: link.callId,
      here_silent_ms: this.#here.silent(this.now()),
      there_silent_ms: this.#there.silent(this.now()),
      frames: this.#frames,
    });
  }

  /** @param {Sample} sample */
  #startQuality(sample) {
    if (!this.#here.heard) return;
    this.#before = sample;
    this.#qualityAt = this.now();
  }

  /** @param {Link} link @param {Sample} before @param {Sample} sample */
  #tellQuality(link, before, sample) {
    const { audioLoss, videoKbit } = compare(before, sample);
    this.#startQuality(sample);
    this.outside.send({
      type: "quality",
      call_id: link.callId,
      round_trip_ms: sample.roundTripMs,
      audio_loss: audioLoss,
      video_kbit_s: videoKbit,
      frames_received: sample.framesReceived,
      relayed: sample.relayed,
    });
    this.#giveWay(link, sample, audioLoss, videoKbit);
  }

  /** @param {Link} link @param {Sample} sample @param {number | null} audioLoss @param {number | null} videoKbit */
  #giveWay(link, sample, audioLoss, videoKbit) {
    const loss = Math.max(audioLoss ?? 0, sample.outgoingLoss ?? 0);
    const before = this.#adaptation.level;
    const step = this.#adaptation.step({ loss, kbit: sample.outgoingKbit }, this.now());
    if (this.#adaptation.level !== before) link.scale(step);
    const thin = this.remotePicture && videoKbit !== null && videoKbit < WEAK_KBIT;
    const weak = loss > WEAK_LOSS || (sample.roundTripMs ?? 0) > WEAK_ROUND_TRIP_MS || thin || this.#adaptation.level > 0;
    this.word = !step.active ? "audio" : weak ? "weak" : "good";
    this.outside.changed();
  }
}
