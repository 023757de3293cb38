// @ts-check
/** The talk time left: one text a second, aimed at the second's change, and a bar. */

import { attribute, make, text } from "../dom.js";
import { leftSeconds } from "../times.js";

/** @import { Call, Meeting } from "../messages.js" */
/** @import { Desk } from "./screen.js" */

const LAST_S = 10;
const LONG_S = 900;

export class TimeCard {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Call | Meeting | null} */
  #model = null;

  /** @param {Desk} desk @param {(left_s: number, counting: boolean) => void} told every second shown; `counting`: the large last count */
  constructor(desk, told) {
    this.desk = desk;
    this.told = told;
    this.label = make("span", "label");
    this.time = make("b");
    this.bar = make("i");
    this.pieces = make("div", "bar", [this.bar]);
    this.root = make("div", "time", [this.label, this.time, this.pieces]);
    this.root.setAttribute("role", "timer");
  }

  /** @param {Call | Meeting} model */
  update(model) {
    this.#model = model;
    const paused = model.phase === "interrupted" ? "call.left_paused" : "call.left_not_started";
    text(this.label, this.desk.words.t(model.phase === "talking" ? "call.left" : paused));
    attribute(this.root, "data-paused", String(model.phase === "interrupted"));
    this.pieces.style.setProperty("--pieces", String(pieces(model.talk_s)));
    this.draw();
  }

  /** Write what is left now, and come again when that is no longer right. */
  draw() {
    clearTimeout(this.#timer);
    const model = this.#model;
    if (!model) return;
    const now = performance.now();
    const { countdown, words } = this.desk;
    const left = leftSeconds(countdown.left(now));
    text(this.time, words.minutes(left));
    this.bar.style.transform = `scaleX(${Math.min(1, left / model.talk_s).toFixed(3)})`;
    const last = left <= lastMinute(model.talk_s);
    attribute(this.root, "data-last", String(last));
    this.told(left, model.phase === "talking" && countdown.running && left <= LAST_S && model.talk_s > LAST_S);
    if (countdown.running) this.#timer = setTimeout(() => this.draw(), countdown.untilNextSecond(now));
  }

  leave() {
    clearTimeout(this.#timer);
    this.#model = null;
  }
}

/**
 * How many pieces the bar has, a minute each, of long talks five: who reads no digits counts what is left.
 * @param {number} talk_s
 */
export function pieces(talk_s) {
  return talk_s / (talk_s > LONG_S ? 300 : 60);
}

/**
 * From when on the card reminds of saying goodbye: the last minute, or the last quarter of a short talk.
 * @param {number} talk_s
 */
export function lastMinute(talk_s) {
  return Math.min(60, talk_s / 4);
}
