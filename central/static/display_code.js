// @ts-check
/** The question for a screen's code: a link's fragment answers it. */

const code = decodeURIComponent(location.hash.slice(1)).trim();
const form = document.getElementById("ask");
const field = document.getElementById("code");

if (code && form instanceof HTMLFormElement && field instanceof HTMLInputElement) {
  history.replaceState(null, "", location.pathname + location.search);
  field.value = code;
  form.submit();
}

export {};
