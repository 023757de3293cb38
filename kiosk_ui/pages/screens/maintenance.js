// @ts-check
/** What a technician sees and can do: how PC, programs and network are, what is wrong and what to do about it, and the ways out. */

import { attribute, button, busy, make, show, text } from "../dom.js";
import { DeviceCheck, DeviceLines } from "./device_check.js";
import { AREAS, FOUND, MEND, nameOf } from "./found_words.js";
import { describe } from "./diagnosis.js";
import { FAULTS, WHAT_TO_DO } from "./fault_words.js";
import { Frame } from "./screen.js";

/** @import { Found, Maintenance, MaintenanceDeed, Show } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk, Screen } from "./screen.js" */

const MOST_WRONG = 4;
const STAY_EVERY_MS = 30_000;

/** @type {[MaintenanceDeed, Key][]} */
const BUTTONS = [
  ["diagnose", "maintenance.diagnose"],
  ["restart_window", "maintenance.restart_window"],
  ["restart_agent", "maintenance.restart_agent"],
  ["reboot", "maintenance.reboot"],
  ["exit", "maintenance.exit"],
  ["finish", "maintenance.finish"],
];

/** @implements {Screen} */
export class MaintenanceScreen {
  #saidStay = 0;
  /** An agent of before knows nothing of it. */
  #mayTry = false;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.frame = new Frame(desk, "maintenance", "top");
    this.root = this.frame.root;
    this.heading = make("h1", "place");
    this.heading.tabIndex = -1;
    this.frame.title.replaceWith(this.heading);
    this.frame.title = this.heading;
    this.facts = make("dl", "facts");
    this.trouble = make("p", "trouble");
    this.trouble.setAttribute("role", "alert");
    this.wrong = make("ul", "wrong");
    this.buttons = BUTTONS.map(([deed]) => button(deed === "finish" ? "quiet main" : "quiet", () => this.#press(deed)));
    this.confirm = new ConfirmExit(desk);
    this.devices = new DeviceLines(desk, true);
    this.try = button("quiet try", () => this.#try(true));
    this.back = button("quiet main", () => this.#try(false));
    this.check = new DeviceCheck(desk);
    this.side = make("section", "side", [this.devices.root, this.wrong]);
    this.list = make("div", "list", [make("section", "side", [this.facts, this.trouble]), this.side]);
    this.frame.body.append(this.list, this.check.root, this.confirm.root);
    const [diagnose, ...others] = this.buttons;
    this.frame.foot.replaceChildren(/** @type {HTMLElement} */ (diagnose), this.try, ...others, this.back);
    this.#turn(false);
    for (const name of ["pointerdown", "keydown"]) this.root.addEventListener(name, () => this.#stay());
  }

  main() {
    return this.heading;
  }

  /** @param {Maintenance} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    const name = shown.terminal_name || "Bilik";
    this.frame.update(shown, { title: words.t(this.check.root.hidden ? "maintenance.title" : "trial.title", { name }) });
    attribute(this.facts, "aria-busy", String(model.busy));
    this.facts.replaceChildren(...this.#rows(model));
    show(this.trouble, model.said !== null);
    text(this.trouble, model.said ? words.t("maintenance.exit_failed") : "");
    text(this.try, words.t("trial.open"));
    text(this.back, words.t("trial.back"));
    this.#mayTry = model.devices !== undefined;
    this.#turn(!this.check.root.hidden);
    this.devices.update(model.devices ?? []);
    for (let most = MOST_WRONG; most > 0; most -= 1) {
      this.wrong.replaceChildren(...this.#wrong(model, most));
      if (this.side.offsetHeight <= this.frame.body.clientHeight) break;
    }
    this.check.update(model.devices ?? []);
    BUTTONS.forEach(([deed, key], index) => {
      const pressed = /** @type {HTMLButtonElement} */ (this.buttons[index]);
      const looks = deed === "diagnose" && model.busy;
      text(pressed, words.t(looks ? "maintenance.diagnosing" : key));
      busy(pressed, looks);
    });
    this.confirm.update();
  }

  leave() {
    this.confirm.root.close();
    if (!this.check.root.hidden) this.check.close();
  }

  mediaChanged() {
    if (!this.check.root.hidden) this.check.mediaChanged();
  }

  /** @param {number | null} level */
  looked(level) {
    if (!this.check.root.hidden) this.check.looked(level);
  }

  /** Turn to camera, microphone and loudspeaker, or back to the list. @param {boolean} on */
  #try(on) {
    this.#turn(on);
    if (on) this.check.open();
    else this.check.close();
    this.desk.redraw();
    (on ? this.heading : this.try).focus({ preventScroll: true });
  }

  /** @param {boolean} on */
  #turn(on) {
    show(this.check.root, on);
    show(this.list, !on);
    for (const pressed of this.buttons) show(pressed, !on);
    show(this.try, !on && this.#mayTry);
    show(this.back, on);
  }

  /** @param {Maintenance} model */
  #rows(model) {
    const { words } = this.desk;
    if (!model.diagnosis) return [make("dt", "", [words.t("maintenance.diagnosing")]), make("dd")];
    return describe(words, model.diagnosis).flatMap(({ label, said, well }) => {
      const value = make("dd", "", [words.t(said.key, said.gaps)]);
      value.dataset["well"] = String(well);
      return [make("dt", "", [words.t(label)]), value];
    });
  }

  /** The faults, then what else is bad. @param {Maintenance} model @param {number} most that there is room for */
  #wrong({ faults, bad = [] }, most) {
    const { words } = this.desk;
    const rows = [...faults.map((code) => this.#fault(code)), ...bad.flatMap((one) => this.#bad(one))];
    if (rows.length === 0) return [make("li", "none", [words.t("maintenance.no_fault")])];
    const more = rows.length - most;
    return more > 0 ? [...rows.slice(0, most), make("li", "none", [words.t("maintenance.more", { count: more })])] : rows;
  }

  /** @param {string} code a row of protocol/faults.py */
  #fault(code) {
    const { words } = this.desk;
    const todo = WHAT_TO_DO[code];
    return make("li", "", [
      make("b", "", [`${code}: ${words.t(FAULTS[code] ?? "fault.unknown")}`]),
      make("span", "", [todo ? words.t(todo) : ""]),
    ]);
  }

  /** @param {Found} found */
  #bad({ finding, gaps }) {
    const { words } = this.desk;
    const name = nameOf(finding), area = AREAS[name.slice(0, name.indexOf("_"))], said = FOUND[name], mend = MEND[name];
    if (!area || !said || !mend) return [];
    return [make("li", "", [make("b", "", [`${words.t(area)}: ${words.t(said, gaps)}`]), make("span", "", [words.t(mend)])])];
  }

  /** @param {MaintenanceDeed} deed */
  #press(deed) {
    if (deed === "exit") this.confirm.open();
    else this.desk.send({ type: "maintenance", deed });
  }

  /** Somebody is still at it; said now and then, not for every touch. */
  #stay() {
    const now = performance.now();
    if (this.#saidStay && now - this.#saidStay < STAY_EVERY_MS) return;
    this.#saidStay = now;
    this.desk.send({ type: "maintenance", deed: "stay" });
  }
}

/** "End the kiosk on this PC?": the first button stays. */
class ConfirmExit {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.title = make("h2");
    this.title.id = "exit-title";
    this.sentence = make("p");
    this.keep = button("big", () => this.root.close());
    this.exit = button("big end", () => this.#exit());
    this.root = make("dialog", "confirm", [this.title, this.sentence, make("div", "choices", [this.keep, this.exit])]);
    this.root.setAttribute("aria-labelledby", this.title.id);
  }

  open() {
    if (!this.root.open) this.root.showModal();
    this.keep.focus();
  }

  update() {
    const { words } = this.desk;
    text(this.title, words.t("maintenance.exit_title"));
    text(this.sentence, words.t("maintenance.exit_text"));
    text(this.keep, words.t("maintenance.exit_not"));
    text(this.exit, words.t("maintenance.exit_now"));
  }

  #exit() {
    this.desk.send({ type: "maintenance", deed: "exit" });
    this.root.close();
  }
}
