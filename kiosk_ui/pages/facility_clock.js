// @ts-check
/** Central's time as the agent last told it, carried on by the page's monotonic clock; the PC's wall clock has no say. */

/** @import { WallClock } from "./messages.js" */

export class FacilityClock {
  /** @type {WallClock | null} */
  #told = null;
  #at = 0;

  /** @param {() => number} [now] monotonic ms */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  /** @param {WallClock | null} clock null: the agent has no time yet, so none is shown */
  set(clock) {
    this.#told = clock;
    this.#at = this.now();
  }

  /** What time it is at the facility, or null. */
  read() {
    return this.#told && { ...this.#told, now_ms: this.#told.now_ms + this.now() - this.#at };
  }

  /** Ms until the minute shown is no longer right. */
  untilNextMinute() {
    const clock = this.read();
    return clock ? 60_000 - (clock.now_ms % 60_000) : 60_000;
  }
}
