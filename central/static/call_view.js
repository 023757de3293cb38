// @ts-check
/** The call's screen: the time left as the agent counts it, what officers say, and the buttons. */

import { at, play, videoAt } from "./page.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./signalling.js").Message} Message */

/** From here on a piece of the bar is five minutes, not one. */
const LONG_MS = 900_000;
const LAST_MINUTE_MS = 60_000;
const SAY_MS = 8000;
/** @type {Record<"own" | "booth" | "line", [string, string]>} */
const WHY_SILENT = {
  own: ["call.microphone.own.head", "call.microphone.own.text"],
  booth: ["call.microphone.booth.head", "call.microphone.booth.text"],
  line: ["call.lost.head", "call.lost.text"],
};

export class CallView {
  /**
   * @param {Words} words
   * @param {{inmate: string, context: AudioContext | null}} about
   * @param {{mute: (silent: boolean) => void, turn: () => void, hangUp: () => void}} act
   */
  constructor(words, about, act) {
    this.words = words;
    this.about = about;
    /** @type {{leftMs: number, running: boolean, phase: string, totalMs: number, at: number} | null} */
    this.clock = null;
    this.minuteSaid = false;
    this.silent = false;
    this.lost = { camera: false, microphone: false };
    this.booth = { camera: true, microphone: true };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.sayTimer = undefined;
    at("mute").onclick = () => this.mute(act.mute);
    at("turn").onclick = act.turn;
    at("end").onclick = () => this.ask().showModal();
    at("end-no").onclick = () => this.ask().close();
    at("end-yes").onclick = () => {
      this.ask().close();
      act.hangUp();
    };
    at("tap-button").onclick = () => void this.tapped();
    this.ticker = setInterval(() => this.draw(), 200);
    this.names();
  }

  /** @returns {HTMLDialogElement} */
  ask() {
    return /** @type {HTMLDialogElement} */ (at("end-ask"));
  }

  names() {
    at("who").textContent = this.about.inmate;
    this.words.put(at("call-head"), "join.open.head", { inmate: this.about.inmate });
    at("peer").setAttribute("aria-label", this.words.say("call.peer", { inmate: this.about.inmate }));
  }

  /** @param {MediaStream} stream */
  async showRemote(stream) {
    at("tap").hidden = await play(videoAt("peer"), stream);
  }

  async tapped() {
    await videoAt("peer").play().catch(() => undefined);
    at("tap").hidden = true;
  }

  /** The agent's count; between its messages this page counts down by itself. @param {Message} clock */
  setClock(clock) {
    this.clock = {
      leftMs: clock["left_ms"],
      running: clock["running"],
      phase: clock["phase"],
      totalMs: clock["talk_s"] * 1000,
      at: performance.now(),
    };
    at("heard").hidden = clock["listening"] !== true;
    if (clock["left_ms"] > LAST_MINUTE_MS + 1000) this.minuteSaid = false;
    this.draw();
  }

  leftMs() {
    if (!this.clock) return 0;
    return this.clock.leftMs - (this.clock.running ? performance.now() - this.clock.at : 0);
  }

  draw() {
    const clock = this.clock;
    if (!clock) return;
    const left = Math.max(0, this.leftMs());
    const text = this.words.left(left);
    if (at("left").textContent !== text) at("left").textContent = text;
    const bar = /** @type {HTMLProgressElement} */ (at("left-bar"));
    at("left-pieces").style.setProperty("--pieces", String(clock.totalMs / (clock.totalMs > LONG_MS ? 300_000 : 60_000)));
    bar.value = clock.totalMs ? Math.min(1, left / clock.totalMs) : 0;
    const paused = clock.phase === "interrupted";
    const lastMinute = clock.phase === "talking" && left <= LAST_MINUTE_MS && clock.totalMs > LAST_MINUTE_MS;
    at("call").classList.toggle("paused", paused);
    at("call").classList.toggle("minute", lastMinute || (clock.phase === "talking" && left <= 10_000));
    this.drawLost(paused);
    this.words.put(at("left-name"), paused ? "call.left.paused" : "call.left");
    if (lastMinute && !this.minuteSaid) {
      this.minuteSaid = true;
      this.say(this.words.say("call.minute"), { amber: true });
      this.chime(660);
    }
  }

  /** Why nobody is heard: a microphone, told as soon as it is known, or the line. @param {boolean} paused */
  drawLost(paused) {
    const microphone = this.lost.microphone ? "own" : this.booth.microphone ? null : "booth";
    at("lost").hidden = !paused && microphone === null;
    at("lost-sign").toggleAttribute("hidden", microphone === null);
    const [head, text] = WHY_SILENT[microphone ?? "line"];
    this.words.put(at("lost-head"), head);
    this.words.put(at("lost-text"), text, { inmate: this.about.inmate });
  }

  /** What this device has lost, and what the booth has. @param {{lost?: {camera: boolean, microphone: boolean}, booth?: {camera: boolean, microphone: boolean}}} devices */
  setDevices({ lost = this.lost, booth = this.booth }) {
    if (lost.camera && !this.lost.camera) this.say(this.words.say("call.camera.own"), { amber: true });
    this.lost = lost;
    this.booth = booth;
    at("peer-empty").hidden = booth.camera;
    this.draw();
  }

  /** An officer's message, or added time. @param {Message} said */
  hear(said) {
    const added = said["added_s"] ?? 0;
    if (added > 0) {
      this.say(this.words.say("call.added", { length: this.words.length(added) }), {});
    } else if (said["text"]) {
      this.say(said["text"], { head: this.words.say("call.message") });
    }
    this.chime(523);
  }

  /** @param {string} text @param {{head?: string, amber?: boolean}} how */
  say(text, how) {
    const place = at("say");
    place.replaceChildren();
    if (how.head) place.append(Object.assign(document.createElement("small"), { textContent: how.head }));
    place.append(text);
    place.classList.toggle("amber", Boolean(how.amber));
    place.hidden = false;
    clearTimeout(this.sayTimer);
    this.sayTimer = setTimeout(() => {
      place.hidden = true;
    }, SAY_MS);
  }

  /** @param {boolean} good */
  setQuality(good) {
    at("net").hidden = false;
    at("net").classList.toggle("weak", !good);
    this.words.put(at("net"), good ? "call.good" : "call.weak");
  }

  /** @param {(silent: boolean) => void} tell */
  mute(tell) {
    this.silent = !this.silent;
    at("mute").setAttribute("aria-pressed", String(this.silent));
    this.words.put(at("mute"), this.silent ? "call.sound.off" : "call.sound.on");
    tell(this.silent);
  }

  /** A soft tone with the sight of it. @param {number} pitch in Hz */
  chime(pitch) {
    const context = this.about.context;
    if (!context || context.state !== "running") return;
    const [tone, loud] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.12, context.currentTime);
    loud.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.9);
    tone.connect(loud).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.9);
  }

  close() {
    clearInterval(this.ticker);
    clearTimeout(this.sayTimer);
    if (this.ask().open) this.ask().close();
    videoAt("peer").srcObject = null;
  }
}
