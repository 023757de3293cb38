// @ts-check
/** "End this call?": the first button goes on talking. */

import { busy, button, make, text } from "../dom.js";
import { leftSeconds } from "../times.js";

/** @import { Desk } from "./screen.js" */

export class ConfirmEnd {
  #ending = false;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.title = make("h2");
    this.title.id = "confirm-title";
    this.sentence = make("p");
    this.keep = button("big", () => this.root.close());
    this.end = button("big end", () => this.#confirm());
    this.root = make("dialog", "confirm", [this.title, this.sentence, make("div", "choices", [this.keep, this.end])]);
    this.root.setAttribute("aria-labelledby", this.title.id);
  }

  open() {
    this.update();
    if (!this.root.open) this.root.showModal();
    this.keep.focus();
  }

  update() {
    const { words, countdown } = this.desk;
    text(this.title, words.t("call.confirm_title"));
    text(this.sentence, words.t("call.confirm_text", { left: words.duration(leftSeconds(countdown.left(performance.now()))) }));
    text(this.keep, words.t("call.keep_talking"));
    text(this.end, words.t(this.#ending ? "call.ending" : "call.confirm_end"));
    busy(this.end, this.#ending);
  }

  leave() {
    this.root.close();
  }

  #confirm() {
    this.#ending = true;
    this.desk.send({ type: "hang_up" });
    this.update();
  }
}
