// @ts-check
/** Whole sentences with named gaps, in the languages of `locales/`. */

import { leftParts, talkParts } from "./times.js";

/** @typedef {keyof typeof import("./locales/id.json")} Key */
/** @typedef {"id" | "en"} Language */

/** @type {Language[]} */
export const LANGUAGES = ["id", "en"];

/** The chosen language's sentences and ways of writing times. */
export class Words {
  /** @type {Language} */
  language = "id";

  /** @param {Record<Language, Record<Key, string>>} tables */
  constructor(tables) {
    this.tables = tables;
  }

  /** Fetch every language, so that a switch is immediate. */
  static async load() {
    const [id, en] = await Promise.all(LANGUAGES.map(fetchTable));
    return new Words({ id: /** @type {Record<Key, string>} */ (id), en: /** @type {Record<Key, string>} */ (en) });
  }

  /** @param {string} language anything unknown is read as Indonesian */
  use(language) {
    this.language = language === "en" ? "en" : "id";
  }

  /**
   * @param {Key} key
   * @param {Record<string, string | number>} [gaps]
   */
  t(key, gaps = {}) {
    return this.tables[this.language][key].replace(/\{(\w+)\}/g, (_, name) => String(gaps[name] ?? ""));
  }

  /**
   * A sentence in one given language, for the language switch itself.
   * @param {Language} language
   * @param {Key} key
   */
  in(language, key) {
    return this.tables[language][key];
  }

  /**
   * Hour and minute of an instant on the facility's wall.
   * @param {number} atMs central's ms @param {number} offsetMin
   */
  hour(atMs, offsetMin) {
    return new Date(atMs + offsetMin * 60_000).toISOString().slice(11, 16).replace(":", this.language === "id" ? "." : ":");
  }

  /**
   * Weekday, day and month of an instant on the facility's wall.
   * @param {number} atMs central's ms @param {number} offsetMin
   */
  day(atMs, offsetMin) {
    const format = new Intl.DateTimeFormat(this.language === "id" ? "id-ID" : "en-GB", {
      weekday: "long", day: "numeric", month: "long", timeZone: "UTC",
    });
    return format.format(atMs + offsetMin * 60_000).replace(",", "");
  }

  /**
   * Minutes and seconds of talk time: 8.42 or 8:42.
   * @param {number} seconds whole
   */
  minutes(seconds) {
    const { minutes, rest } = leftParts(seconds);
    return `${minutes}${this.language === "id" ? "." : ":"}${String(rest).padStart(2, "0")}`;
  }

  /**
   * A talk time in words: 10 minutes, 45 seconds.
   * @param {number} seconds whole
   */
  duration(seconds) {
    const { minutes, rest } = talkParts(seconds);
    if (minutes === 0) return this.t("duration.seconds", { seconds: rest });
    if (rest > 0) return this.t("duration.minutes_seconds", { minutes, seconds: rest });
    return minutes === 1 ? this.t("duration.one_minute") : this.t("duration.minutes", { minutes });
  }
}

/**
 * The agent may be starting again just now: ask until it answers.
 * @param {Language} name
 * @returns {Promise<Record<Key, string>>}
 */
async function fetchTable(name) {
  try {
    return await (await fetch(`locales/${name}.json`)).json();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return fetchTable(name);
  }
}
