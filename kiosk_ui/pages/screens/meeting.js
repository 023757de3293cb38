// @ts-check
/** Above a meeting's page, which the window shows below this strip: time left, loudness, End. Until it is there, what is being done. */

import { attribute, button, make, show, text } from "../dom.js";
import { icon } from "../icons.js";
import { Notices } from "./notices.js";
import { TimeCard } from "./time_card.js";

/** @import { Meeting, Notice, Show } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk, Screen } from "./screen.js" */

const STEP_PERCENT = 10;

/** @implements {Screen} */
export class MeetingScreen {
  #seq = -1;
  #percent = 80;
  #ending = false;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.heading = make("h1", "unseen");
    this.heading.tabIndex = -1;
    this.who = make("p", "who");
    this.notices = new Notices(desk);
    this.notices.message.firstElementChild?.classList.add("unseen");
    this.time = new TimeCard(desk, () => undefined);
    this.softer = button("step", () => this.#louder(-STEP_PERCENT), ["−"]);
    this.louder = button("step", () => this.#louder(STEP_PERCENT), ["+"]);
    this.level = make("span", "level");
    this.volumes = make("div", "volumes", [this.softer, icon("speaker"), this.level, this.louder]);
    this.volumes.setAttribute("role", "group");
    this.end = button("control end", () => this.#ask(true), [icon("end"), make("span")]);
    this.question = make("b");
    this.warning = make("span");
    this.keep = button("control keep", () => this.#ask(false));
    this.confirm = button("control end", () => this.#confirm());
    this.asking = make("div", "asking", [make("p", "question", [this.question, this.warning]), this.confirm, this.keep]);
    this.title = make("h2");
    this.lead = make("p", "lead");
    this.root = this.#assemble();
  }

  #assemble() {
    const middle = make("div", "middle", [this.who, this.notices.root, this.notices.side]);
    const strip = make("header", "strip", [this.time.root, middle, this.volumes, this.end, this.asking]);
    const below = make("section", "below", [icon("plug"), this.title, this.lead]);
    below.setAttribute("aria-live", "polite");
    this.asking.setAttribute("role", "group");
    this.asking.addEventListener("keydown", (event) => event.key === "Escape" && this.#ask(false));
    show(this.asking, false);
    return make("main", "screen meeting", [this.heading, strip, below]);
  }

  main() {
    return this.heading;
  }

  /** @param {Meeting} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    if (shown.seq !== this.#seq) {
      this.#seq = shown.seq;
      this.desk.countdown.set(model.left_ms, model.phase === "talking", performance.now());
    }
    attribute(this.root, "data-phase", model.phase);
    text(this.heading, words.t("call.title", { name: model.family_name || words.t("call.your_family") }));
    text(this.who, model.family_name);
    text(/** @type {Node} */ (this.end.lastChild), words.t("call.end"));
    text(this.question, words.t("call.confirm_title"));
    text(this.warning, words.t("meeting.no_return"));
    text(this.keep, words.t("call.keep_talking"));
    text(this.confirm, words.t(this.#ending ? "call.ending" : "call.confirm_end"));
    attribute(this.asking, "aria-label", words.t("call.confirm_title"));
    attribute(this.volumes, "aria-label", words.t("meeting.volume"));
    attribute(this.softer, "aria-label", words.t("meeting.softer"));
    attribute(this.louder, "aria-label", words.t("meeting.louder"));
    this.#below(model);
    this.time.update(model);
    this.notices.update();
  }

  /** @param {Notice} notice */
  notice(notice) {
    this.notices.say(notice);
  }

  /** @param {number} percent */
  volume(percent) {
    this.#percent = percent;
    text(this.level, `${percent}%`);
    attribute(this.softer, "aria-disabled", String(percent <= 0));
    attribute(this.louder, "aria-disabled", String(percent >= 100));
  }

  leave() {
    this.time.leave();
    this.notices.leave();
  }

  /** What is seen where the meeting is not yet, or not now. @param {Meeting} model */
  #below(model) {
    const { words } = this.desk;
    /** @type {[Key, Key]} */
    let keys = ["meeting.opening_title", "waiting.not_running"];
    if (model.phase === "interrupted") keys = ["meeting.interrupted_title", "meeting.interrupted"];
    else if (model.trouble) keys = ["meeting.failed_title", "meeting.failed"];
    text(this.title, words.t(keys[0]));
    text(this.lead, words.t(keys[1]));
  }

  /** @param {number} by percent */
  #louder(by) {
    const percent = Math.min(100, Math.max(0, this.#percent + by));
    this.volume(percent);
    this.desk.send({ type: "volume", percent });
  }

  /** Nothing of ours can lie over the meeting, so the question takes the strip; where End was pressed, a second press goes on talking. @param {boolean} asking */
  #ask(asking) {
    show(this.asking, asking);
    show(this.volumes, !asking);
    show(this.end, !asking);
    attribute(this.root, "data-asking", String(asking));
    (asking ? this.keep : this.end).focus();
  }

  #confirm() {
    this.#ending = true;
    this.desk.send({ type: "hang_up" });
    attribute(this.confirm, "aria-disabled", "true");
    text(this.confirm, this.desk.words.t("call.ending"));
  }
}
