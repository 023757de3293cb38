// @ts-check
/** What is on the glass: one screen at a time, replaced at once. */

import { afterPaint } from "../dom.js";
import { CallScreen } from "./call.js";
import { CheckInScreen } from "./check_in.js";
import { ClosedScreen } from "./closed.js";
import { FarewellScreen } from "./farewell.js";
import { IdleScreen } from "./idle.js";
import { MaintenanceScreen } from "./maintenance.js";
import { MeetingScreen } from "./meeting.js";
import { RulesScreen } from "./rules.js";
import { TechnicianPinScreen } from "./technician_pin.js";
import { WaitingScreen } from "./waiting.js";

/** @import { Model, Notice, Show } from "../messages.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** @type {Record<string, new (desk: Desk) => Screen>} */
const SCREENS = {
  idle: IdleScreen,
  check_in: CheckInScreen,
  rules: RulesScreen,
  waiting: WaitingScreen,
  call: CallScreen,
  meeting: MeetingScreen,
  farewell: FarewellScreen,
  technician_pin: TechnicianPinScreen,
  maintenance: MaintenanceScreen,
};

/** @type {Show} */
const NOTHING_YET = {
  type: "show", seq: 0, screen: { screen: "please_wait" }, language: "id", terminal_name: "", facility_name: "", clock: null, online: false,
  call_id: null,
};

export class Glass {
  /** @type {Screen | null} */
  #current = null;
  /** Laid out under the screen that is seen, for the moment that one ends. @type {{ screen: Screen, model: Model } | null} */
  #next = null;
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

  /** What the screen that is shown says. */
  get model() {
    return this.#shown.screen;
  }

  /** @param {Show} message */
  show(message) {
    const same = this.#current !== null && message.screen.screen === this.screen;
    this.#shown = message;
    if (same) return this.redraw();
    const before = this.#current;
    this.#current = this.#taken(this.screen);
    this.redraw();
    for (const other of [...this.place.children]) if (other !== this.#current.root) other.remove();
    this.#current.root.inert = false;
    this.#current.root.ariaHidden = null;
    afterPaint(() => before?.leave?.());
    this.volume(this.#volume);
    this.#current.main?.()?.focus({ preventScroll: true });
  }

  /**
   * The screen of this name: the one laid out for this moment, or a new one.
   * @param {string} name
   */
  #taken(name) {
    const next = this.#next;
    this.#next = null;
    if (next?.model.screen === name) return next.screen;
    const screen = this.#made(name);
    this.place.append(screen.root);
    return screen;
  }

  /** @param {string} name @returns {Screen} */
  #made(name) {
    const Kind = SCREENS[name];
    return Kind ? new Kind(this.desk) : new ClosedScreen(this.desk, name);
  }

  /**
   * Lay out and paint what will follow, under what is seen and for nobody to reach: at an end it then only has to be uncovered.
   * @param {Model | null} model null: nothing is known to follow
   */
  prepare(model) {
    if (!model || model.screen !== this.#next?.model.screen) {
      this.#next?.screen.root.remove();
      this.#next = null;
    }
    if (!model) return;
    const screen = this.#next?.screen ?? this.#made(model.screen);
    this.#next = { screen, model };
    screen.update(model, { ...this.#shown, screen: model });
    screen.root.classList.add("next");
    screen.root.inert = true;
    screen.root.ariaHidden = "true";
    if (this.place.firstChild !== screen.root) this.place.prepend(screen.root);
  }

  /** Turn up what was prepared, or else the calm screen. */
  turn() {
    const model = this.#next?.model;
    if (model) this.show({ ...this.#shown, screen: model });
    else this.pleaseWait();
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

  /** @param {number | null} level */
  looked(level) {
    this.#current?.looked?.(level);
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
    this.#current?.volume?.(percent);
  }
}
