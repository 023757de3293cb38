// @ts-check
/** Between visits: who is next, and what time it is. */

import { make, show, text } from "../dom.js";
import { Frame, boothStatus, queueNumber } from "./screen.js";

/** @import { Idle, Show } from "../messages.js" */
/** @import { Desk, Screen } from "./screen.js" */

const LATER = 3;

/** @implements {Screen} */
export class IdleScreen {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.frame = new Frame(desk, "idle");
    this.root = this.frame.root;
    this.label = make("p", "soft");
    this.number = make("p", "number");
    this.at = make("p", "at");
    this.heading = make("h1", "lead");
    this.heading.tabIndex = -1;
    this.clock = make("p", "clock");
    this.date = make("p", "soft");
    this.laterTitle = make("h2", "later-title soft");
    this.later = make("ol", "later");
    this.card = make("section", "card", [this.label, this.number, this.at, this.heading]);
    const side = make("section", "side", [this.clock, this.date, this.laterTitle, this.later]);
    this.frame.body.append(this.card, side);
  }

  main() {
    return this.heading;
  }

  /** @param {Idle} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    this.frame.update(shown, { corner: shown.facility_name, status: boothStatus(this.desk, shown) });
    const [first, ...rest] = model.next;
    for (const element of [this.label, this.number, this.at]) show(element, Boolean(first));
    text(this.label, words.t("idle.next"));
    queueNumber(this.number, first?.number ?? "");
    text(this.at, first ? this.#at(first.start_at_ms) : "");
    text(this.heading, words.t(first ? "idle.please_wait" : "idle.nobody"));
    this.card.classList.toggle("empty", !first);
    this.#clock();
    this.#rest(rest.slice(0, LATER));
  }

  #clock() {
    const clock = this.desk.clock.read();
    const { words } = this.desk;
    text(this.clock, clock ? words.hour(clock.now_ms, clock.offset_min) : "");
    text(this.date, clock ? words.t("clock.date", { zone: clock.zone, date: words.day(clock.now_ms, clock.offset_min) }) : "");
  }

  /** @param {Idle["next"]} rest */
  #rest(rest) {
    show(this.laterTitle, rest.length > 0);
    show(this.later, rest.length > 0);
    text(this.laterTitle, this.desk.words.t("idle.later"));
    while (this.later.children.length > rest.length) this.later.lastElementChild?.remove();
    rest.forEach((next, index) => {
      const row = this.later.children[index] ?? this.later.appendChild(make("li", "", [make("b"), make("span")]));
      text(/** @type {Node} */ (row.firstChild), next.number);
      text(/** @type {Node} */ (row.lastChild), this.#hour(next.start_at_ms));
    });
  }

  /** @param {number} atMs */
  #hour(atMs) {
    const clock = this.desk.clock.read();
    return clock ? this.desk.words.hour(atMs, clock.offset_min) : "";
  }

  /** @param {number} atMs */
  #at(atMs) {
    const time = this.#hour(atMs);
    return time && this.desk.words.t("clock.at", { time });
  }
}
