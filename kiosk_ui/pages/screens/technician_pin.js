// @ts-check
/** The technician's PIN: digits by touch or keyboard, how long to wait, and a way back. */

import { button, make, show, text } from "../dom.js";
import { PinPad, say } from "./pin_pad.js";
import { Frame } from "./screen.js";

/** @import { Show, TechnicianPin } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** @type {Record<string, Key>} */
const SAID = { wrong: "technician.wrong", unset: "technician.unset", failed: "technician.failed" };

/** @implements {Screen} */
export class TechnicianPinScreen {
  /** Until when nothing may be tried, by performance.now(). */
  #waitUntil = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tick;
  /** @type {TechnicianPin | null} */
  #model = null;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.frame = new Frame(desk, "technician");
    this.root = this.frame.root;
    this.heading = make("h1");
    this.heading.tabIndex = -1;
    this.sentence = make("p", "lead");
    this.trouble = make("p", "trouble");
    this.trouble.setAttribute("role", "alert");
    this.back = button("quiet", () => desk.send({ type: "maintenance", deed: "cancel" }));
    this.pin = new PinPad(desk, (pin) => desk.send({ type: "technician_pin", pin }), {
      least: 8,
      most: 16,
      entered: "technician.entered",
    });
    this.frame.body.append(make("div", "asked", [this.heading, this.sentence, this.trouble, this.back]), this.pin.root);
  }

  main() {
    return this.pin.keys[0] ?? null;
  }

  /** @param {TechnicianPin} model @param {Show} shown */
  update(model, shown) {
    if (model.retry_s > 0 && model !== this.#model) this.#waitUntil = performance.now() + model.retry_s * 1000;
    if (model.retry_s === 0) this.#waitUntil = 0;
    if (this.#model?.busy && !model.busy) this.pin.clear();
    this.#model = model;
    const { words } = this.desk;
    this.frame.update(shown, {});
    text(this.heading, words.t("technician.title"));
    text(this.sentence, words.t(model.busy ? "pin.checking" : "technician.enter"));
    text(this.back, words.t("technician.back"));
    this.#say(model);
  }

  leave() {
    clearTimeout(this.#tick);
    this.pin.leave();
  }

  /** @param {TechnicianPin} model */
  #say(model) {
    const { words } = this.desk;
    const seconds = Math.max(0, Math.ceil((this.#waitUntil - performance.now()) / 1000));
    const said = model.busy || !model.said ? "" : words.t(SAID[model.said] ?? "technician.failed");
    const wait = seconds > 0 ? words.t("technician.wait", { duration: words.duration(seconds) }) : "";
    say(this.trouble, [said, wait].filter(Boolean).join(" "));
    show(this.sentence, seconds === 0);
    this.pin.update(model.busy || seconds > 0);
    clearTimeout(this.#tick);
    if (seconds > 0) this.#tick = setTimeout(() => this.#say(model), (this.#waitUntil - performance.now()) % 1000 || 1000);
  }
}
