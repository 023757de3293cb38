// @ts-check
/** Soft bell-like sounds, made on the spot; each has its visible twin on the screen. */

/** @typedef {"called" | "two_minutes" | "one_minute" | "message" | "end"} Chime */

/** Notes of each chime: frequency in Hz and start in seconds. @type {Record<Chime, [number, number][]>} */
const NOTES = {
  called: [[523.25, 0], [659.25, 0.22], [783.99, 0.44]],
  two_minutes: [[659.25, 0], [523.25, 0.3]],
  one_minute: [[659.25, 0], [523.25, 0.3], [659.25, 0.6], [523.25, 0.9]],
  message: [[587.33, 0], [698.46, 0.2]],
  end: [[523.25, 0], [440, 0.35], [349.23, 0.7]],
};
const RING_S = 1.4;

/** Keeps the sound device open only while something sounds. */
export class Chimes {
  /** @type {AudioContext | null} */
  #context = null;
  #volume = 0.8;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet;

  /** @param {number} percent 0 to 100 */
  setVolume(percent) {
    this.#volume = percent / 100;
  }

  /** @param {Chime} name */
  async play(name) {
    if (this.#volume === 0) return;
    this.#context ??= new AudioContext();
    const context = this.#context;
    await context.resume();
    const notes = NOTES[name];
    for (const [frequency, start] of notes) this.#strike(context, frequency, context.currentTime + 0.02 + start);
    const length_s = Math.max(...notes.map(([, start]) => start)) + RING_S + 0.2;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void context.suspend(), length_s * 1000);
  }

  /**
   * One struck bell: a fundamental and a quiet octave, fading.
   * @param {AudioContext} context @param {number} frequency @param {number} at
   */
  #strike(context, frequency, at) {
    for (const [ratio, loudness] of /** @type {[number, number][]} */ ([[1, 0.22], [2, 0.05]])) {
      const tone = new OscillatorNode(context, { type: "sine", frequency: frequency * ratio });
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(loudness * this.#volume, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0001, at + RING_S);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + RING_S);
    }
  }
}
