() => {
  // What does not fit or is too small on the screen at hand: an empty list is good.
  const wrong = [];
  const name = (e) => `${e.tagName.toLowerCase()}.${e.className} "${(e.textContent || "").slice(0, 40)}"`;
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".unseen") && e.getClientRects().length;
  const root = document.scrollingElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth) wrong.push("the page scrolls");
  for (const e of document.querySelectorAll("#glass *")) {
    if (!shown(e) || e.closest("svg")) continue;
    const box = e.getBoundingClientRect();
    const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if ((text || e.tagName === "BUTTON") && (box.left < 0 || box.top < 0 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5))
      wrong.push(`outside the glass: ${name(e)}`);
    if (text && e.scrollWidth > e.clientWidth + 2 && e.clientWidth > 0) wrong.push(`too narrow: ${name(e)}`);
    if (text && parseFloat(getComputedStyle(e).fontSize) < 22) wrong.push(`smaller than 22 px: ${name(e)}`);
    if (e.tagName === "BUTTON" && Math.min(box.width, box.height) < (e.closest(".language") ? 60 : 64)) wrong.push(`small button: ${name(e)}`);
  }
  return wrong.concat(overlaps([...document.querySelectorAll("#glass button, #glass h1, #glass p, #glass b, #glass li, #glass .time, #glass .pause, #glass .own, #glass .picture")]
    .filter(shown)));

  function overlaps(list) {
    const found = [];
    const over = (e) => e.closest(".call") !== null;
    for (const [i, a] of list.entries()) for (const b of list.slice(i + 1)) {
      if (a.contains(b) || b.contains(a) || a.matches(".picture") || b.matches(".picture") || a.closest("dialog") || b.closest("dialog")) continue;
      if (!over(a) && (a.matches(".own") || b.matches(".own"))) continue;
      if (a.closest(".picture") || b.closest(".picture")) continue;
      const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
      const width = Math.min(p.right, q.right) - Math.max(p.left, q.left), height = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (width > 3 && height > 3 && !a.closest("figure") && !b.closest("figure")) found.push(`overlap: ${name(a)} and ${name(b)}`);
    }
    return found;
  }
}
