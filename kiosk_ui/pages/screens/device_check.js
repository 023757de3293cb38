// @ts-check
/** The technician's try of camera, microphone and loudspeaker: the picture, the level, the tone, and what is good or bad of them. */

import { attribute, button, busy, make, show, text } from "../dom.js";
import { icon } from "../icons.js";
import { FOUND, MEND, nameOf } from "./found_words.js";

/** @import { Found } from "../messages.js" */
/** @import { Key } from "../i18n.js" */
/** @import { Desk } from "./screen.js" */

const QUIETEST_DB = -70;
const LOUDEST_DB = -10;
/** @type {[string, Key][]} */
const DEVICES = [["camera", "trial.camera"], ["microphone", "trial.microphone"], ["speaker", "trial.speaker"]];
/** Neither good nor bad: somebody has to listen. */
const OPEN = ["speaker.played", "speaker.untried"];

/** @typedef {"good" | "bad" | "open"} Verdict */

/** @type {Record<Verdict, Key>} */
const SAID = { good: "trial.good", bad: "trial.bad", open: "trial.not_yet" };

/** @param {Found} found @returns {Verdict} */
export function verdictOf({ finding }) {
  if (MEND[nameOf(finding)]) return "bad";
  return OPEN.includes(finding) || !FOUND[nameOf(finding)] ? "open" : "good";
}

/** One line for each device: its name, what was found, and what to do about it. */
export class DeviceLines {
  #told = "";

  /** @param {Desk} desk @param {boolean} short only whether it is good */
  constructor(desk, short) {
    this.desk = desk;
    this.short = short;
    this.root = make("ul", short ? "devices short" : "devices");
  }

  /** Written anew only if it says something else: it is told again and again. @param {Found[]} found */
  update(found) {
    const told = JSON.stringify([this.desk.words.language, found]);
    if (told === this.#told) return;
    this.#told = told;
    this.root.replaceChildren(...DEVICES.map(([device, label]) => this.#line(label, found.find((one) => one.finding.startsWith(`${device}.`)))));
  }

  /** @param {Key} label @param {Found | undefined} found */
  #line(label, found) {
    const { words } = this.desk;
    const verdict = found ? verdictOf(found) : "open";
    const line = make("li", "", [make("b", "", [words.t(label)])]);
    line.dataset["verdict"] = verdict;
    if (this.short) line.append(make("span", "unseen", [words.t(SAID[verdict])]));
    else line.append(make("span", "", [this.#said(found)]), ...this.#mend(found));
    return line;
  }

  /** @param {Found | undefined} found */
  #said(found) {
    const key = found && FOUND[nameOf(found.finding)];
    return key ? this.desk.words.t(key, found.gaps) : this.desk.words.t("trial.waiting");
  }

  /** @param {Found | undefined} found */
  #mend(found) {
    const key = found && MEND[nameOf(found.finding)];
    return key ? [make("em", "", [this.desk.words.t(key)])] : [];
  }
}

/** Everything for one look: while it is open, camera and microphone are. */
export class DeviceCheck {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #sounding;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.video = make("video", "mirror");
    Object.assign(this.video, { autoplay: true, muted: true, playsInline: true });
    this.noPicture = make("p", "no-picture");
    this.bar = make("i");
    this.meter = make("div", "meter", [icon("microphone"), make("div", "track", [this.bar])]);
    this.meter.setAttribute("aria-hidden", "true");
    this.hint = make("p", "hint");
    this.lines = new DeviceLines(desk, false);
    this.lines.root.setAttribute("aria-live", "polite");
    this.tone = button("big", () => void this.#play());
    this.question = make("p", "question");
    this.answers = [true, false].map((heard) => button("quiet", () => desk.trial.confirm(heard)));
    this.asking = make("div", "asking", [this.question, ...this.answers]);
    const seen = make("section", "seen", [make("figure", "own", [this.video, this.noPicture]), this.meter, this.hint]);
    this.root = make("div", "check", [seen, make("section", "told", [this.lines.root, make("div", "ears", [this.tone, this.asking])])]);
  }

  open() {
    this.desk.trial.watch();
    this.mediaChanged();
  }

  close() {
    clearInterval(this.#sounding);
    this.video.srcObject = null;
    this.desk.trial.unwatch();
  }

  /** @param {Found[]} found */
  update(found) {
    const { words } = this.desk;
    this.lines.update(found);
    text(this.noPicture, words.t("trial.no_picture"));
    text(this.hint, words.t("trial.speak"));
    text(this.question, words.t("trial.ask"));
    this.answers.forEach((answer, index) => text(answer, words.t(index === 0 ? "trial.yes" : "trial.no")));
    const speaker = found.find((one) => one.finding.startsWith("speaker."))?.finding ?? "";
    show(this.asking, ["speaker.played", "speaker.heard", "speaker.confirmed", "speaker.unheard"].includes(speaker));
    attribute(/** @type {Element} */ (this.answers[0]), "aria-pressed", String(speaker === "speaker.confirmed"));
    attribute(/** @type {Element} */ (this.answers[1]), "aria-pressed", String(speaker === "speaker.unheard"));
    this.#sounds();
  }

  mediaChanged() {
    const { media } = this.desk;
    if (this.video.srcObject !== media.stream) this.video.srcObject = media.stream;
    show(this.video, media.video !== null);
    show(this.noPicture, media.video === null);
  }

  /** @param {number | null} level dB */
  looked(level) {
    const share = level === null ? 0 : (level - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB);
    this.bar.style.transform = `scaleX(${Math.min(1, Math.max(0, share)).toFixed(2)})`;
  }

  async #play() {
    clearInterval(this.#sounding);
    void this.desk.trial.play();
    this.#sounds();
    this.#sounding = setInterval(() => this.#sounds(), 200);
  }

  #sounds() {
    const { trial, words } = this.desk;
    text(this.tone, words.t(trial.sounding ? "trial.playing" : "trial.play"));
    busy(this.tone, trial.sounding);
    if (!trial.sounding) clearInterval(this.#sounding);
  }
}
