// @ts-check
/** What to send on a bad link: the picture gives way in steps, the voice never does. */

/** @typedef {{ scale: number, frames: number, active: boolean }} Step */

/** From the full picture to none; 640x480 at 24, 480x360 at 15, 320x240 at 12, off. @type {Step[]} */
export const STEPS = [
  { scale: 1, frames: 24, active: true },
  { scale: 4 / 3, frames: 15, active: true },
  { scale: 2, frames: 12, active: true },
  { scale: 2, frames: 12, active: false },
];
const BAD_LOSS = 0.1;
const BAD_KBIT = 80;
const BAD_FOR_MS = 10_000;
const GOOD_FOR_MS = 20_000;

/** Down one step after 10 s of a bad link, up one after 20 s of a good one. Pure: time and facts come in, a step comes out. */
export class Adaptation {
  level = 0;
  #badSince = /** @type {number | null} */ (null);
  #goodSince = /** @type {number | null} */ (null);

  /**
   * @param {{ loss: number | null, kbit: number | null }} link loss 0 to 1; kbit/s the link can carry, null if not known
   * @param {number} now monotonic ms
   * @returns {Step}
   */
  step(link, now) {
    // With the picture off the estimate of the link is of the voice alone, so only loss can tell.
    const thin = link.kbit !== null && link.kbit < BAD_KBIT && this.level < STEPS.length - 1;
    const bad = (link.loss ?? 0) > BAD_LOSS || thin;
    this.#badSince = bad ? (this.#badSince ?? now) : null;
    this.#goodSince = bad ? null : (this.#goodSince ?? now);
    if (this.#badSince !== null && now - this.#badSince >= BAD_FOR_MS) this.#move(1);
    if (this.#goodSince !== null && now - this.#goodSince >= GOOD_FOR_MS) this.#move(-1);
    return /** @type {Step} */ (STEPS[this.level]);
  }

  /** @param {number} by */
  #move(by) {
    this.level = Math.min(STEPS.length - 1, Math.max(0, this.level + by));
    this.#badSince = null;
    this.#goodSince = null;
  }
}
