// @ts-check
/** The day's picture: a block is dragged to another booth or time; dropping it fills in its form, which an officer then sends. */

const MINUTE_MS = 60_000;
const STEP_MIN = 5;
const FAR_PX = 6;

const drawing = document.getElementById("line");

/** @typedef {{block: SVGElement, x: number, y: number, moved: boolean}} Drag */

/** @type {Drag | null} */
let drag = null;
let wasDragged = false;

/** @param {PointerEvent} event */
function begin(event) {
  const found = event.target instanceof Element ? event.target.closest("a.turn, a.pin") : null;
  if (!(found instanceof SVGElement) || !formOf(found)) return;
  drag = { block: found, x: event.clientX, y: event.clientY, moved: false };
}

/** @param {PointerEvent} event */
function move(event) {
  if (!drag) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  drag.moved ||= Math.hypot(dx, dy) > FAR_PX;
  if (!drag.moved) return;
  drag.block.classList.add("dragged");
  drag.block.setAttribute("transform", `translate(${dx} ${dy})`);
}

/** @param {PointerEvent} event */
function end(event) {
  const done = drag;
  drag = null;
  if (!done) return;
  done.block.removeAttribute("transform");
  done.block.classList.remove("dragged");
  wasDragged = done.moved;
  if (done.moved) drop(done, event);
}

/** @param {Drag} done @param {PointerEvent} event */
function drop(done, event) {
  const lane = laneAt(event.clientY);
  const form = formOf(done.block);
  if (!lane || !form || !(drawing instanceof SVGElement)) return;
  const x = Number(done.block.dataset["x"]) + event.clientX - done.x;
  const minutes = Math.round((x - Number(drawing.dataset["left"])) / Number(drawing.dataset["scale"]) / STEP_MIN) * STEP_MIN;
  const moved = Math.abs(event.clientX - done.x) > FAR_PX;
  const at = Number(drawing.dataset["from"]) + Math.max(0, minutes) * MINUTE_MS;
  const [terminal, time] = [field(form, "terminal"), field(form, "time")];
  terminal.value = lane.dataset["terminal"] ?? terminal.value;
  if (moved) time.value = clock(at);
  const sheet = form.closest("details");
  if (sheet) sheet.open = true;
  form.querySelector("button")?.focus();
}

/** @param {number} clientY */
function laneAt(clientY) {
  if (!(drawing instanceof SVGElement)) return null;
  const y = clientY - drawing.getBoundingClientRect().top;
  const lanes = /** @type {SVGElement[]} */ ([...drawing.querySelectorAll("g[data-terminal]")]);
  return lanes.filter((lane) => Number(lane.dataset["y"]) <= y).pop() ?? null;
}

/** @param {SVGElement} block @returns {HTMLFormElement | null} */
function formOf(block) {
  return document.querySelector(`#turn-${CSS.escape(block.dataset["session"] ?? "")} form[action*='/move']`);
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** @param {number} at */
function clock(at) {
  const timeZone = drawing instanceof SVGElement ? drawing.dataset["timezone"] : undefined;
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(at);
}

/** A press on a block opens its form. @param {Event} event */
function open(event) {
  const found = event.target instanceof Element ? event.target.closest("a.block") : null;
  if (!(found instanceof SVGElement)) return;
  event.preventDefault();
  if (wasDragged) return;
  const sheet = formOf(found)?.closest("details");
  if (!sheet) return;
  sheet.open = true;
  sheet.querySelector("summary")?.focus();
}

/** A long day begins where it is now. */
function showNow() {
  const now = drawing?.querySelector(".now-line");
  const box = drawing?.parentElement;
  if (now instanceof SVGGraphicsElement && box) box.scrollLeft = now.getBBox().x - box.clientWidth / 4;
}

if (drawing) {
  showNow();
  drawing.classList.add("movable");
  drawing.addEventListener("pointerdown", begin);
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", () => (drag = null));
  drawing.addEventListener("dragstart", (event) => event.preventDefault());
  drawing.addEventListener("click", open);
}

export {};
