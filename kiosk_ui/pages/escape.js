// @ts-check
/** Refuses what could lead out of the page, and tells its kind; never which keys. */

/** @type {Record<string, string>} */
const EVENTS = { contextmenu: "context_menu", dragstart: "drag", drop: "drop", dragover: "drag" };

/** @param {(kind: string) => void} tell */
export function refuseEscapes(tell) {
  const refuse = (/** @type {Event} */ event, /** @type {string} */ kind) => {
    event.preventDefault();
    tell(kind);
  };
  for (const [name, kind] of Object.entries(EVENTS)) addEventListener(name, (event) => refuse(event, kind));
  addEventListener("auxclick", (event) => refuse(event, "mouse_button"));
  addEventListener("wheel", (event) => event.ctrlKey && refuse(event, "zoom"), { passive: false });
  addEventListener("keydown", (event) => {
    if (/^F\d+$/.test(event.key)) refuse(event, "function_key");
    else if ((event.ctrlKey || event.altKey || event.metaKey) && event.key.length === 1) refuse(event, "shortcut");
  });
}
