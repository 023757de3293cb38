// @ts-check
/** One peer connection under one call id. The kiosk leads: it alone offers, and offers again for as long as the ends are apart. */

/** @import { Candidate, Heard, IceServer, Said, StartCall } from "../messages.js" */

const RECOVER_EVERY_MS = 3000;
const SERVERS_WITHIN_MS = 1000;

/**
 * @typedef {object} LinkListener
 * @property {(message: Said) => void} say to the family or to central
 * @property {(data: unknown) => void} report what the family's end says on the data channel
 * @property {() => void} changed the connection's state or the remote tracks have changed
 * @property {(error: unknown) => void} failed something went wrong; the link goes on trying
 */

/** Handles every message, and everything it does by itself, one after the other. */
export class Link {
  #chain = Promise.resolve();
  /** @type {Candidate[]} */
  #early = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #restartTimer;
  #over = false;

  /**
   * @param {StartCall} order
   * @param {{ stream: MediaStream | null, audio: MediaStreamTrack | null, video: MediaStreamTrack | null }} local a track that is not there sends nothing
   * @param {LinkListener} listener
   */
  constructor(order, local, listener) {
    this.callId = order.call_id;
    this.policy = order.policy;
    this.listener = listener;
    this.remote = new MediaStream();
    this.pc = new RTCPeerConnection({ iceServers: order.servers.map(server), iceTransportPolicy: order.policy });
    this.channel = this.pc.createDataChannel("bilik", { ordered: false, maxRetransmits: 0 });
    const streams = local.stream ? [local.stream] : [];
    this.audio = this.pc.addTransceiver(local.audio ?? "audio", { direction: "sendrecv", streams });
    this.video = this.pc.addTransceiver(local.video ?? "video", { direction: "sendrecv", streams });
    this.#listen();
    this.recovery = setInterval(() => this.#recover(), RECOVER_EVERY_MS);
    this.#queue(() => this.#offer());
  }

  get connected() {
    return this.pc.connectionState === "connected";
  }

  /** @param {Heard} message of the family or of central; another call's is dropped */
  hear(message) {
    if (message.type === "answer" && "sdp" in message && message.call_id === this.callId) this.#queue(() => this.#answered(message.sdp));
    else if (message.type === "candidate" && message.call_id === this.callId) this.#queue(() => this.#candidate(message));
    else if (message.type === "ice") this.#queue(() => this.#servers(message.servers));
  }

  /** Send these tracks from now on. @param {MediaStreamTrack | null} audio @param {MediaStreamTrack | null} video */
  send(audio, video) {
    this.#queue(async () => {
      await this.audio.sender.replaceTrack(audio);
      await this.video.sender.replaceTrack(video);
    });
  }

  /** Tell the family's end on the data channel; lost if the channel is not open. @param {unknown} data */
  tell(data) {
    if (this.channel.readyState === "open") this.channel.send(JSON.stringify(data));
  }

  /** How large and how often the own picture is sent. @param {{ scale: number, frames: number, active: boolean }} step */
  scale(step) {
    this.#queue(async () => {
      const parameters = this.video.sender.getParameters();
      const encoding = parameters.encodings[0];
      if (!encoding) return;
      Object.assign(encoding, { active: step.active, scaleResolutionDownBy: step.scale, maxFramerate: step.frames });
      await this.video.sender.setParameters(parameters);
    });
  }

  /** Be deaf and mute at once; cheap, so that the glass can change before `close`. */
  detach() {
    this.#over = true;
    clearInterval(this.recovery);
    clearTimeout(this.#restartTimer);
  }

  /** Close the connection: up to 150 ms of the page's time, so not before the next screen is on the glass. */
  close() {
    this.detach();
    this.pc.close();
  }

  #listen() {
    this.pc.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate === "") return;
      const { candidate: line, sdpMid, sdpMLineIndex } = candidate ?? { candidate: "", sdpMid: null, sdpMLineIndex: null };
      this.#say({ type: "candidate", call_id: this.callId, candidate: line, mid: sdpMid, line: sdpMLineIndex });
    });
    this.pc.addEventListener("track", ({ track }) => {
      this.remote.addTrack(track);
      for (const name of ["mute", "unmute", "ended"]) track.addEventListener(name, () => this.#changed());
      this.#changed();
    });
    this.pc.addEventListener("connectionstatechange", () => this.#changed());
    this.channel.addEventListener("message", (event) => this.listener.report(parse(event.data)));
  }

  #changed() {
    if (!this.#over) this.listener.changed();
  }

  /** @param {Said} message */
  #say(message) {
    if (!this.#over) this.listener.say(message);
  }

  /** @param {() => Promise<void>} work */
  #queue(work) {
    this.#chain = this.#chain
      .then(() => (this.#over ? undefined : work()))
      .catch((error) => (this.#over ? undefined : this.listener.failed(error)));
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
    // One address that cannot be read leaves the others, and the next restart brings new ones.
    await this.pc.addIceCandidate(candidate ? { candidate, sdpMid: mid, sdpMLineIndex: line } : undefined).catch(() => {});
  }

  #recover() {
    if (this.connected) return;
    this.#say({ type: "ice_wanted" });
    clearTimeout(this.#restartTimer);
    this.#restartTimer = setTimeout(() => this.#queue(() => this.#restart()), SERVERS_WITHIN_MS);
  }

  /** @param {IceServer[]} servers */
  async #servers(servers) {
    this.pc.setConfiguration({ iceServers: servers.map(server), iceTransportPolicy: this.policy });
    if (this.#restartTimer === undefined) return;
    clearTimeout(this.#restartTimer);
    await this.#restart();
  }

  async #restart() {
    this.#restartTimer = undefined;
    if (this.connected) return;
    this.pc.restartIce();
    await this.#offer();
  }
}

/** As the engine takes it. @param {IceServer} given @returns {RTCIceServer} */
export function server({ urls, username, credential }) {
  return username && credential ? { urls, username, credential } : { urls };
}

/** @param {unknown} data */
function parse(data) {
  try {
    return JSON.parse(String(data));
  } catch {
    return null;
  }
}
