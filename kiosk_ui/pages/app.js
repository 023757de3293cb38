// @ts-check
/** The page: draws the screen the agent sends, runs the call it asks for, and decides nothing. */

import { startBeat } from "./beat.js";
import { Ear } from "./call/ear.js";
import { LeaseWatch } from "./call/lease.js";
import { LocalMedia } from "./call/media.js";
import { DeviceTrial } from "./call/trial.js";
import { KioskCall } from "./call/webrtc.js";
import { Chimes } from "./chimes.js";
import { watchCorners } from "./corners.js";
import { painted } from "./dom.js";
import { refuseEscapes } from "./escape.js";
import { CheckingSign } from "./screens/checking_sign.js";
import { FacilityClock } from "./facility_clock.js";
import { Words } from "./i18n.js";
import { Glass } from "./screens/glass.js";
import { AgentSocket } from "./socket.js";
import { Countdown } from "./times.js";

/** @import { Closed, FromPage, Lease, Notice, Show, ToPage } from "./messages.js" */
/** @import { Language } from "./i18n.js" */
/** @import { Desk } from "./screens/screen.js" */

/** A call view without any lease yet may stay this long. */
const FIRST_LEASE_MS = 2000;
const WITH_CAMERA = ["waiting", "call"];
/** With these on the glass nobody is called: camera, microphone and loudspeaker may be tried. */
const MAY_TRY = ["not_enrolled", "connecting", "idle", "locked", "technician_pin", "maintenance", "out_of_service"];
/** After a lease ran out, the agent has this long to say what comes next; then the page asks by joining anew. */
const JOIN_ANEW_MS = 1500;

class App {
  /** What is still to be said of a call that closed while the line was down. @type {FromPage | null} */
  #closed = null;
  /** The call whose lease ran out, until the agent has said what comes next. @type {{ callId: string | null } | null} */
  #ranOut = null;
  #hadCall = false;
  /** The screen that was turned up at an end, and when it is painted: its own Show finds nothing left to paint. @type {{ model: string, painted: Promise<void> } | null} */
  #turnedUp = null;

  /** @param {Words} words */
  constructor(words) {
    this.words = words;
    this.chimes = new Chimes();
    this.clock = new FacilityClock();
    this.countdown = new Countdown();
    this.lease = new LeaseWatch(() => void this.#leaseRanOut());
    this.media = new LocalMedia({
      changed: () => this.#mediaChanged(),
      devices: (camera, microphone) => this.#devices(camera, microphone),
      failed: (what) => this.send({ type: "trouble", where: "devices", text: what }),
    });
    this.checking = new CheckingSign(/** @type {HTMLElement} */ (document.getElementById("checking")), words);
    this.trial = new DeviceTrial(this.media, {
      send: (message) => this.send(message),
      changed: (running) => this.#trialChanged(running),
      looked: (level) => this.glass.looked(level),
    });
    this.call = new KioskCall(this.media, { send: (message) => this.send(message), changed: () => this.#callChanged() });
    this.ear = new Ear(() => ({ own: this.media.audio, family: this.call.remote?.getAudioTracks()[0] ?? null }), {
      say: (message) => this.send({ type: "signal", message }),
      failed: (error) => console.warn("listening", String(error)),
    });
    this.glass = new Glass(/** @type {HTMLElement} */ (document.getElementById("glass")), this.#desk());
    this.socket = new AgentSocket(`ws://${location.host}/ws`, {
      opened: () => void this.#opened(),
      lost: () => this.#lost(),
      heard: (message) => this.#heard(message),
    });
  }

  /** @returns {Desk} */
  #desk() {
    const { words, clock, media, call, countdown, trial } = this;
    return {
      words, clock, media, call, countdown, trial,
      devices: null,
      nativeVideo: new URLSearchParams(location.search).get("video") === "native",
      send: (message) => this.send(message),
      choose: (language) => this.#choose(language),
      redraw: () => this.glass.redraw(),
    };
  }

  begin() {
    this.glass.pleaseWait();
    this.socket.connect();
    watchCorners(() => this.send({ type: "technician_called" }));
    refuseEscapes((kind) => this.send({ type: "escape", kind }));
    startBeat(/** @type {HTMLElement} */ (document.getElementById("beat")), (hidden) => this.send({ type: "alive", hidden }));
    addEventListener("error", (event) => this.#trouble(event.message));
    addEventListener("unhandledrejection", (event) => this.#trouble(String(event.reason)));
  }

  /** @param {FromPage} message */
  send(message) {
    return this.socket.send(message);
  }

  /** @param {string} what */
  #trouble(what) {
    this.send({ type: "trouble", where: "page", text: what.slice(0, 200) });
  }

  async #opened() {
    await painted();
    this.send({ type: "ready" });
    if (this.#closed && this.send(this.#closed)) this.#closed = null;
    await this.media.look();
  }

  /** Without the agent there is nothing to press; a call goes on for as long as its lease. */
  #lost() {
    this.trial.stop();
    if (!this.lease.armed) void this.#leave("show");
  }

  /** @param {ToPage} message */
  #heard(message) {
    switch (message.type) {
      case "show": return void this.#show(message);
      case "lease": return this.#leased(message);
      case "start_call": return this.call.start(message);
      case "signal":
        this.ear.hear(message.message);
        return this.call.hear(message.message);
      case "notice": return this.#notice(message);
      case "try_devices": return void (MAY_TRY.includes(this.glass.screen) && this.trial.begin(message));
      case "volume":
        this.chimes.setVolume(message.percent);
        this.trial.volume = message.percent / 100;
        return this.glass.volume(message.percent);
    }
  }

  /** @param {Show} message */
  async #show(message) {
    this.words.use(message.language);
    this.clock.set(message.clock);
    const { screen } = message;
    const before = this.glass.screen;
    if (!MAY_TRY.includes(screen.screen)) this.trial.stop();
    this.checking.say();
    if (screen.screen === "call") this.#enterCall(screen);
    const withCamera = WITH_CAMERA.includes(screen.screen);
    this.glass.show(message);
    const signed = screen.screen === "call" && screen.listening;
    if (withCamera && !signed) this.ear.sign(false);
    const closed = withCamera ? null : this.#closeFor(before);
    if (withCamera) void this.media.open();
    const turnedUp = this.#turnedUp;
    this.#turnedUp = null;
    await (turnedUp?.model === JSON.stringify(screen) ? turnedUp.painted : painted());
    if (signed && this.glass.model.screen === "call" && this.glass.model.listening) this.ear.sign(true);
    this.send({ type: "painted", seq: message.seq });
    if (closed) this.#tellClosed(closed);
    this.#chime(before, screen.screen);
  }

  /**
   * Leaving the camera's screens for another; a call that its lease has closed is told again, because the agent now waits for it.
   * @param {string} before the screen that is left
   * @returns {Closed | null}
   */
  #closeFor(before) {
    const ranOut = this.#ranOut;
    this.#ranOut = null;
    if (WITH_CAMERA.includes(before)) return { type: "closed", call_id: this.#stop(), by: "show" };
    return ranOut && { type: "closed", call_id: ranOut.callId, by: "lease" };
  }

  /** @param {import("./messages.js").Call} model */
  #enterCall(model) {
    if (this.glass.screen !== "call" || model.phase !== "talking") {
      this.countdown.set(model.left_ms, model.phase === "talking", performance.now());
    }
    if (!this.lease.armed) this.lease.extend(FIRST_LEASE_MS);
  }

  /** @param {Lease} message */
  #leased({ ms, left_ms, running, then }) {
    if (!WITH_CAMERA.includes(this.glass.screen)) return;
    this.lease.extend(ms);
    this.countdown.set(left_ms, running, performance.now());
    this.glass.countdownChanged();
    this.glass.prepare(then);
  }

  async #leaseRanOut() {
    const ranOut = { callId: this.call.callId };
    this.#ranOut = ranOut;
    await this.#leave("lease");
    setTimeout(() => this.#ranOut === ranOut && this.socket.joinAnew(), JOIN_ANEW_MS);
  }

  /** Put the farewell that is known to follow on the glass, or else the calm screen, and close what was open. @param {"show" | "lease"} by */
  async #leave(by) {
    const ending = WITH_CAMERA.includes(this.glass.screen);
    this.glass.turn();
    const callId = ending ? this.#stop() : null;
    this.#turnedUp = { model: JSON.stringify(this.glass.model), painted: painted() };
    await this.#turnedUp.painted;
    if (ending) this.#tellClosed({ type: "closed", call_id: callId, by });
  }

  /** Every track stops now; the connection itself is closed after the next screen is on the glass. */
  #stop() {
    this.lease.clear();
    this.ear.detach();
    const callId = this.call.detach();
    this.media.stop();
    return callId;
  }

  /** @param {Closed} closed */
  #tellClosed(closed) {
    this.#closed = this.send(closed) ? null : closed;
    requestAnimationFrame(() => {
      this.call.dispose();
      this.ear.dispose();
    });
  }

  /** @param {Notice} message */
  #notice(message) {
    this.glass.notice(message);
    if (!message.sound) return;
    const warning = message.value > 60 ? "two_minutes" : "one_minute";
    void this.chimes.play(message.kind === "warning" ? warning : "message");
  }

  /** @param {string} before @param {string} after */
  #chime(before, after) {
    if (before === "idle" && after === "check_in") void this.chimes.play("called");
    if (this.#hadCall && after === "farewell") void this.chimes.play("end");
    this.#hadCall = after === "call" || (this.#hadCall && after === "please_wait");
  }

  /** @param {Language} language */
  #choose(language) {
    this.words.use(language);
    this.checking.say();
    this.glass.redraw();
    this.send({ type: "language", language });
  }

  /** @param {boolean} running */
  #trialChanged(running) {
    this.checking.show(running);
    this.glass.mediaChanged();
  }

  #mediaChanged() {
    this.call.tracksChanged();
    this.#callChanged();
  }

  #callChanged() {
    this.ear.tracksChanged();
    this.glass.mediaChanged();
  }

  /** @param {boolean} camera @param {boolean} microphone */
  #devices(camera, microphone) {
    this.glass.desk.devices = { camera, microphone };
    this.send({ type: "devices", camera, microphone });
    this.glass.redraw();
  }
}

new App(await Words.load()).begin();
