// @ts-check
/** After the call: what was delivered of what was promised, why it ended, and what becomes of the rest. */

import { make, show, text } from "../dom.js";
import { deliveredSeconds, leftSeconds } from "../times.js";
import { Frame } from "./screen.js";

/** @import { Farewell, Show } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** @type {Record<string, Key>} */
const WHY = {
  completed: "farewell.completed",
  hard_stop: "farewell.hard_stop",
  closing_time: "farewell.closing_time",
  ended_by_inmate: "farewell.by_inmate",
  ended_by_family: "farewell.by_family",
  ended_by_officer: "farewell.by_officer",
  no_show_inmate: "farewell.no_show_inmate",
  no_show_family: "farewell.no_show_family",
  connection_lost: "farewell.connection_lost",
  terminal_fault: "farewell.terminal_fault",
  moved: "farewell.moved",
  cancelled: "farewell.cancelled",
  emergency_stop: "farewell.emergency_stop",
};

/** On whose side the reason lay when the rest of the time is kept. */
const KEPT = ["network", "facility", "terminal", "unknown"];
/** Reasons that say by themselves what comes next. */
const SAYS_ALL = ["moved", "cancelled", "no_show_inmate", "no_show_family"];

/** @implements {Screen} */
export class FarewellScreen {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.frame = new Frame(desk, "farewell", "none");
    this.root = this.frame.root;
    this.heading = make("h1");
    this.heading.tabIndex = -1;
    this.figure = make("b", "figure");
    this.promised = make("span");
    this.got = make("p", "got", [this.figure, this.promised]);
    this.why = make("p", "lead");
    this.kept = make("p", "kept");
    this.thanks = make("p", "soft");
    this.closes = make("p", "closes");
    this.frame.body.append(this.heading, this.got, this.why, this.kept, this.thanks);
    this.frame.foot.append(this.closes);
  }

  main() {
    return this.heading;
  }

  /** @param {Farewell} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    const held = model.delivered_ms >= 1000;
    this.frame.update(shown, {});
    text(this.heading, words.t(held ? "farewell.title" : "farewell.title_not_held"));
    show(this.got, held);
    const delivered = deliveredSeconds(model.delivered_ms, model.reason === "completed");
    text(this.figure, model.talk_s < 60 ? String(delivered) : words.minutes(delivered));
    text(this.promised, words.t("farewell.of_promised", { duration: words.duration(model.talk_s) }));
    text(this.why, words.t(why(model)));
    const kept = isKept(model);
    show(this.kept, kept);
    if (kept) text(this.kept, words.t("farewell.kept", { left: words.minutes(leftSeconds(model.left_ms)) }));
    show(this.thanks, !SAYS_ALL.includes(model.reason));
    text(this.thanks, words.t("farewell.thanks"));
    text(this.closes, words.t("foot.closes_itself"));
  }
}

/** @param {Farewell} model @returns {Key} */
function why(model) {
  if (model.reason === "hard_stop" && model.fault_party === "network") return "farewell.hard_stop_network";
  return WHY[model.reason] ?? "farewell.hard_stop";
}

/** @param {Farewell} model */
function isKept(model) {
  return model.left_ms >= 1000 && KEPT.includes(model.fault_party) && !SAYS_ALL.includes(model.reason);
}
