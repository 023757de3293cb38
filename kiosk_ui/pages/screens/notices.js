// @ts-check
/** What is said over the call: one line of ours, and beside it an officer's message. */

import { make, show, text } from "../dom.js";
import { icon } from "../icons.js";

/** @import { Notice } from "../messages.js" */
/** @import { Words } from "../i18n.js" */
/** @import { Desk } from "./screen.js" */

const LINE_MS = 9000;
const MESSAGE_MS = 12_000;
const MESSAGE_MS_A_LETTER = 90;

export class Notices {
  /** @type {Map<HTMLElement, ReturnType<typeof setTimeout>>} */
  #timers = new Map();
  /** @type {Notice | null} */
  #line = null;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.line = make("p", "line");
    this.messageTitle = make("span");
    this.messageText = make("span");
    this.message = make("div", "message", [make("b", "", [icon("message"), this.messageTitle]), this.messageText]);
    this.root = make("div", "notices", [this.line]);
    this.side = make("div", "aside", [this.message]);
    for (const place of [this.root, this.side]) place.setAttribute("aria-live", "polite");
    show(this.line, false);
    show(this.message, false);
  }

  /** In the language at hand. */
  update() {
    text(this.messageTitle, this.desk.words.t("notice.message"));
    if (this.#line) text(this.line, sentence(this.desk.words, this.#line));
  }

  /** @param {Notice} notice */
  say(notice) {
    if (notice.kind === "last_seconds") return;
    if (notice.kind === "message") {
      text(this.messageText, notice.text);
      this.#for(this.message, Math.max(MESSAGE_MS, notice.text.length * MESSAGE_MS_A_LETTER));
    } else {
      this.#line = notice;
      this.line.dataset["goodbye"] = String(notice.kind === "warning" && notice.value <= 60);
      this.#for(this.line, LINE_MS);
    }
    this.update();
  }

  /** The talk time stands: that it runs is said no longer. */
  paused() {
    if (this.#line?.kind === "connected") show(this.line, false);
  }

  leave() {
    for (const [element, timer] of this.#timers) {
      clearTimeout(timer);
      show(element, false);
    }
    this.#timers.clear();
    text(this.messageText, "");
  }

  /** @param {HTMLElement} element @param {number} ms */
  #for(element, ms) {
    clearTimeout(this.#timers.get(element));
    show(element, true);
    this.#timers.set(element, setTimeout(() => show(element, false), ms));
  }
}

/**
 * @param {Words} words
 * @param {Notice} notice
 */
function sentence(words, notice) {
  const duration = words.duration(notice.value);
  if (notice.kind === "connected") return words.t("notice.connected");
  if (notice.kind === "extended") return words.t("notice.extended", { duration });
  if (notice.value === 60) return words.t("notice.one_minute");
  return words.t(notice.value < 60 ? "notice.goodbye" : "notice.left", { duration: capital(duration) });
}

/** @param {string} words */
function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
