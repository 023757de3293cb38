// @ts-check
/** Looks again while an answer is awaited, unless somebody is in the middle of typing or choosing. */

const LOOK_AGAIN_MS = 2000;

setTimeout(function look() {
  const busy = document.activeElement instanceof HTMLInputElement || document.querySelector("main details[open]");
  if (busy || document.hidden) setTimeout(look, LOOK_AGAIN_MS);
  else location.reload();
}, LOOK_AGAIN_MS);

export {};
