// @ts-check
/** A number is called: one large Start, a PIN, or the officer. */

import { busy, button, make, show, text } from "../dom.js";
import { PinPad, say } from "./pin_pad.js";
import { Frame, boothStatus, queueNumber } from "./screen.js";

/** @import { CheckIn, Show } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** What became of the last try. @type {Record<string, Key>} */
const REFUSED = {
  wrong_pin: "pin.wrong",
  not_now: "check_in.not_now",
  moved: "check_in.moved",
  unreachable: "check_in.unreachable",
};

/** @implements {Screen} */
export class CheckInScreen {
  /** Until when nothing may be tried, by performance.now(). */
  #waitUntil = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tick;
  /** @type {CheckIn | null} */
  #model = null;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.frame = new Frame(desk, "check-in");
    this.root = this.frame.root;
    this.heading = make("h1", "soft");
    this.heading.tabIndex = -1;
    this.number = make("p", "number");
    this.sentence = make("p", "lead");
    this.trouble = make("p", "trouble");
    this.trouble.setAttribute("role", "alert");
    this.start = button("big", () => desk.send({ type: "start" }));
    this.pin = new PinPad(desk, (pin) => desk.send({ type: "pin", pin }));
    this.called = make("div", "called", [this.heading, this.number, this.sentence, this.trouble, this.start]);
    this.frame.body.append(this.called, this.pin.root);
  }

  main() {
    if (this.#model?.method === "none" && this.#model.refused !== "moved") return this.start;
    return this.#model?.method === "pin" ? (this.pin.keys[0] ?? null) : this.heading;
  }

  /** @param {CheckIn} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    if (model.retry_s > 0 && model !== this.#model) this.#waitUntil = performance.now() + model.retry_s * 1000;
    if (this.#model?.busy && !model.busy && model.refused) this.pin.clear();
    this.#model = model;
    this.root.dataset["method"] = model.method;
    this.frame.update(shown, { status: boothStatus(this.desk, shown) });
    text(this.heading, words.t("check_in.now"));
    queueNumber(this.number, model.number);
    show(this.start, model.method === "none" && model.refused !== "moved");
    show(this.pin.root, model.method === "pin");
    text(this.start, words.t(model.busy ? "check_in.opening" : "check_in.start"));
    this.#say(model);
  }

  leave() {
    clearTimeout(this.#tick);
    this.pin.leave();
  }

  /** @param {CheckIn} model */
  #say(model) {
    const seconds = Math.max(0, Math.ceil((this.#waitUntil - performance.now()) / 1000));
    text(this.sentence, this.#sentence(model));
    const trouble = model.busy ? "" : this.#trouble(model, seconds);
    say(this.trouble, trouble);
    show(this.sentence, model.method !== "none" || trouble === "");
    busy(this.start, model.busy || seconds > 0);
    this.pin.update(model.busy || seconds > 0);
    clearTimeout(this.#tick);
    if (seconds > 0) this.#tick = setTimeout(() => this.#say(model), (this.#waitUntil - performance.now()) % 1000 || 1000);
  }

  /** @param {CheckIn} model @param {number} seconds until it may be tried again */
  #trouble(model, seconds) {
    const { words } = this.desk;
    const duration = words.duration(seconds);
    if (seconds > 0 && model.refused === "wrong_pin") return words.t("pin.wrong_wait", { duration });
    if (seconds > 0 && model.refused === "wait") return words.t("pin.wait", { duration });
    if (!model.refused || model.refused === "wait") return "";
    return words.t(REFUSED[model.refused] ?? "check_in.refused");
  }

  /** @param {CheckIn} model */
  #sentence(model) {
    const { words } = this.desk;
    if (model.method === "officer") return words.t("check_in.officer");
    if (model.method === "pin") return words.t(model.busy ? "pin.checking" : "pin.enter");
    return words.t("check_in.promise");
  }
}
