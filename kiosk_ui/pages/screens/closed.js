// @ts-check
/** The screens on which nobody can do anything but read: why, and what it means for their time. */

import { make, show, text } from "../dom.js";
import { icon } from "../icons.js";
import { FAULTS } from "./fault_words.js";
import { Frame } from "./screen.js";

/** @import { Model, Show } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** @typedef {{ icon: string, title: Key, text: Key, small?: Key }} Said */

/** @type {Record<string, Said>} */
const SAID = {
  please_wait: { icon: "hourglass", title: "wait.title", text: "wait.text" },
  connecting: { icon: "plug", title: "connecting.title", text: "connecting.text" },
  not_enrolled: { icon: "plug", title: "not_enrolled.title", text: "not_enrolled.text", small: "not_enrolled.technician" },
  locked: { icon: "lock", title: "locked.title", text: "locked.text" },
  out_of_service: { icon: "tools", title: "out_of_service.title", text: "out_of_service.text" },
};

/** @implements {Screen} */
export class ClosedScreen {
  /** @param {Desk} desk @param {string} screen one of SAID */
  constructor(desk, screen) {
    this.desk = desk;
    this.said = /** @type {Said} */ (SAID[screen] ?? SAID["please_wait"]);
    this.frame = new Frame(desk, "closed");
    this.root = this.frame.root;
    this.root.dataset["kind"] = screen;
    this.heading = make("h1");
    this.heading.tabIndex = -1;
    this.sentence = make("p", "lead");
    this.small = make("p", "soft");
    this.faults = make("ul", "faults");
    this.frame.body.append(make("div", "badge", [icon(this.said.icon)]), this.heading, this.sentence, this.small, this.faults);
  }

  main() {
    return this.heading;
  }

  /** @param {Model} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    this.frame.update(shown, {});
    text(this.heading, words.t(this.said.title));
    text(this.sentence, words.t(this.said.text));
    show(this.small, this.said.small !== undefined);
    if (this.said.small) text(this.small, words.t(this.said.small));
    const codes = model.screen === "out_of_service" ? [model.code] : [];
    show(this.faults, codes.length > 0);
    this.faults.replaceChildren(...codes.map((code) => this.#fault(code)));
  }

  /** @param {string} code a row of protocol/faults.py */
  #fault(code) {
    const { words } = this.desk;
    return make("li", "", [
      make("span", "", [words.t(FAULTS[code] ?? "fault.unknown")]),
      make("b", "", [words.t("out_of_service.code", { code })]),
    ]);
  }
}
