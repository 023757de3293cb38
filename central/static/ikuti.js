// The family's private page: takes the code out of a link's fragment, and looks for news every half minute.

const EVERY_MS = 30_000;
const code = decodeURIComponent(location.hash.slice(1)).trim();
const form = document.getElementById("ask");
const field = document.getElementById("code");

if (code && form instanceof HTMLFormElement && field instanceof HTMLInputElement) {
  history.replaceState(null, "", location.pathname + location.search);
  field.value = code;
  form.submit();
} else if (document.querySelector(".follow.waiting, .follow.approved, .follow.called")) {
  setInterval(() => {
    const typing = field instanceof HTMLInputElement && field.value !== "";
    if (!document.hidden && !typing) location.replace("/ikuti" + location.search);
  }, EVERY_MS);
}
