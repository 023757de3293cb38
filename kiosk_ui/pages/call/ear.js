// @ts-check
/** An officer hears the call: what both ends say goes to one more connection, and only while the sign for it is on the glass. */

import { server } from "./link.js";

/** @import { Candidate, Heard, Listened, Said } from "../messages.js" */

const RECOVER_EVERY_MS = 5000;
/** The call's own sound comes first on a thin line. @type {RTCRtpEncodingParameters} */
const MODEST = { maxBitrate: 24_000, priority: "very-low" };

/** @typedef {() => { own: MediaStreamTrack | null, family: MediaStreamTrack | null }} Voices */

/** Makes and closes the one connection to a listener; whatever fails in it leaves the call alone. */
export class Ear {
  /** @type {Listened | null} */
  #asked = null;
  #signed = false;
  /** @type {EarLink | null} */
  #link = null;
  /** @type {EarLink | null} */
  #detached = null;

  /** @param {Voices} voices @param {{ say: (message: Said) => void, failed: (error: unknown) => void }} outside */
  constructor(voices, outside) {
    this.voices = voices;
    this.outside = outside;
  }

  /** Whether a connection to a listener stands or is being made. */
  get open() {
    return this.#link !== null;
  }

  /** @param {Heard} message of central or of the listener; the family's are none of its business */
  hear(message) {
    if (message.type === "welcome") this.#ask(null);
    else if (message.type === "listened") this.#ask(message);
    else this.#link?.hear(message);
  }

  /** The sign that an officer listens is on the glass, or is not. @param {boolean} signed */
  sign(signed) {
    this.#signed = signed;
    this.#look();
  }

  /** The call ends: be deaf at once; whoever stops the tracks ends the sound, and `dispose` comes after the next screen is on the glass. */
  detach() {
    this.#signed = false;
    this.#link?.detach();
    this.#detached = this.#link ?? this.#detached;
    this.#link = null;
  }

  dispose() {
    this.#detached?.close();
    this.#detached = null;
  }

  /** What is sent has changed: a device came back, or the family did. */
  tracksChanged() {
    this.#link?.send(this.voices());
  }

  /** @param {Listened | null} asked */
  #ask(asked) {
    if (asked?.listen_id !== this.#asked?.listen_id) this.#close();
    this.#asked = asked;
    this.#look();
  }

  #look() {
    const wanted = this.#signed && typeof this.#asked?.listen_id === "string";
    if (!wanted) return this.#close();
    if (this.#link || !this.#asked) return;
    try {
      this.#link = new EarLink(this.#asked, this.voices(), this.outside);
    } catch (error) {
      this.outside.failed(error);
    }
  }

  #close() {
    this.#link?.close();
    this.#link = null;
  }
}

/** One peer connection that only sends: this end leads, as in the call. */
class EarLink {
  #chain = Promise.resolve();
  /** @type {Candidate[]} */
  #early = [];
  #over = false;

  /** @param {Listened} asked @param {ReturnType<Voices>} voices @param {{ say: (message: Said) => void, failed: (error: unknown) => void }} outside */
  constructor(asked, voices, outside) {
    this.outside = outside;
    this.callId = `${asked.listen_id}-${crypto.randomUUID().slice(0, 8)}`;
    this.pc = new RTCPeerConnection({ iceServers: asked.servers.map(server), iceTransportPolicy: asked.policy });
    this.own = this.#sender(voices.own);
    this.family = this.#sender(voices.family);
    this.pc.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate === "") return;
      const { candidate: line, sdpMid, sdpMLineIndex } = candidate ?? { candidate: "", sdpMid: null, sdpMLineIndex: null };
      this.#say({ type: "candidate", call_id: this.callId, candidate: line, mid: sdpMid, line: sdpMLineIndex });
    });
    this.recovery = setInterval(() => this.#recover(), RECOVER_EVERY_MS);
    this.#queue(() => this.#offer());
  }

  /** @param {MediaStreamTrack | null} track */
  #sender(track) {
    return this.pc.addTransceiver(track ?? "audio", { direction: "sendonly", sendEncodings: [MODEST] }).sender;
  }

  /** @param {Heard} message */
  hear(message) {
    if (message.type === "answer" && "sdp" in message && message.call_id === this.callId) this.#queue(() => this.#answered(message.sdp));
    else if (message.type === "candidate" && message.call_id === this.callId) this.#queue(() => this.#candidate(message));
  }

  /** @param {ReturnType<Voices>} voices */
  send({ own, family }) {
    this.#queue(async () => {
      if (this.own.track !== own) await this.own.replaceTrack(own);
      if (this.family.track !== family) await this.family.replaceTrack(family);
    });
  }

  detach() {
    this.#over = true;
    clearInterval(this.recovery);
  }

  close() {
    this.detach();
    this.pc.close();
  }

  /** @param {Said} message */
  #say(message) {
    if (!this.#over) this.outside.say(message);
  }

  /** @param {() => Promise<void>} work */
  #queue(work) {
    this.#chain = this.#chain
      .then(() => (this.#over ? undefined : work()))
      .catch((error) => (this.#over ? undefined : this.outside.failed(error)));
  }

  async #offer() {
    await this.pc.setLocalDescription();
    this.#say({ type: "offer", call_id: this.callId, sdp: this.pc.localDescription?.sdp ?? "" });
  }

  /** @param {string} sdp */
  async #answered(sdp) {
    if (this.pc.signalingState !== "have-local-offer") return;
    await this.pc.setRemoteDescription({ type: "answer", sdp });
    for (const candidate of this.#early.splice(0)) await this.#candidate(candidate);
  }

  /** @param {Candidate} message */
  async #candidate(message) {
    if (!this.pc.remoteDescription) return void this.#early.push(message);
    const { candidate, mid, line } = message;
    await this.pc.addIceCandidate(candidate ? { candidate, sdpMid: mid, sdpMLineIndex: line } : undefined).catch(() => {});
  }

  #recover() {
    if (this.pc.connectionState === "connected") return;
    this.pc.restartIce();
    this.#queue(() => this.#offer());
  }
}
