// @ts-check
/** How a camera's picture is: its light, whether it moves, how many frames come. */

const SIDE = { width: 64, height: 48 };

/** @typedef {{ brightness: number, contrast: number, movement: number }} Light */

/**
 * Mean and spread of the light of the first `whole` pixels, and by how much all of them changed since the look before.
 * @param {Uint8ClampedArray} pixels red, green, blue, opacity @param {Uint8ClampedArray | null} before @param {number} whole how many pixels show all of the picture
 * @returns {Light}
 */
export function lightOf(pixels, before, whole = pixels.length / 4) {
  let sum = 0, squares = 0, changed = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const light = lumaAt(pixels, at);
    if (at < whole * 4) {
      sum += light;
      squares += light * light;
    }
    if (before) changed += Math.abs(light - lumaAt(before, at));
  }
  const mean = sum / whole;
  return { brightness: mean, contrast: Math.sqrt(Math.max(0, squares / whole - mean * mean)), movement: (changed * 4) / pixels.length };
}

/** @param {Uint8ClampedArray} pixels @param {number} at */
function lumaAt(pixels, at) {
  return 0.299 * (pixels[at] ?? 0) + 0.587 * (pixels[at + 1] ?? 0) + 0.114 * (pixels[at + 2] ?? 0);
}

/** Looks at a track again and again; the middle is looked at pixel by pixel, because the noise of a living camera averages out in a small picture. */
export class PictureProbe {
  /** @type {Uint8ClampedArray | null} */
  #before = null;
  /** @type {{ atMs: number, frames: number }[]} */
  #counted = [];
  #movement = 0;

  constructor() {
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true });
    this.canvas = Object.assign(document.createElement("canvas"), { width: SIDE.width, height: SIDE.height * 2 });
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  /** @param {MediaStreamTrack | null} track */
  watch(track) {
    const watched = /** @type {MediaStream | null} */ (this.video.srcObject)?.getVideoTracks()[0] ?? null;
    if (watched === track) return;
    this.#before = null;
    this.#counted = [];
    this.#movement = 0;
    this.video.srcObject = track && new MediaStream([track]);
    if (track) void this.video.play().catch(() => {}); // another track has come meanwhile
  }

  /** One look; null while there is no picture yet. @param {number} windowMs frames are counted over so long, and movement remembered @returns {(Light & { width: number, height: number, frames_per_s: number }) | null} */
  look(windowMs) {
    const { video, pen } = this;
    const { videoWidth: width, videoHeight: height } = video;
    if (!pen || !width) return null;
    pen.drawImage(video, 0, 0, SIDE.width, SIDE.height);
    pen.drawImage(video, (width - SIDE.width) / 2, (height - SIDE.height) / 2, SIDE.width, SIDE.height, 0, SIDE.height, SIDE.width, SIDE.height);
    const pixels = pen.getImageData(0, 0, SIDE.width, SIDE.height * 2).data;
    const light = lightOf(pixels, this.#before, SIDE.width * SIDE.height);
    this.#before = pixels;
    this.#movement = Math.max(light.movement, this.#movement / 2 < 0.001 ? 0 : this.#movement / 2);
    return { ...light, movement: this.#movement, width, height, frames_per_s: this.#pace(windowMs) };
  }

  /** @param {number} windowMs */
  #pace(windowMs) {
    const now = { atMs: performance.now(), frames: this.video.getVideoPlaybackQuality().totalVideoFrames };
    this.#counted = [...this.#counted.filter((one) => one.atMs >= now.atMs - windowMs), now];
    const first = this.#counted[0] ?? now;
    return now.atMs > first.atMs ? ((now.frames - first.frames) * 1000) / (now.atMs - first.atMs) : 0;
  }
}
