// @ts-check
/** Making elements and changing only what differs, so that nothing is painted that has not changed. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {(Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className = "", children = []) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * @param {Node} element
 * @param {string} text
 */
export function text(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  if (element.hasAttribute("hidden") === shown) element.toggleAttribute("hidden", !shown);
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * A button that acts once a press; `aria-disabled` keeps the focus where it is while it is busy.
 * @param {string} className
 * @param {() => void} act
 * @param {(Node | string)[]} [children]
 */
export function button(className, act, children = []) {
  const element = make("button", className, children);
  element.type = "button";
  element.addEventListener("click", () => {
    if (element.getAttribute("aria-disabled") !== "true") act();
  });
  return element;
}

/**
 * @param {HTMLButtonElement} element
 * @param {boolean} busy
 */
export function busy(element, busy) {
  attribute(element, "aria-disabled", String(busy));
}

/**
 * What is slow and cannot be seen, a released video for one, is done while the screen drawn before it is on its way to the glass.
 * @param {() => void} act
 */
export function afterPaint(act) {
  if (document.hidden) act();
  else requestAnimationFrame(() => setTimeout(act, 0));
}

/** Resolves when what was drawn before is on the glass: two animation frames later, or at once if the window is hidden. */
export function painted() {
  /** @type {Promise<void>} */
  const done = new Promise((resolve) => {
    if (document.hidden) setTimeout(resolve, 0);
    else requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
  return done;
}
