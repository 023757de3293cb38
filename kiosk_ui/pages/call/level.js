// @ts-check
/** How loud the own microphone is, eight times a second, while somebody looks. */

const EVERY_MS = 125;
const FALL = 0.8;

export class MicrophoneLevel {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {(level: number) => void} tell 0 to 1 */
  constructor(tell) {
    this.tell = tell;
  }

  /** @param {MediaStreamTrack | null} track null: nobody looks any more */
  listen(track) {
    if (track === this.#track) return;
    clearInterval(this.#timer);
    void this.#context?.close();
    this.#context = null;
    this.#track = track;
    if (!track) return;
    this.#context = new AudioContext();
    const analyser = new AnalyserNode(this.#context, { fftSize: 8192 });
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let level = 0;
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      level = Math.max(loudness(samples), level * FALL);
      this.tell(level);
    }, EVERY_MS);
  }
}

/**
 * Mean power on the scale of the ear: silence 0, a raised voice 1.
 * @param {Float32Array} samples -1 to 1
 */
export function loudness(samples) {
  const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
  const decibel = 10 * Math.log10(power + 1e-9);
  return Math.min(1, Math.max(0, (decibel + 60) / 50));
}
