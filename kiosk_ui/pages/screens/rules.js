// @ts-check
/** The rules, to be accepted. */

import { button, make, text } from "../dom.js";
import { icon } from "../icons.js";
import { Frame } from "./screen.js";

/** @import { Rules, Show } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** @type {[string, Key][]} */
const RULES = [
  ["eye", "rules.watched"],
  ["family", "rules.family_only"],
  ["no_recording", "rules.no_recording"],
  ["shirt", "rules.decent"],
  ["clock", "rules.talk_time"],
  ["warning", "rules.consequence"],
];

/** @implements {Screen} */
export class RulesScreen {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.frame = new Frame(desk, "rules", "top");
    this.root = this.frame.root;
    this.heading = make("h1", "place");
    this.heading.tabIndex = -1;
    this.frame.title.replaceWith(this.heading);
    this.frame.title = this.heading;
    this.sentences = RULES.map(() => make("span"));
    const rows = RULES.map(([name], index) => make("li", "", [icon(name), /** @type {Node} */ (this.sentences[index])]));
    this.frame.body.append(make("ul", "rule-list", rows));
    this.back = button("quiet", () => desk.send({ type: "back" }));
    this.accept = button("big", () => desk.send({ type: "rules_accepted" }));
    this.frame.foot.append(this.back, this.accept);
  }

  main() {
    return this.accept;
  }

  /** @param {Rules} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    const corner = words.t("top.number_and_name", { number: model.number, name: model.inmate_name });
    this.frame.update(shown, { title: words.t("rules.title"), corner });
    const duration = words.duration(model.talk_s);
    RULES.forEach(([, key], index) => text(/** @type {Node} */ (this.sentences[index]), words.t(key, { duration })));
    text(this.back, words.t("rules.back"));
    text(this.accept, words.t("rules.accept"));
  }
}
