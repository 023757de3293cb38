// @ts-check
/** The dead man's switch: without a fresh lease the call closes by itself. */

/** Fires once when the deadline passes, by a timer aimed at it; `extend` moves it, `clear` disarms it. */
export class LeaseWatch {
  #deadline = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} ranOut @param {() => number} [now] monotonic ms */
  constructor(ranOut, now = () => performance.now()) {
    this.ranOut = ranOut;
    this.now = now;
  }

  /** @param {number} ms from now */
  extend(ms) {
    this.#deadline = this.now() + ms;
    this.#aim();
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get armed() {
    return this.#timer !== undefined;
  }

  #aim() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.now() < this.#deadline) return this.#aim();
      this.#timer = undefined;
      this.ranOut();
    }, Math.max(0, this.#deadline - this.now()));
  }
}
