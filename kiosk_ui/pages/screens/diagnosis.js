// @ts-check
/** What the agent found, as rows of sentences: pure, without elements. */

/** @import { Diagnosis } from "../messages.js" */
/** @import { Key, Words } from "../i18n.js" */

/** @typedef {{ key: Key, gaps?: Record<string, string | number> }} Said */
/** @typedef {{ label: Key, said: Said, well: boolean }} Row */

/** @type {Record<string, Key>} */
const CENTRAL = {
  unreachable: "diagnosis.central_unreachable",
  unreadable: "diagnosis.central_unreadable",
  untrusted: "diagnosis.central_untrusted",
  refused: "diagnosis.central_refused",
  not_enrolled: "diagnosis.central_not_enrolled",
};
const CLOCK_FRESH_S = 120;
const DISK_LEAST_BYTES = 500_000_000;
const MOST_WAITING = 100;
const LEAST_KBIT_S = 700;

/**
 * @param {Words} words
 * @param {Diagnosis} found
 * @returns {Row[]}
 */
export function describe(words, found) {
  return [
    { label: "diagnosis.central", said: central(found), well: found.central === "reached" && !slow(found) },
    { label: "diagnosis.clock", said: clock(words, found.clock_age_s), well: (found.clock_age_s ?? Infinity) < CLOCK_FRESH_S },
    { label: "diagnosis.relay", said: relay(found), well: found.relays.every((tried) => tried.answered) },
    { label: "diagnosis.outbox", said: { key: "diagnosis.outbox_rows", gaps: { count: found.outbox_waiting } }, well: found.outbox_waiting < MOST_WAITING },
    { label: "diagnosis.keys", said: keys(found), well: found.keys_held !== null && found.keys_missing.length === 0 },
    { label: "diagnosis.screen", said: { key: "diagnosis.screen_is", gaps: { size: found.screen, starts: found.window_starts } }, well: found.screen !== "" },
    { label: "diagnosis.pc", said: pc(found), well: found.disk_free_bytes > DISK_LEAST_BYTES },
    { label: "diagnosis.uptime", said: { key: "diagnosis.uptime_is", gaps: uptime(found.uptime_s) }, well: true },
    { label: "diagnosis.versions", said: { key: "diagnosis.versions_are", gaps: { agent: found.agent_version, shell: found.shell_version } }, well: found.agent_version === found.shell_version },
  ];
}

/** @param {Diagnosis} found @returns {Said} */
function central(found) {
  const { central_ms: ms, down_kbit_s: down, up_kbit_s: up } = found;
  if (found.central === "reached" && down !== null && up !== null) return { key: "diagnosis.central_measured", gaps: { ms: ms ?? 0, down, up } };
  if (found.central === "reached") return { key: "diagnosis.central_reached", gaps: { ms: ms ?? 0 } };
  return { key: CENTRAL[found.central] ?? "diagnosis.central_unreachable" };
}

/** @param {Words} words @param {number | null} age seconds @returns {Said} */
function clock(words, age) {
  return age === null ? { key: "diagnosis.clock_never" } : { key: "diagnosis.clock_is", gaps: { duration: words.duration(age) } };
}

/** Too slow for a call, as far as that was measured. @param {Diagnosis} found */
function slow({ down_kbit_s: down, up_kbit_s: up }) {
  return Math.min(down ?? Infinity, up ?? Infinity) < LEAST_KBIT_S;
}

/** @param {Diagnosis} found @returns {Said} */
function relay({ relays, relays_known: known }) {
  if (known && relays.length === 0) return { key: "diagnosis.relay_none" };
  const answered = relays.filter((tried) => tried.answered).length;
  return relays.length === 0 ? { key: "diagnosis.relay_unknown" } : { key: "diagnosis.relay_tried", gaps: { answered, count: relays.length } };
}

/** @param {Diagnosis} found @returns {Said} */
function keys(found) {
  if (found.keys_held === null) return { key: "diagnosis.keys_unknown" };
  const gaps = { held: found.keys_held, missing: found.keys_missing.length };
  return { key: gaps.missing > 0 ? "diagnosis.keys_missing" : "diagnosis.keys_held", gaps };
}

/** @param {Diagnosis} found @returns {Said} */
function pc(found) {
  const gaps = { disk: Math.floor(found.disk_free_bytes / 1e9), memory: Math.round(found.memory_bytes / 1e6) };
  return { key: "diagnosis.pc_is", gaps };
}

/** @param {number} seconds */
function uptime(seconds) {
  return { days: Math.floor(seconds / 86_400), hours: Math.floor((seconds % 86_400) / 3600), minutes: Math.floor((seconds % 3600) / 60) };
}
