// @ts-check
/** The strip above every screen that says that camera and microphone are open although nobody is called. */

import { show, text } from "../dom.js";

/** @import { Words } from "../i18n.js" */

export class CheckingSign {
  /** @param {HTMLElement} root @param {Words} words */
  constructor(root, words) {
    this.root = root;
    this.words = words;
  }

  /** @param {boolean} shown */
  show(shown) {
    show(this.root, shown);
    this.say();
  }

  /** In the language at hand. */
  say() {
    text(this.root, this.root.hidden ? "" : this.words.t("trial.checking"));
  }
}
