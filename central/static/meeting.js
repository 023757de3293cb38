// @ts-check
/** The family's page of a call that is a meeting elsewhere: what happens there, and the way to it. */

import { canOpenDevices, isInsideAnotherApp } from "./devices.js";
import { at } from "./page.js";

/** Show the way to this meeting instead of the check of the devices; false if the call is our own.
 *  @param {string | null} address @param {() => void} offerChrome a messenger's own browser is told the way to Chrome first */
export function showMeeting(address, offerChrome) {
  const isMeeting = Boolean(address);
  for (const place of document.querySelectorAll("[data-of]")) {
    if (place instanceof HTMLElement) place.hidden = (place.dataset["of"] === "meeting") !== isMeeting;
  }
  const way = /** @type {HTMLAnchorElement} */ (at("meeting"));
  if (!address) return false;
  way.href = address;
  way.onclick = () => {
    if (canOpenDevices() && !isInsideAnotherApp(navigator.userAgent)) return true;
    offerChrome();
    return false;
  };
  return true;
}
