// @ts-check
/** How loud the microphone is without what a call does to it, and whether it hears a tone of the loudspeaker. */

const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
/** C6: no harmonic of a mains hum, and in the range of every telephone headset. */
export const TONE_HZ = 1046.5;
export const TONE_MS = 1200;
const FADE_S = 0.03;
const LOUDNESS = 0.35;
const NEIGHBOURS = [0.86, 0.93, 1.07, 1.14];
const FLOOR_DB = -90;
const SILENCE_DB = -200;
const START_MS = 1000;

/** Of the mean power, in dB below full scale; nothing at all is -200. @param {Float32Array} samples -1 to 1 */
export function decibel(samples) {
  const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
  return power > 0 ? Math.max(SILENCE_DB, 10 * Math.log10(power)) : SILENCE_DB;
}

/**
 * The power at one pitch (Goertzel, under a Hann window), in dB below a full-scale sine; what is below -90 is -90.
 * @param {Float32Array} samples @param {number} rate samples a second @param {number} hz
 */
export function pitch(samples, rate, hz) {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let last = 0, before = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const windowed = (samples[at] ?? 0) * (1 - Math.cos((2 * Math.PI * at) / samples.length));
    [last, before] = [windowed + turn * last - before, last];
  }
  const power = (4 * (last * last + before * before - turn * last * before)) / (samples.length * samples.length);
  return power > 0 ? Math.max(FLOOR_DB, 10 * Math.log10(power)) : FLOOR_DB;
}

/** @typedef {{ tone: number, beside: number }} Heard the power at the tone's pitch and at the loudest one beside it, in dB */

/** @param {Float32Array} samples @param {number} rate @returns {Heard} */
export function hear(samples, rate) {
  return { tone: pitch(samples, rate, TONE_HZ), beside: Math.max(...NEIGHBOURS.map((by) => pitch(samples, rate, TONE_HZ * by))) };
}

/**
 * By how much the tone stood out while it was played: over what was there before, and over what is beside it, whichever is less.
 * @param {Heard[]} before @param {Heard[]} during @returns {number | null} dB; null without looks to compare
 */
export function stoodOut(before, during) {
  if (before.length === 0 || during.length === 0) return null;
  const was = Math.max(...before.map((one) => one.tone));
  const rises = during.map((one) => Math.min(one.tone - was, one.tone - one.beside)).sort((a, b) => a - b);
  return rises[Math.floor(rises.length / 2)] ?? null;
}

/** The microphone as it is, and a tone; both let go with `close`. */
export class SoundProbe {
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  #opening = false;

  constructor() {
    this.context = new AudioContext();
    void this.context.resume();
    this.analyser = new AnalyserNode(this.context, { fftSize: 8192 });
    this.samples = new Float32Array(this.analyser.fftSize);
  }

  /** Whether the microphone is open and gives something. */
  get listens() {
    return this.#track?.readyState === "live";
  }

  /**
   * Open the microphone a second time, without the call's own treatment: an echo canceller would take the very tone away.
   * Where it cannot be open twice, the call's own is listened to; a tone is then not heard.
   * @param {MediaStreamTrack} own
   */
  async listen(own) {
    if (this.#opening || this.listens) return;
    this.#opening = true;
    try {
      const taken = await navigator.mediaDevices.getUserMedia({ audio: RAW });
      this.#take(/** @type {MediaStreamTrack} */ (taken.getAudioTracks()[0]));
    } catch {
      this.#take(own.clone());
    } finally {
      this.#opening = false;
    }
  }

  /** @param {MediaStreamTrack} track */
  #take(track) {
    if (this.context.state === "closed") return track.stop();
    this.#source?.disconnect();
    this.#track = track;
    this.#source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.analyser);
  }

  /** The last fifth of a second, or null while nothing is open. */
  look() {
    if (!this.listens || this.context.state !== "running") return null;
    this.analyser.getFloatTimeDomainData(this.samples);
    return { level: decibel(this.samples), heard: hear(this.samples, this.context.sampleRate) };
  }

  /** Begin the tone; whether it sounds. @param {number} volume 0 to 1 */
  async play(volume) {
    const { context } = this;
    await Promise.race([context.resume(), new Promise((done) => setTimeout(done, START_MS))]);
    if (context.state !== "running") return false;
    const start = context.currentTime + 0.02, end = start + TONE_MS / 1000;
    const tone = new OscillatorNode(context, { frequency: TONE_HZ });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(LOUDNESS * volume, start + FADE_S);
    gain.gain.setValueAtTime(LOUDNESS * volume, end - FADE_S);
    gain.gain.linearRampToValueAtTime(0, end);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(end);
    return true;
  }

  close() {
    this.#track?.stop();
    this.#track = null;
    if (this.context.state !== "closed") void this.context.close();
  }
}
