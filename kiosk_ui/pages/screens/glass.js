// @ts-check
/** What is on the glass: one screen at a time, replaced at once. */

import { CallScreen } from "./call.js";
import { CheckInScreen } from "./check_in.js";
import { ClosedScreen } from "./closed.js";
import { FarewellScreen } from "./farewell.js";
import { IdleScreen } from "./idle.js";
import { RulesScreen } from "./rules.js";
import { WaitingScreen } from "./waiting.js";

/** @import { Notice, Show } from "../messages.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** @type {Record<string, new (desk: Desk) => Screen>} */
const SCREENS = {
  idle: IdleScreen,
  check_in: CheckInScreen,
  rules: RulesScreen,
  waiting: WaitingScreen,
  call: CallScreen,
  farewell: FarewellScreen,
};

/** @type {Show} */
const NOTHING_YET = {
  type: "show", seq: 0, screen: { screen: "please_wait" }, language: "id", terminal_name: "", facility_name: "", clock: null, online: false,
  call_id: null,
};

export class Glass {
  /** @type {Screen | null} */
  #current = null;
  #shown = NOTHING_YET;
  #volume = 80;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #minute;

  /** @param {HTMLElement} place @param {Desk} desk */
  constructor(place, desk) {
    this.place = place;
    this.desk = desk;
  }

  /** The name of the screen that is shown. */
  get screen() {
    return this.#shown.screen.screen;
  }

  /** @param {Show} message */
  show(message) {
    const same = this.#current !== null && message.screen.screen === this.screen;
    this.#shown = message;
    if (same) return this.redraw();
    const before = this.#current;
    const Kind = SCREENS[this.screen];
    this.#current = Kind ? new Kind(this.desk) : new ClosedScreen(this.desk, this.screen);
    this.redraw();
    this.place.replaceChildren(this.#current.root);
    before?.leave?.();
    this.volume(this.#volume);
    this.#current.main?.()?.focus({ preventScroll: true });
  }

  /** The agent is away: nothing to press, nothing of anybody on the glass. */
  pleaseWait() {
    this.show({ ...this.#shown, screen: { screen: "please_wait" } });
  }

  /** Write everything anew: another language, another minute, other devices. */
  redraw() {
    clearTimeout(this.#minute);
    this.#minute = setTimeout(() => this.redraw(), this.desk.clock.untilNextMinute());
    document.documentElement.lang = this.desk.words.language;
    this.#current?.update(this.#shown.screen, this.#shown);
    document.title = this.#shown.terminal_name || "Bilik";
  }

  mediaChanged() {
    this.#current?.mediaChanged?.();
  }

  countdownChanged() {
    this.#current?.countdownChanged?.();
  }

  /** @param {Notice} notice */
  notice(notice) {
    this.#current?.notice?.(notice);
  }

  /** @param {number} percent */
  volume(percent) {
    this.#volume = percent;
    if (this.#current instanceof CallScreen) this.#current.volume(percent);
  }
}
