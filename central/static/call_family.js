// @ts-check
/** The family's end of the call: it answers the kiosk's offers, one message at a time. */

/** @typedef {import("./signalling.js").Message} Message */

const AUDIO_REPORT_MS = 500;
const QUALITY_MS = 5000;
const LINK_AWAY_MS = 3000;
const STEPS = [
  { maxBitrate: 700_000, maxFramerate: 24, scaleResolutionDownBy: 1 },
  { maxBitrate: 280_000, maxFramerate: 15, scaleResolutionDownBy: 4 / 3 },
  { maxBitrate: 120_000, maxFramerate: 10, scaleResolutionDownBy: 2 },
];
const GOOD_SAMPLES_TO_RISE = 4;

export class FamilyCall {
  /**
   * @param {object} given
   * @param {MediaStream} given.stream what this device sends at first
   * @param {(message: Message) => unknown} given.send to the kiosk, over central
   * @param {(stream: MediaStream) => void} given.onRemote the booth's sound and picture
   * @param {(good: boolean) => void} given.onQuality after every sample
   * @param {(state: RTCPeerConnectionState) => void} given.onState
   * @param {() => {camera: boolean, microphone: boolean}} given.devices which of the own devices give something
   * @param {(booth: {camera: boolean, microphone: boolean}) => void} given.onDevices which of the booth's do, when that changes
   */
  constructor(given) {
    this.given = given;
    /** @type {Record<"audio" | "video", MediaStreamTrack | null>} */
    this.own = { audio: given.stream.getAudioTracks()[0] ?? null, video: given.stream.getVideoTracks()[0] ?? null };
    this.booth = "";
    this.callId = "";
    /** @type {RTCPeerConnection | null} */
    this.pc = null;
    /** @type {RTCDataChannel | null} */
    this.channel = null;
    /** @type {RTCConfiguration} */
    this.configuration = {};
    this.chain = Promise.resolve();
    /** @type {Message[]} */
    this.early = [];
    this.step = 0;
    this.goodSamples = 0;
    this.timers = [
      setInterval(() => void this.reportAudio(), AUDIO_REPORT_MS),
      setInterval(() => void this.sampleQuality(), QUALITY_MS),
      setInterval(() => this.askForServers(), LINK_AWAY_MS),
    ];
  }

  /** Fresh ICE servers for the next peer connection and the running one. @param {RTCIceServer[]} servers @param {string} [policy] */
  useServers(servers, policy) {
    const relay = policy === undefined ? this.configuration.iceTransportPolicy : policy === "relay" ? "relay" : "all";
    this.configuration = { iceServers: servers, iceTransportPolicy: relay ?? "all" };
    if (this.pc && this.pc.signalingState !== "closed") this.pc.setConfiguration(this.configuration);
  }

  /** Take one signalling message after the ones before it are done. @param {Message} message */
  signal(message) {
    this.chain = this.chain.then(() => this.take(message)).catch((error) => console.warn("signal", message.type, String(error)));
    return this.chain;
  }

  /** @param {Message} message */
  async take(message) {
    if (message.type === "offer") await this.answer(message);
    else if (message.type === "candidate" && message["call_id"] === this.callId) await this.addCandidate(message);
    else if (message.type === "candidate") this.early.push(message);
  }

  /** @param {Message} offer */
  async answer(offer) {
    const isNew = offer["call_id"] !== this.callId || !this.pc;
    if (isNew) this.begin(offer["call_id"]);
    const pc = this.pc;
    if (!pc) return;
    await pc.setRemoteDescription({ type: "offer", sdp: offer["sdp"] });
    if (isNew) await this.sendOwn(pc);
    await pc.setLocalDescription();
    if (pc !== this.pc) return;
    this.given.send({ type: "answer", call_id: this.callId, sdp: pc.localDescription?.sdp ?? "" });
    if (isNew) await this.limitVideo();
    const early = this.early.filter((message) => message["call_id"] === this.callId);
    this.early = [];
    for (const message of early) await this.addCandidate(message);
  }

  /** Both ways from the start, whatever there is to send by now: a track that comes later needs no new offer. @param {RTCPeerConnection} pc */
  async sendOwn(pc) {
    for (const transceiver of pc.getTransceivers()) {
      transceiver.direction = "sendrecv";
      await transceiver.sender.replaceTrack(this.own[kindOf(transceiver)]);
    }
  }

  /** A peer connection of its own for a new call id; the one before it is closed. @param {string} callId */
  begin(callId) {
    this.closePeer();
    this.callId = callId;
    this.booth = "";
    const pc = new RTCPeerConnection(this.configuration);
    this.pc = pc;
    const remote = new MediaStream();
    pc.ontrack = ({ track }) => {
      remote.addTrack(track);
      this.given.onRemote(remote);
    };
    pc.ondatachannel = ({ channel }) => {
      if (channel.label !== "bilik") return;
      this.channel = channel;
      channel.onmessage = (event) => this.hearDevices(event.data);
    };
    pc.onicecandidate = ({ candidate }) => {
      const fields = { candidate: candidate?.candidate ?? "", mid: candidate?.sdpMid ?? null, line: candidate?.sdpMLineIndex ?? null };
      this.given.send({ type: "candidate", call_id: callId, ...fields });
    };
    pc.onconnectionstatechange = () => {
      if (this.pc === pc) this.given.onState(pc.connectionState);
    };
  }

  /** @param {Message} message */
  async addCandidate(message) {
    if (!message["candidate"]) return;
    const line = { candidate: message["candidate"], sdpMid: message["mid"] ?? null, sdpMLineIndex: message["line"] ?? null };
    await this.pc?.addIceCandidate(line);
  }

  /** Send another picture or sound from now on; null stops that kind. @param {"audio" | "video"} kind @param {MediaStreamTrack | null} track */
  async replace(kind, track) {
    this.own[kind] = track;
    this.tellDevices();
    for (const one of this.pc?.getTransceivers() ?? []) if (kindOf(one) === kind) await one.sender.replaceTrack(track);
  }

  /** The booth is told at once, since silence and a still picture say it late or not at all. @param {object} [more] */
  tellDevices(more) {
    if (this.channel?.readyState === "open") this.channel.send(JSON.stringify({ ...this.given.devices(), ...more }));
  }

  /** @param {string} text */
  hearDevices(text) {
    const { camera, microphone } = JSON.parse(text);
    const booth = { camera: camera !== false, microphone: microphone !== false };
    if (JSON.stringify(booth) === this.booth) return;
    this.booth = JSON.stringify(booth);
    this.given.onDevices(booth);
  }

  /** How many audio packets came in: the kiosk's measure of being connected. */
  async reportAudio() {
    if (!this.pc || this.channel?.readyState !== "open") return;
    let packets = 0;
    for (const report of (await this.pc.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "audio") packets += report.packetsReceived ?? 0;
    }
    this.tellDevices({ audio: packets });
  }

  /** Fall to a smaller picture on a weak link at once, rise again slowly. */
  async sampleQuality() {
    if (this.pc?.connectionState !== "connected") return;
    const good = isGood(await this.pc.getStats());
    this.goodSamples = good ? this.goodSamples + 1 : 0;
    const step = good ? this.step - (this.goodSamples >= GOOD_SAMPLES_TO_RISE ? 1 : 0) : this.step + 1;
    const bounded = Math.min(STEPS.length - 1, Math.max(0, step));
    if (bounded !== this.step) {
      this.step = bounded;
      this.goodSamples = 0;
      await this.limitVideo();
    }
    this.given.onQuality(good);
  }

  async limitVideo() {
    const sender = this.pc?.getTransceivers().find((one) => kindOf(one) === "video")?.sender;
    const parameters = sender?.getParameters();
    const encoding = parameters?.encodings[0];
    if (!sender || !parameters || !encoding) return;
    Object.assign(encoding, STEPS[this.step]);
    await sender.setParameters(parameters).catch((error) => console.warn("limit", String(error)));
  }

  /** While the link is away, fresh TURN credentials are kept at hand for the kiosk's next restart. */
  askForServers() {
    const state = this.pc?.connectionState;
    if (state === "disconnected" || state === "failed") this.given.send({ type: "ice_wanted" });
  }

  closePeer() {
    const pc = this.pc;
    this.pc = null;
    this.channel = null;
    if (!pc) return;
    pc.ontrack = pc.ondatachannel = pc.onicecandidate = pc.onconnectionstatechange = null;
    pc.close();
  }

  /** End it all; whoever opened the tracks stops them. */
  close() {
    for (const timer of this.timers) clearInterval(timer);
    this.closePeer();
  }
}

/** @param {RTCRtpTransceiver} transceiver @returns {"audio" | "video"} */
function kindOf(transceiver) {
  return transceiver.receiver.track.kind === "audio" ? "audio" : "video";
}

/** @param {RTCStatsReport} stats @returns {boolean} false on loss above 8 %, a slow path or a starved encoder */
function isGood(stats) {
  for (const report of stats.values()) {
    if (report.type === "remote-inbound-rtp" && (report.fractionLost > 0.08 || report.roundTripTime > 0.9)) return false;
    if (report.type === "outbound-rtp" && report.kind === "video" && report.qualityLimitationReason === "bandwidth") {
      if (report.framesPerSecond < 10) return false;
    }
  }
  return true;
}
