// @ts-check
/** The last screen: what was delivered, why it ended, and on whose side that lay. */

import { at, showScreen } from "./page.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./signalling.js").Message} Message */

const COME_BACK_MS = 4000;

/** The same link leads to the call where it goes on. @param {string} reason */
function comeBack(reason) {
  if (reason === "moved") setTimeout(() => location.reload(), COME_BACK_MS);
}

/** @param {Words} words @param {Message} ended @param {{inmate: string, talkS: number}} about */
export function showEnded(words, ended, about) {
  words.put(at("bye-head"), "bye.head");
  const delivered = ended["delivered_ms"];
  // What was left is told from what was promised and added, so that both ends read the same sum.
  const allS = Math.max(about.talkS, Math.round((delivered + ended["left_ms"]) / 1000));
  at("bye-got").hidden = delivered <= 0;
  const gotS = Math.floor(delivered / 1000);
  at("bye-left").textContent = allS < 60 ? String(gotS) : words.left(gotS * 1000);
  words.put(at("bye-of"), "bye.of", { all: words.length(allS) });
  const why = `bye.${ended["reason"]}`;
  words.put(at("bye-why"), words.has(why) ? why : "bye.why.ended", { inmate: about.inmate, left: words.left(ended["left_ms"]) });
  const party = `bye.party.${ended["fault_party"]}`;
  at("bye-party").hidden = !words.has(party) || ended["reason"] === "ended_by_family";
  if (words.has(party)) words.put(at("bye-party"), party);
  showScreen("bye");
  comeBack(ended["reason"]);
}

/** Central's good-bye where the agent said nothing. @param {Words} words @param {string} why */
export function showBye(words, why) {
  const known = words.has(`bye.why.${why}.head`);
  words.put(at("bye-head"), known ? `bye.why.${why}.head` : "bye.head");
  words.put(at("bye-why"), why === "cancelled" || why === "moved" ? `bye.${why}` : known ? `bye.why.${why}` : "bye.why.ended");
  at("bye-got").hidden = true;
  at("bye-party").hidden = true;
  showScreen("bye");
  comeBack(why);
}
