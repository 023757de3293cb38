// @ts-check
/** The screen of the waiting block: who is called to which booth, live; a chime for every new call; says when it hears nothing. */

import { at, Awake } from "./page.js";

/** @typedef {{key: string, number: string, booth: string}} Call */
/** @typedef {{number: string, time: string}} Later */
/** @typedef {{now_ms: number, calls: Call[], next: Later[]}} Shown */

const SILENT_MS = 6000;
const TICK_MS = 500;
const NOTES = [659.25, 523.25];
const NOTE_S = 0.55;

class Display {
  constructor() {
    this.timezone = document.body.dataset["timezone"] ?? "UTC";
    this.gapMs = Number(document.body.dataset["now"]) - Date.now();
    this.heardMs = performance.now();
    this.gone = false;
    this.known = new Set([...document.querySelectorAll("#calls [data-key]")].map((item) => item.getAttribute("data-key") ?? ""));
    /** @type {AudioContext | null} */
    this.context = null;
    this.awake = new Awake();
    this.awake.want(true);
    at("start").onclick = () => this.start();
    this.offerStart();
    this.listen();
    setInterval(() => this.tick(), TICK_MS);
  }

  /** A browser lets a page sound only after a press; one press also fills the screen. */
  start() {
    void this.sound().resume();
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
    at("start").hidden = true;
    this.chime();
  }

  sound() {
    return (this.context ??= new AudioContext());
  }

  offerStart() {
    at("start").hidden = this.sound().state === "running";
    this.sound().onstatechange = () => (at("start").hidden = this.sound().state === "running");
  }

  listen() {
    const source = new EventSource("/display/events" + location.search);
    source.addEventListener("display", (event) => this.hear(JSON.parse(event.data)));
    source.addEventListener("gone", () => {
      this.gone = true;
      source.close();
      this.tick();
    });
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED || this.gone) return;
      setTimeout(() => this.listen(), 2000);
    };
  }

  /** @param {Shown} shown */
  hear(shown) {
    this.heardMs = performance.now();
    this.gapMs = shown.now_ms - Date.now();
    const fresh = shown.calls.some((call) => !this.known.has(call.key));
    if (fresh || shown.calls.length !== this.known.size) this.drawCalls(shown.calls);
    if (fresh) this.chime();
    this.known = new Set(shown.calls.map((call) => call.key));
    this.drawNext(shown.next);
    this.tick();
  }

  /** @param {Call[]} calls */
  drawCalls(calls) {
    at("calls").replaceChildren(...calls.map((call) => this.item("call", call.key, [call.number, call.booth], !this.known.has(call.key))));
    at("none").hidden = calls.length > 0;
  }

  /** @param {Later[]} next */
  drawNext(next) {
    const text = JSON.stringify(next);
    if (at("next").dataset["text"] === text) return;
    at("next").dataset["text"] = text;
    at("next").replaceChildren(...next.map((each) => this.item("later", each.number, [each.number, each.time], false)));
  }

  /** @param {string} template @param {string} key @param {[string, string]} texts @param {boolean} isNew */
  item(template, key, texts, isNew) {
    const copy = /** @type {HTMLTemplateElement} */ (at(template)).content.cloneNode(true);
    const item = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (copy).firstElementChild);
    item.dataset["key"] = key;
    item.classList.toggle("new", isNew);
    const places = item.querySelectorAll("b, span.b, li > span.num");
    places.forEach((place, index) => (place.textContent = texts[index] ?? ""));
    return item;
  }

  tick() {
    const now = Date.now() + this.gapMs;
    const text = new Intl.DateTimeFormat("en-GB", { timeZone: this.timezone, hour: "2-digit", minute: "2-digit" }).format(now);
    at("clock").textContent = document.documentElement.lang === "id" ? text.replace(":", ".") : text;
    const silent = performance.now() - this.heardMs > SILENT_MS;
    at("gone").hidden = !this.gone;
    at("lost").hidden = this.gone || !silent;
    document.body.classList.toggle("stale", silent || this.gone);
  }

  /** Two soft notes, as in a station; every chime is also seen. */
  chime() {
    const sound = this.sound();
    document.body.dataset["chimes"] = String(Number(document.body.dataset["chimes"] ?? "0") + 1);
    if (sound.state !== "running") return;
    NOTES.forEach((note, index) => {
      const [tone, loud] = [sound.createOscillator(), sound.createGain()];
      const from = sound.currentTime + index * NOTE_S;
      tone.frequency.value = note;
      loud.gain.setValueAtTime(0, from);
      loud.gain.linearRampToValueAtTime(0.5, from + 0.03);
      loud.gain.exponentialRampToValueAtTime(0.001, from + NOTE_S * 2);
      tone.connect(loud).connect(sound.destination);
      tone.start(from);
      tone.stop(from + NOTE_S * 2);
    });
  }
}

new Display();
