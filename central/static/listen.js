// @ts-check
/** An officer hears a call: sound comes in, nothing goes out; no microphone is asked for. */

/** @typedef {{type: string, [field: string]: any}} Message */
/** @typedef {import("./words.js").Words} Words */

const SILENT_MS = 25_000;
const LEVEL_MS = 200;
const VOICES = /** @type {const} */ (["booth", "family"]);

/** The bar on the board: one call at a time, until the officer stops it or the call ends. */
export class Listening {
  /** @param {Words} words */
  constructor(words) {
    this.words = words;
    this.session = "";
    this.state = "";
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {RTCPeerConnection | null} */
    this.pc = null;
    this.callId = "";
    /** @type {RTCConfiguration} */
    this.configuration = {};
    this.chain = Promise.resolve();
    /** @type {HTMLAudioElement[]} */
    this.sounds = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.patience = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.levels = undefined;
    at("listening-stop").onclick = () => this.stop();
    at("listening-play").onclick = () => void this.play();
    addEventListener("pagehide", () => this.stop());
  }

  /** @param {string} session @param {string} of whom, in words */
  start(session, of) {
    this.stop();
    this.session = session;
    at("listening-of").textContent = of;
    at("listening").hidden = false;
    document.body.classList.add("listens");
    this.say("asking");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/calls/${encodeURIComponent(session)}?listen=1`);
    this.socket = socket;
    socket.onmessage = (event) => this.socket === socket && this.hear(JSON.parse(event.data));
    socket.onclose = () => this.socket === socket && this.over("lost");
    at("listening-stop").focus();
  }

  /** The officer has heard enough. */
  stop() {
    this.close();
    at("listening").hidden = true;
    document.body.classList.remove("listens");
  }

  /** @param {Message} message */
  hear(message) {
    if (message.type === "welcome") {
      const policy = message["policy"] === "relay" ? "relay" : "all";
      this.configuration = { iceServers: message["servers"], iceTransportPolicy: policy };
      this.say("connecting");
      this.patience = setTimeout(() => this.over("silent"), SILENT_MS);
    } else if (message.type === "bye") this.over(this.words.has(`listen.over.${message["why"]}`) ? message["why"] : "ended");
    else if (message.type === "offer" || message.type === "candidate") {
      this.chain = this.chain.then(() => this.signal(message)).catch((error) => console.warn("listening", String(error)));
    }
  }

  /** @param {Message} message */
  async signal(message) {
    if (!this.socket) return;
    if (message.type === "offer") return this.answer(message);
    if (message["call_id"] !== this.callId || !message["candidate"]) return;
    await this.pc?.addIceCandidate({ candidate: message["candidate"], sdpMid: message["mid"], sdpMLineIndex: message["line"] });
  }

  /** A new id is a new connection: the booth's page was loaded anew. @param {Message} offer */
  async answer(offer) {
    if (offer["call_id"] !== this.callId) this.begin(offer["call_id"]);
    const pc = this.pc;
    if (!pc) return;
    await pc.setRemoteDescription({ type: "offer", sdp: offer["sdp"] });
    await pc.setLocalDescription();
    this.send({ type: "answer", call_id: this.callId, sdp: pc.localDescription?.sdp ?? "" });
  }

  /** @param {string} callId */
  begin(callId) {
    this.closePeer();
    this.callId = callId;
    const pc = new RTCPeerConnection(this.configuration);
    this.pc = pc;
    pc.ontrack = ({ track }) => this.sound(track);
    pc.onicecandidate = ({ candidate }) => {
      const line = { candidate: candidate?.candidate ?? "", mid: candidate?.sdpMid ?? null, line: candidate?.sdpMLineIndex ?? null };
      this.send({ type: "candidate", call_id: callId, ...line });
    };
    pc.onconnectionstatechange = () => this.pc === pc && this.changed(pc.connectionState);
    this.levels = setInterval(() => this.drawLevels(pc), LEVEL_MS);
  }

  /** Each voice by an element of its own: one element plays but one track of a stream. @param {MediaStreamTrack} track */
  sound(track) {
    const place = document.createElement("audio");
    place.srcObject = new MediaStream([track]);
    this.sounds.push(place);
    void this.play();
  }

  /** A browser that waits for a press says so. */
  async play() {
    const held = await Promise.all(this.sounds.map((place) => place.play().then(() => false, (error) => error.name === "NotAllowedError")));
    at("listening-play").hidden = !held.includes(true);
  }

  /** @param {RTCPeerConnectionState} state */
  changed(state) {
    if (state === "connected") {
      clearTimeout(this.patience);
      this.say("on");
    } else if (state === "disconnected" || state === "failed") this.say("weak");
  }

  /** @param {RTCPeerConnection} pc */
  drawLevels(pc) {
    pc.getTransceivers().forEach(({ receiver }, index) => {
      const voice = VOICES[index];
      const level = receiver.getSynchronizationSources()[0]?.audioLevel ?? 0;
      if (voice) /** @type {HTMLMeterElement} */ (at(`level-${voice}`)).value = Math.min(1, Math.sqrt(level) * 1.4);
    });
  }

  /** @param {string} state */
  say(state) {
    this.state = state;
    at("listening-say").textContent = this.words.say(`listen.${state}`);
    at("listening").dataset["state"] = state;
  }

  /** It is over, and why; the bar stays until it is read. @param {string} why */
  over(why) {
    this.close();
    this.say(`over.${why}`);
  }

  /** @param {Message} message */
  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close() {
    clearTimeout(this.patience);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.closePeer();
    this.session = "";
    this.callId = "";
  }

  closePeer() {
    clearInterval(this.levels);
    const pc = this.pc;
    this.pc = null;
    for (const place of this.sounds.splice(0)) place.srcObject = null;
    at("listening-play").hidden = true;
    if (!pc) return;
    pc.ontrack = pc.onicecandidate = pc.onconnectionstatechange = null;
    pc.close();
  }
}

/** @param {string} id @returns {HTMLElement} */
function at(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the board has no #${id}`);
  return found;
}
