// @ts-check
/** What a screen is, what it is given, and the frame that the quiet screens share. */

import { attribute, button, make, show, text } from "../dom.js";
import { LANGUAGES } from "../i18n.js";

/** @import { FromPage, Show } from "../messages.js" */
/** @import { Language, Words } from "../i18n.js" */
/** @import { FacilityClock } from "../facility_clock.js" */
/** @import { LocalMedia } from "../call/media.js" */
/** @import { KioskCall } from "../call/webrtc.js" */
/** @import { DeviceTrial } from "../call/trial.js" */
/** @import { Countdown } from "../times.js" */

/**
 * @typedef {object} Desk what every screen may use
 * @property {Words} words
 * @property {FacilityClock} clock
 * @property {LocalMedia} media
 * @property {KioskCall} call
 * @property {DeviceTrial} trial
 * @property {Countdown} countdown
 * @property {{ camera: boolean, microphone: boolean } | null} devices null: not looked yet
 * @property {boolean} nativeVideo no GPU: paint the remote picture at its own size
 * @property {(message: FromPage) => void} send
 * @property {(language: Language) => void} choose
 * @property {() => void} redraw write the screen at hand anew
 */

/**
 * @typedef {object} Screen
 * @property {HTMLElement} root
 * @property {(model: any, show: Show) => void} update write everything anew; called for every message, language and minute
 * @property {() => HTMLElement | null} [main] where the focus belongs when the screen appears
 * @property {() => void} [mediaChanged] own tracks, remote tracks or link quality have changed
 * @property {(notice: import("../messages.js").Notice) => void} [notice]
 * @property {() => void} [countdownChanged]
 * @property {(level: number | null) => void} [looked] how loud the microphone is in a trial, in dB
 * @property {(percent: number) => void} [volume]
 * @property {() => void} [leave] let go of timers and streams
 */

/** Two buttons; the effect is immediate. */
class LanguageSwitch {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.buttons = LANGUAGES.map((language) => {
      const chosen = button("", () => desk.choose(language), [desk.words.in(language, "language.name")]);
      chosen.lang = language;
      return chosen;
    });
    this.root = make("div", "language", this.buttons);
    this.root.setAttribute("role", "group");
  }

  update() {
    const { words } = this.desk;
    attribute(this.root, "aria-label", words.t("language.choose"));
    this.buttons.forEach((chosen, index) => attribute(chosen, "aria-pressed", String(LANGUAGES[index] === words.language)));
  }
}

/** Name above, language below, one thing in between. */
export class Frame {
  /**
   * @param {Desk} desk
   * @param {string} name of the screen, for the style sheet
   * @param {"foot" | "top" | "none"} [languages] where the language switch is
   */
  constructor(desk, name, languages = "foot") {
    this.desk = desk;
    this.title = make("p", "place");
    this.corner = make("p", "corner");
    this.body = make("main", "body");
    this.status = make("p", "status");
    this.languages = languages === "none" ? null : new LanguageSwitch(desk);
    this.top = make("header", "top", [this.title, this.corner]);
    this.foot = make("footer", "foot", [this.status]);
    if (this.languages) (languages === "top" ? this.top : this.foot).append(this.languages.root);
    this.root = make("div", `screen ${name}`, [this.top, this.body, this.foot]);
  }

  /**
   * @param {Show} shown
   * @param {{ title?: string, corner?: string, status?: { words: string, well: boolean } | null }} what
   */
  update(shown, { title = shown.terminal_name, corner = this.time(), status = null }) {
    text(this.title, title);
    text(this.corner, corner);
    show(this.status, status !== null);
    if (status) {
      text(this.status, status.words);
      attribute(this.status, "data-well", String(status.well));
    }
    this.languages?.update();
  }

  /** The facility's time with its zone, or nothing while there is none. */
  time() {
    const clock = this.desk.clock.read();
    if (!clock) return "";
    const { words } = this.desk;
    return words.t("clock.with_zone", { time: words.hour(clock.now_ms, clock.offset_min), zone: clock.zone });
  }
}

const SHORT_NUMBER = 4;

/**
 * A queue number as large as it fits: A-112 is not broken in two.
 * @param {HTMLElement} place
 * @param {string} number
 */
export function queueNumber(place, number) {
  text(place, number);
  attribute(place, "data-long", String(number.length > SHORT_NUMBER));
}

/**
 * Whether the booth can serve, in words.
 * @param {Desk} desk
 * @param {Show} shown
 */
export function boothStatus(desk, shown) {
  const { words, devices } = desk;
  if (!shown.online) return { words: words.t("foot.offline"), well: false };
  if (devices && !devices.microphone) return { words: words.t("foot.microphone_missing"), well: false };
  if (devices && !devices.camera) return { words: words.t("foot.camera_missing"), well: false };
  if (devices && shown.screen.screen !== "idle") return { words: words.t("foot.devices_ready"), well: true };
  return { words: words.t("foot.online"), well: true };
}
