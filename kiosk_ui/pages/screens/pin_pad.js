// @ts-check
/** Digits by touch or by keyboard; what was typed is shown as dots and leaves the page only as the PIN message. */

import { attribute, busy, button, make, show, text } from "../dom.js";

/** @import { Key } from "../i18n.js" */
/** @import { Desk } from "./screen.js" */

/** @typedef {{ least: number, most: number, entered: Key }} Length how many digits, and the sentence that counts them */

/** @type {Length} */
const SIX = { least: 6, most: 6, entered: "pin.entered" };

export class PinPad {
  #digits = "";
  #locked = false;

  /** @param {Desk} desk @param {(pin: string) => void} entered @param {Length} [length] six digits unless it says otherwise */
  constructor(desk, entered, length = SIX) {
    this.desk = desk;
    this.entered = entered;
    this.length = length;
    this.dots = make("div", "dots", Array.from({ length: length.most }, () => make("i")));
    this.count = make("p", "unseen");
    this.count.setAttribute("role", "status");
    this.keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].map((digit) =>
      button("key", () => this.#type(digit), [digit]),
    );
    this.erase = button("key word", () => this.#erase());
    this.go = button("key word go", () => this.#submit());
    const zero = /** @type {HTMLButtonElement} */ (this.keys[9]);
    this.pad = make("div", "keys", [...this.keys.slice(0, 9), this.erase, zero, this.go]);
    this.pad.setAttribute("role", "group");
    this.root = make("div", "pin-pad", [this.dots, this.count, this.pad]);
    this.onKey = this.#key.bind(this);
    addEventListener("keydown", this.onKey);
  }

  /** @param {boolean} locked while central looks, or until it may be tried again */
  update(locked) {
    const { words } = this.desk;
    this.#locked = locked;
    attribute(this.pad, "aria-label", words.t("pin.pad"));
    text(this.erase, words.t("pin.delete"));
    text(this.go, words.t("pin.continue"));
    text(this.count, words.t(this.length.entered, { count: this.#digits.length }));
    [...this.dots.children].forEach((dot, index) => {
      dot.classList.toggle("on", index < this.#digits.length);
      show(dot, index < Math.max(this.length.least, this.#digits.length));
    });
    for (const key of this.keys) busy(key, locked || this.#digits.length === this.length.most);
    busy(this.erase, locked || this.#digits === "");
    busy(this.go, locked || !this.#isEnough);
  }

  get #isEnough() {
    return this.#digits.length >= this.length.least;
  }

  /** Forget what was typed. */
  clear() {
    this.#digits = "";
    this.update(this.#locked);
  }

  leave() {
    removeEventListener("keydown", this.onKey);
    this.#digits = "";
  }

  /** @param {string} digit */
  #type(digit) {
    if (this.#locked || this.#digits.length === this.length.most) return;
    this.#digits += digit;
    this.update(false);
  }

  #erase() {
    if (this.#locked) return;
    this.#digits = this.#digits.slice(0, -1);
    this.update(false);
  }

  #submit() {
    if (this.#locked || !this.#isEnough) return;
    this.entered(this.#digits);
    this.#digits = "";
    this.update(true);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[0-9]$/.test(event.key)) this.#type(event.key);
    else if (event.key === "Backspace") this.#erase();
    else if (event.key === "Enter" && this.#isEnough) {
      event.preventDefault();
      this.#submit();
    }
  }
}

/** @param {HTMLElement} element @param {string} words empty: nothing to say */
export function say(element, words) {
  text(element, words);
  show(element, words !== "");
}
