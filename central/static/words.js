// @ts-check
/** The page's sentences in two languages, and times as people here write them. */

/** @typedef {Record<string, string | number>} Gaps */

const ZONES = /** @type {Record<string, string>} */ ({
  "Asia/Jakarta": "WIB",
  "Asia/Pontianak": "WIB",
  "Asia/Makassar": "WITA",
  "Asia/Jayapura": "WIT",
});

/** From 100 minutes on hours are told. */
const LONG_S = 6000;

export class Words {
  /** @param {Record<string, Record<string, string>>} all sentences by language and key
   *  @param {string} language */
  constructor(all, language) {
    this.all = all;
    this.language = language in all ? language : "id";
    document.documentElement.lang = this.language;
  }

  /** @param {string} language */
  use(language) {
    if (!(language in this.all)) return;
    this.language = language;
    document.documentElement.lang = language;
    this.fill(document);
  }

  /** @param {string} key @param {Gaps} [gaps] @returns {string} */
  say(key, gaps = {}) {
    const sentence = this.all[this.language]?.[key] ?? key;
    return sentence.replace(/\{(\w+)\}/g, (_, name) => String(gaps[name] ?? ""));
  }

  /** @param {string} key */
  has(key) {
    return key in (this.all[this.language] ?? {});
  }

  /** Put the sentences where the page names them (`data-w`, `data-w-label`). @param {ParentNode} root */
  fill(root) {
    for (const place of root.querySelectorAll("[data-w]")) {
      if (place instanceof HTMLElement) place.textContent = this.say(place.dataset["w"] ?? "", gapsOf(place));
    }
    for (const place of root.querySelectorAll("[data-w-label]")) {
      if (place instanceof HTMLElement) place.setAttribute("aria-label", this.say(place.dataset["wLabel"] ?? "", gapsOf(place)));
    }
  }

  /** Change what a place says; it is said again when the language changes. @param {Element | null} place @param {string} key @param {Gaps} [gaps] */
  put(place, key, gaps = {}) {
    if (!(place instanceof HTMLElement)) return;
    place.dataset["w"] = key;
    place.dataset["gaps"] = JSON.stringify(gaps);
    const text = this.say(key, gaps);
    if (place.textContent !== text) place.textContent = text;
  }

  /** Time left, rounded up to whole seconds: 8.42 in Indonesian, 8:42 in English; up to 99 minutes in minutes, as a booth shows it. @param {number} ms */
  left(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const hours = seconds < LONG_S ? 0 : Math.floor(seconds / 3600);
    const parts = [Math.floor(seconds / 60) - hours * 60, seconds % 60];
    if (hours) parts.unshift(hours);
    return parts.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(this.language === "id" ? "." : ":");
  }

  /** @param {number} ms @param {string} timezone */
  time(ms, timezone) {
    const text = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit" }).format(ms);
    return this.language === "id" ? text.replace(":", ".") : text;
  }

  /** @param {number} ms @param {string} timezone */
  date(ms, timezone) {
    const locale = this.language === "id" ? "id-ID" : "en-GB";
    return new Intl.DateTimeFormat(locale, { timeZone: timezone, weekday: "long", day: "numeric", month: "long" }).format(ms);
  }

  /** @param {number} ms @param {string} timezone */
  zone(ms, timezone) {
    const known = ZONES[timezone];
    if (known) return known;
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, timeZoneName: "short" }).formatToParts(ms);
    return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  }

  /** A promised length in words. @param {number} seconds */
  length(seconds) {
    const minutes = Math.floor(seconds / 60);
    const rest = seconds % 60;
    if (minutes === 0) return this.say("join.seconds", { n: rest });
    if (rest > 0) return this.say("join.minutes_seconds", { n: minutes, s: rest });
    return minutes === 1 ? this.say("join.one_minute") : this.say("join.minutes", { n: minutes });
  }
}

/** @param {HTMLElement} place @returns {Gaps} */
function gapsOf(place) {
  return place.dataset["gaps"] ? JSON.parse(place.dataset["gaps"]) : {};
}
