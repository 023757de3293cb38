// @ts-check
/** On the family's page: when its turn is expected, kept true while it waits, and the turn that makes up for a broken call. */

import { at } from "./page.js";
import { Words } from "./words.js";

/** @typedef {{now_ms: number, timezone: string, called: boolean, over: boolean, from_ms: number | null, to_ms: number | null,
 *   ahead: number, make_up_due: boolean, make_up: {number: string, start_at_ms: number, token: string} | null}} News */

const EVERY_MS = 15_000;
const SOON_MS = 60_000;
const WAITS = ["problem", "open", "check", "waiting"];
const OVER_LOOKS = 20;

class Expected {
  constructor() {
    this.words = new Words(JSON.parse(at("words").textContent ?? "{}"), document.documentElement.lang);
    this.token = decodeURIComponent(location.hash.slice(1));
    /** @type {News | null} */
    this.news = null;
    this.looks = 0;
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributeFilter: ["lang"] });
    new MutationObserver(() => void this.look()).observe(document.body, { attributeFilter: ["data-screen"] });
    setInterval(() => void this.look(), EVERY_MS);
    void this.look();
  }

  screen() {
    return document.body.dataset["screen"] ?? "";
  }

  isOver() {
    const problem = document.body.dataset["problem"];
    return this.screen() === "bye" || (this.screen() === "problem" && problem === "ended");
  }

  async look() {
    const waits = WAITS.includes(this.screen());
    if (!this.token || document.hidden || !(waits || this.isOver())) return this.draw();
    if (this.isOver() && (this.looks += 1) > OVER_LOOKS) return;
    const answer = await fetch("/api/v1/join/news", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: this.token }),
    }).catch(() => null);
    this.news = answer?.ok ? await answer.json() : null;
    this.draw();
  }

  draw() {
    this.words.language = document.documentElement.lang;
    const { news } = this;
    const waits = WAITS.includes(this.screen()) && !this.isOver();
    const sentence = news && waits && !news.over ? this.sentence(news) : "";
    at("expected").hidden = !sentence;
    if (at("expected").textContent !== sentence) at("expected").textContent = sentence;
    this.drawMakeUp(this.isOver() ? news : null);
  }

  /** @param {News} news */
  sentence(news) {
    const { words } = this;
    if (news.called) return words.say("expected.called");
    if (news.from_ms === null || news.to_ms === null) return words.say("expected.unknown");
    if (news.from_ms - news.now_ms < SOON_MS && news.ahead === 0) return words.say("expected.soon");
    const [from, to] = [words.time(news.from_ms, news.timezone), words.time(news.to_ms, news.timezone)];
    const gaps = { from, to, zone: words.zone(news.from_ms, news.timezone) };
    return words.say(from === to ? "expected.at" : "expected.between", gaps);
  }

  /** @param {News | null} news */
  drawMakeUp(news) {
    const made = news?.make_up ?? null;
    at("make-up").hidden = !made && !news?.make_up_due;
    /** @type {import("./words.js").Gaps} */
    const gaps = made && news ? { number: made.number, time: this.words.time(made.start_at_ms, news.timezone), zone: this.words.zone(made.start_at_ms, news.timezone) } : {};
    at("make-up-text").textContent = this.words.say(made ? "expected.make_up" : "expected.make_up.due", gaps);
    const link = /** @type {HTMLAnchorElement} */ (at("make-up-link"));
    link.hidden = !made;
    if (made) link.href = `/join#${made.token}`;
  }
}

new Expected();
