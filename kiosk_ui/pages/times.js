// @ts-check
/** Reckoning with times, without a clock and without words. */

/**
 * What is left, in whole seconds, rounded up: the screen never shows less than there is.
 * @param {number} ms
 */
export function leftSeconds(ms) {
  return Math.max(0, Math.ceil(ms / 1000));
}

/**
 * What was delivered, in whole seconds: rounded down, so that with what is left it makes up the promise; a completed talk
 * is rounded to the nearest second, because the last frame of it is not the inmate's loss.
 * @param {number} ms @param {boolean} completed
 */
export function deliveredSeconds(ms, completed) {
  return completed ? Math.round(ms / 1000) : Math.floor(ms / 1000);
}

/** @param {number} seconds whole */
export function leftParts(seconds) {
  return { minutes: Math.floor(seconds / 60), rest: seconds % 60 };
}

/**
 * The same for promises, where less than two minutes that are not one minute are told in seconds.
 * @param {number} seconds whole
 */
export function talkParts(seconds) {
  return seconds < 120 && seconds !== 60 ? { minutes: 0, rest: seconds } : leftParts(seconds);
}

/** The talk time left between two leases. Every lease arrives a little late, so the earliest end it has named is the truest. */
export class Countdown {
  #end = 0;
  #left = 0;
  #running = false;

  /**
   * @param {number} leftMs @param {boolean} running @param {number} now performance.now()
   */
  set(leftMs, running, now) {
    const end = now + leftMs;
    const jumped = Math.abs(end - this.#end) > 700;
    this.#end = running && this.#running && !jumped ? Math.min(end, this.#end) : end;
    this.#left = leftMs;
    this.#running = running;
  }

  get running() {
    return this.#running;
  }

  /** @param {number} now performance.now() */
  left(now) {
    return this.#running ? Math.max(0, this.#end - now) : this.#left;
  }

  /**
   * How long the whole second shown now stays right.
   * @param {number} now performance.now()
   */
  untilNextSecond(now) {
    const left = this.left(now);
    return left <= 0 ? 1000 : left % 1000 || 1000;
  }
}
