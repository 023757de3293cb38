// @ts-check
/** Before the family is there: the own picture, so that people see that the camera works, and the microphone's level. */

import { make, show, text } from "../dom.js";
import { icon } from "../icons.js";
import { MicrophoneLevel } from "../call/level.js";
import { Frame } from "./screen.js";

/** @import { Show, Waiting } from "../messages.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** @implements {Screen} */
export class WaitingScreen {
  /** @type {Waiting | null} */
  #model = null;
  /** Until when the family is awaited, in central's ms. @type {number | null} */
  #until = null;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.frame = new Frame(desk, "waiting");
    this.root = this.frame.root;
    this.video = make("video", "mirror");
    Object.assign(this.video, { autoplay: true, muted: true, playsInline: true });
    this.noCamera = make("p", "no-picture");
    this.caption = make("figcaption", "caption");
    const picture = make("figure", "own", [this.video, this.noCamera, this.caption]);
    this.heading = make("h1");
    this.heading.tabIndex = -1;
    this.sentence = make("p", "lead");
    this.until = make("p", "soft");
    this.bar = make("i");
    this.meter = make("div", "meter", [icon("microphone"), make("div", "track", [this.bar])]);
    this.meter.setAttribute("aria-hidden", "true");
    this.hint = make("p", "soft hint");
    const said = make("div", "said", [this.heading, this.sentence, this.until]);
    said.setAttribute("aria-live", "polite");
    this.frame.body.append(picture, make("section", "side", [said, make("div", "microphone", [this.meter, this.hint])]));
    this.level = new MicrophoneLevel((level) => (this.bar.style.transform = `scaleX(${level.toFixed(2)})`));
  }

  main() {
    return this.heading;
  }

  /** @param {Waiting} model @param {Show} shown */
  update(model, shown) {
    const { words } = this.desk;
    if (model !== this.#model) this.#until = this.#latest(model);
    this.#model = model;
    this.frame.update(shown, {
      title: words.t("waiting.promised", { duration: words.duration(model.talk_s) }),
      corner: words.t("top.number", { number: model.number }),
    });
    text(this.heading, words.t(model.family_present ? "waiting.present_title" : "waiting.title"));
    text(this.sentence, this.#sentence(model));
    text(this.until, model.family_present || !model.online ? "" : this.#awaited());
    text(this.caption, words.t("waiting.your_picture"));
    text(this.noCamera, words.t("waiting.no_camera"));
    this.mediaChanged();
  }

  mediaChanged() {
    const { media, words } = this.desk;
    if (this.video.srcObject !== media.stream) this.video.srcObject = media.stream;
    show(this.video, media.video !== null);
    show(this.noCamera, media.video === null);
    show(this.caption, media.video !== null);
    show(this.meter, media.audio !== null);
    text(this.hint, words.t(media.audio ? "waiting.microphone" : "waiting.no_microphone"));
    this.level.listen(media.audio);
  }

  leave() {
    this.level.listen(null);
    this.video.srcObject = null;
  }

  /** @param {Waiting} model */
  #sentence(model) {
    if (!model.online) return this.desk.words.t("waiting.offline");
    return this.desk.words.t(model.family_present ? "waiting.present" : "waiting.not_running");
  }

  /** @param {Waiting} model */
  #latest(model) {
    const clock = this.desk.clock.read();
    return clock && model.left_to_join_ms !== null ? clock.now_ms + model.left_to_join_ms : null;
  }

  #awaited() {
    const clock = this.desk.clock.read();
    if (!clock || this.#until === null) return "";
    return this.desk.words.t("waiting.until", { time: this.desk.words.hour(this.#until, clock.offset_min) });
  }
}
