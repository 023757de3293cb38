// @ts-check
/** The sign of life: once a second, and only if the screen can still change. */

const EVERY_MS = 1000;

/**
 * Toggle one pixel, wait for the frame, then tell. A beat that changes nothing goes on while the window's own thread is stuck; a hidden
 * window gets no frames at all, so it tells at once that it must be raised.
 * @param {HTMLElement} pixel
 * @param {(hidden: boolean) => void} alive
 */
export function startBeat(pixel, alive) {
  let lit = false;
  setInterval(() => {
    if (document.hidden) return alive(true);
    lit = !lit;
    pixel.style.backgroundColor = lit ? "#faf6ef" : "#f9f5ee";
    requestAnimationFrame(() => alive(document.hidden));
  }, EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden && alive(true));
}
