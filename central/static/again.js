// @ts-check
/** Looks again while an answer is awaited, unless somebody is in the middle of typing or choosing. */

const EVERY_MS = 2000;

setTimeout(function look() {
  const busy = document.activeElement instanceof HTMLInputElement || document.querySelector("main details[open]");
  if (busy || document.hidden) setTimeout(look, EVERY_MS);
  else location.reload();
}, EVERY_MS);
