// @ts-check
/**
 * How a technician asks for the PIN where there is no keyboard: the upper left corner of the glass is held for five seconds,
 * then the upper right one. Two corners in turn, so that neither a bag nor an elbow finds it; it only asks for the PIN.
 */

const CORNER_PX = 120;
const HOLD_MS = 5000;
const BETWEEN_MS = 5000;

/** @typedef {"left" | "right"} Corner */

/**
 * @param {() => void} called
 * @param {EventTarget} [glass] where fingers are felt
 */
export function watchCorners(called, glass = window) {
  /** @type {{ pointer: number, corner: Corner, timer: ReturnType<typeof setTimeout> } | null} */
  let held = null;
  let leftUntil = 0;

  const letGo = () => {
    clearTimeout(held?.timer);
    held = null;
  };
  /** @param {Corner} corner */
  const wasHeld = (corner) => {
    if (corner === "left") leftUntil = performance.now() + BETWEEN_MS + HOLD_MS;
    else if (performance.now() < leftUntil) {
      leftUntil = 0;
      called();
    }
  };
  const feel = (/** @type {PointerEvent} */ event) => {
    const corner = cornerAt(event.clientX, event.clientY);
    letGo();
    if (corner && event.isPrimary) {
      held = { pointer: event.pointerId, corner, timer: setTimeout(() => wasHeld(corner), HOLD_MS) };
    }
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (held?.pointer === event.pointerId && cornerAt(event.clientX, event.clientY) !== held.corner) letGo();
  };
  glass.addEventListener("pointerdown", (event) => feel(/** @type {PointerEvent} */ (event)), true);
  glass.addEventListener("pointermove", (event) => move(/** @type {PointerEvent} */ (event)), true);
  for (const name of ["pointerup", "pointercancel"]) glass.addEventListener(name, letGo, true);
}

/**
 * @param {number} x @param {number} y
 * @returns {Corner | null}
 */
function cornerAt(x, y) {
  if (y > CORNER_PX) return null;
  if (x <= CORNER_PX) return "left";
  return x >= innerWidth - CORNER_PX ? "right" : null;
}
