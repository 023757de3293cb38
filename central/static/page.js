// @ts-check
/** Small things both of the family's screens share: finding places, showing one screen at a time. */

const SCREENS = ["loading", "problem", "open", "inapp", "check", "waiting", "call", "bye"];

/** The element of that id; a missing one is a fault of the page. @param {string} id @returns {HTMLElement} */
export function at(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** @param {string} id @returns {HTMLVideoElement} */
export function videoAt(id) {
  return /** @type {HTMLVideoElement} */ (at(id));
}

/** Show one screen; its headline takes the focus so that a screen reader says it. @param {string} id */
export function showScreen(id) {
  const already = !at(id).hidden;
  for (const screen of SCREENS) at(screen).hidden = screen !== id;
  document.body.classList.toggle("calling", id === "call");
  document.body.dataset["screen"] = id;
  if (already) return;
  scrollTo(0, 0);
  at(id).querySelector("h1")?.focus({ preventScroll: true });
}

/** Play a stream in a video element; false if the browser wants a tap first. @param {HTMLVideoElement} video @param {MediaStream} stream */
export async function play(video, stream) {
  if (video.srcObject !== stream) video.srcObject = stream;
  try {
    await video.play();
    return true;
  } catch (error) {
    return !(error instanceof Error && error.name === "NotAllowedError");
  }
}

/** Keep the screen on while wanted; the lock is lost whenever the page is hidden. */
export class Awake {
  constructor() {
    this.wanted = false;
    /** @type {WakeLockSentinel | null} */
    this.lock = null;
    document.addEventListener("visibilitychange", () => void this.take());
  }

  /** @param {boolean} wanted */
  want(wanted) {
    this.wanted = wanted;
    if (wanted) void this.take();
    else void this.lock?.release().catch(() => undefined);
  }

  async take() {
    if (!this.wanted || document.hidden || !("wakeLock" in navigator)) return;
    if (this.lock && !this.lock.released) return;
    this.lock = await navigator.wakeLock.request("screen").catch(() => null);
  }
}
