// @ts-check
/** The family's page before the call: what the link is good for, camera and microphone, then the visit. */

import { canOpenDevices, chromeAddress, isAllowedAlready, isInsideAnotherApp, openDevices, watchLevel } from "./devices.js";
import { showMeeting } from "./meeting.js";
import { forget, store, stored } from "./memory.js";
import { at, play, showScreen, videoAt } from "./page.js";
import { Visit } from "./visit.js";
import { Words } from "./words.js";

/** @typedef {import("./devices.js").Opened} Opened */

const REMEMBERED_LANGUAGE = "bilik.language";
const JOINED = "bilik.joined";
const LOOK_AGAIN_MS = { offline: 3000, in_use: 3000, too_early: 20_000, meeting: 20_000 };

class JoinPage {
  constructor() {
    const all = JSON.parse(at("words").textContent ?? "{}");
    const chosen = stored(localStorage, REMEMBERED_LANGUAGE) ?? (navigator.language.startsWith("en") ? "en" : "id");
    this.words = new Words(all, chosen);
    this.token = decodeURIComponent(location.hash.slice(1));
    /** @type {any} */
    this.link = null;
    this.clockGapMs = 0;
    this.isDue = false;
    this.isOpening = false;
    /** @type {Opened | null} */
    this.devices = null;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {Visit | null} */
    this.visit = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.stopLevel = () => {};
    this.wire();
    this.speak(chosen);
    setInterval(() => this.drawCountdown(), 250);
    void this.look();
  }

  wire() {
    for (const button of document.querySelectorAll("[data-language]")) {
      if (button instanceof HTMLElement) button.onclick = () => this.speak(button.dataset["language"] ?? "id");
    }
    at("start").onclick = () => this.begin();
    at("retry").onclick = () => void this.openDevices();
    at("go").onclick = () => void this.enter();
    at("use-here").onclick = () => void this.useHere();
    at("inapp-copy").onclick = () => void this.copyLink();
    at("inapp-anyway").onclick = () => (this.link?.meeting_url ? location.assign(this.link.meeting_url) : void this.openDevices());
    addEventListener("hashchange", () => location.reload());
  }

  /** @param {string} language */
  speak(language) {
    this.words.use(language);
    store(localStorage, REMEMBERED_LANGUAGE, this.words.language);
    document.title = this.words.say("join.title");
    for (const button of document.querySelectorAll("[data-language]")) {
      const on = button instanceof HTMLElement && button.dataset["language"] === this.words.language;
      button.setAttribute("aria-pressed", String(on));
    }
    if (this.link) this.drawFacts();
    this.visit?.relabel();
  }

  /** Ask central what the link is good for; only `claim` binds it to this browser. @param {boolean} [claim] */
  async ask(claim = false) {
    const answer = await fetch("/api/v1/join", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: this.token, claim }),
    });
    if (answer.status === 400 || answer.status === 404) return { state: "unknown" };
    if (!answer.ok) throw new Error(`central answered ${answer.status}`);
    const link = await answer.json();
    this.clockGapMs = link.now_ms - Date.now();
    this.link = link;
    return link;
  }

  /** Look at the link and show what it is good for. */
  async look() {
    clearTimeout(this.timer);
    if (!this.token) return this.problem("none");
    try {
      const { state } = await this.ask();
      at("offline").hidden = true;
      if (state === "open") await this.opened();
      else this.problem(state);
    } catch {
      at("offline").hidden = false;
      this.again(LOOK_AGAIN_MS.offline);
    }
  }

  /** @param {number} ms */
  again(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), ms);
  }

  /** @param {string} state */
  problem(state) {
    this.isDue = false;
    this.words.put(at("problem-head"), `join.${state}.head`);
    this.problemText(state);
    at("problem-act").hidden = state !== "in_use";
    at("problem-left").hidden = state !== "too_early";
    at("problem-note").hidden = true;
    document.body.dataset["problem"] = state;
    if (state === "unknown" || state === "none" || state === "ended") forget(JOINED);
    if (this.link && state === "too_early") this.again(LOOK_AGAIN_MS.too_early);
    if (state === "in_use") this.again(LOOK_AGAIN_MS.in_use);
    showScreen("problem");
    this.drawCountdown();
  }

  /** @param {string} state */
  problemText(state) {
    const early = state === "too_early" && this.link;
    /** @type {import("./words.js").Gaps} */
    const gaps = early ? this.instant(this.link.opens_at_ms) : {};
    this.words.put(at("problem-text"), `join.${state}.text`, gaps);
  }

  drawCountdown() {
    if (document.body.dataset["screen"] !== "problem" || this.link?.state !== "too_early") return;
    const left = this.link.opens_at_ms - (Date.now() + this.clockGapMs);
    at("problem-left").textContent = left > 86_400_000 ? this.words.date(this.link.opens_at_ms, this.link.timezone) : this.words.left(left);
    if (left <= 0 && !this.isDue) this.again(500);
    this.isDue ||= left <= 0;
  }

  /** @param {number} ms */
  instant(ms) {
    return { time: this.words.time(ms, this.link.timezone), zone: this.words.zone(ms, this.link.timezone) };
  }

  drawFacts() {
    const { link, words } = this;
    const start = { date: words.date(link.start_at_ms, link.timezone), ...this.instant(link.start_at_ms) };
    words.put(at("open-head"), "join.open.head", { inmate: link.inmate_name });
    at("fact-number").textContent = link.number;
    words.put(at("fact-time"), "join.time.value", start);
    at("fact-length").textContent = words.length(link.talk_s);
    at("fact-place").textContent = link.facility_name;
    if (document.body.dataset["screen"] === "problem") this.problemText(link.state);
  }

  /** The link is good. A page that was in the call before its reload goes straight back. */
  async opened() {
    this.drawFacts();
    const isMeeting = showMeeting(this.link.meeting_url, () => this.offerChrome());
    if (isMeeting) this.again(LOOK_AGAIN_MS.meeting);
    const back = !isMeeting && stored(sessionStorage, JOINED) === this.link.session_id;
    this.words.put(at("start"), back ? "join.again" : "join.start");
    showScreen("open");
    if (!back || !(await isAllowedAlready())) return;
    await this.openDevices();
    if (this.devices?.state === "ready") await this.enter();
  }

  begin() {
    this.unlockSound();
    if (!canOpenDevices() || isInsideAnotherApp(navigator.userAgent)) this.offerChrome();
    else void this.openDevices();
  }

  unlockSound() {
    void (this.context ??= new AudioContext()).resume();
  }

  offerChrome() {
    clearTimeout(this.timer);
    const address = chromeAddress(navigator.userAgent, location);
    const open = /** @type {HTMLAnchorElement} */ (at("inapp-open"));
    open.hidden = address === null;
    if (address) open.href = address;
    at("inapp-anyway").hidden = !canOpenDevices();
    this.words.put(at("inapp-text"), canOpenDevices() || isInsideAnotherApp(navigator.userAgent) ? "inapp.text" : "inapp.old");
    showScreen("inapp");
  }

  async copyLink() {
    const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    at("inapp-copied").hidden = false;
    at("inapp-link").hidden = Boolean(done);
    at("inapp-link").textContent = location.href;
    this.words.put(at("inapp-copied"), done ? "inapp.copied" : "inapp.hand");
  }

  /** Once at a time: a press may come while a reloaded page is already going back by itself. */
  async openDevices() {
    if (this.visit || this.isOpening) return;
    this.isOpening = true;
    await this.tryDevices().finally(() => (this.isOpening = false));
  }

  async tryDevices() {
    this.unlockSound();
    this.words.put(at("check-head"), "check.head");
    this.words.put(at("check-text"), "check.asking");
    this.drawCheck("asking", null);
    showScreen("check");
    this.devices = await openDevices("user");
    if (this.devices.state === "unable") return this.offerChrome();
    const { state, stream } = this.devices;
    this.words.put(at("check-head"), state === "ready" ? "check.head" : `check.${state}.head`);
    if (state !== "ready") this.words.put(at("check-text"), `check.${state}.text`);
    this.drawCheck(state, this.devices);
    if (stream) this.mirror(stream);
  }

  /** @param {string} state @param {Opened | null} devices */
  drawCheck(state, devices) {
    const ready = state === "ready";
    at("check-text").hidden = ready;
    at("mirror").hidden = ready ? !devices?.camera : state !== "asking";
    at("own-empty").hidden = Boolean(devices?.camera);
    at("level-box").hidden = !devices?.microphone;
    at("how").hidden = at("how-then").hidden = state !== "refused";
    at("go").hidden = !ready;
    at("retry").hidden = ready ? Boolean(devices?.camera && devices.microphone) : state === "asking";
    at("retry").classList.toggle("quiet", ready);
    const lacking = ready && !devices?.camera ? "check.no_camera" : ready && !devices?.microphone ? "check.no_microphone" : "";
    at("check-note").hidden = !lacking;
    if (lacking) this.words.put(at("check-note"), lacking);
  }

  /** @param {MediaStream} stream */
  mirror(stream) {
    void play(videoAt("own"), stream);
    this.stopLevel();
    const level = /** @type {HTMLMeterElement} */ (at("level"));
    if (this.context) this.stopLevel = watchLevel(this.context, stream, (loud) => (level.value = loud));
  }

  /** Bind the link to this browser and go to the waiting room. */
  async enter() {
    const go = /** @type {HTMLButtonElement} */ (at("go"));
    go.disabled = true;
    try {
      const { state } = await this.ask(true);
      if (state === "open") this.join();
      else this.leaveCheck(state);
    } catch {
      at("check-note").hidden = false;
      this.words.put(at("check-note"), "join.offline");
      setTimeout(() => void this.enter(), LOOK_AGAIN_MS.offline);
    } finally {
      go.disabled = false;
    }
  }

  join() {
    if (!this.devices || this.visit || !this.context) return;
    this.stopLevel();
    store(sessionStorage, JOINED, this.link.session_id);
    this.visit = new Visit(this.words, this.link, this.devices, this.context, {
      over: () => forget(JOINED),
      doubtful: () => void this.doubt(),
    });
  }

  /** @param {string} state */
  leaveCheck(state) {
    this.stopLevel();
    for (const track of this.devices?.stream?.getTracks() ?? []) track.stop();
    this.problem(state);
  }

  /** The socket is not taken: is the link still good, and still ours? */
  async doubt() {
    const looked = await this.ask().catch(() => null);
    if (!looked || looked.state === "open" || looked.state === "too_early" || !this.visit) return;
    this.visit.stop();
    this.visit = null;
    this.problem(looked.state);
  }

  async useHere() {
    clearTimeout(this.timer);
    const looked = await this.ask(true).catch(() => null);
    if (looked?.state === "open") {
      store(sessionStorage, JOINED, this.link.session_id);
      await this.opened();
      if (!this.visit) this.begin();
      return;
    }
    at("problem-note").hidden = false;
    this.words.put(at("problem-note"), looked ? "join.in_use.still" : "join.offline");
    this.again(LOOK_AGAIN_MS.in_use * 3);
  }
}

new JoinPage();
