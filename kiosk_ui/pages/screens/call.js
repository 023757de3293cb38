// @ts-check
/** The call: the other face as large as it can be, the time left, and little else. */

import { attribute, button, make, show, text } from "../dom.js";
import { draw, icon } from "../icons.js";
import { ConfirmEnd } from "./confirm_end.js";
import { Notices } from "./notices.js";
import { TimeCard } from "./time_card.js";

/** @import { Call, Notice, Show } from "../messages.js" */
/** @import { Desk, Screen } from "./screen.js" */

/** A blank at which no line ends: a name stays in one piece. */
const TIED = "\u00a0";
/** How much of the picture may be cut off so that it fills the glass. */
const MAY_CUT = 0.27;
const LINK_WORDS = /** @type {const} */ ({ good: "call.link_good", weak: "call.link_weak", audio: "call.link_audio" });
/** What is said while nobody is heard. */
const PAUSES = /** @type {const} */ ({
  own: ["call.microphone_gone_title", "call.microphone_gone"],
  family: ["call.family_microphone_title", "call.family_microphone"],
  line: ["call.interrupted_title", "call.interrupted_one"],
  connecting: ["call.connecting_title", "call.connecting"],
});

/** @implements {Screen} */
export class CallScreen {
  /** @type {Call | null} */
  #model = null;
  #outputs = 0;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.heading = make("h1", "unseen");
    this.heading.tabIndex = -1;
    this.video = make("video", "remote");
    this.video.autoplay = true;
    this.video.playsInline = true;
    this.noPicture = make("div", "no-picture", [icon("person"), make("p")]);
    this.who = make("p", "who pill");
    this.listening = make("p", "listening pill", [icon("ear"), make("span")]);
    this.link = make("p", "link pill", [make("i", "strength"), make("span")]);
    this.own = make("video", "own mirror");
    Object.assign(this.own, { autoplay: true, muted: true, playsInline: true });
    this.count = make("p", "last-count", [make("b"), make("span")]);
    this.pauseSign = icon("microphone_off");
    this.pauseTitle = make("h2");
    this.pauseOne = make("p");
    this.pauseTwo = make("p");
    this.pause = make("section", "pause", [this.pauseSign, this.pauseTitle, this.pauseOne, this.pauseTwo]);
    this.ownGone = make("p", "own own-gone", [icon("camera_off"), make("span")]);
    this.ownGone.setAttribute("role", "status");
    this.notices = new Notices(desk);
    this.confirm = new ConfirmEnd(desk);
    this.time = new TimeCard(desk, (left, counting) => this.#counted(left, counting));
    this.sound = this.#toggle("microphone", () => desk.media.audio);
    this.camera = this.#toggle("camera", () => desk.media.video);
    this.end = button("control end", () => this.confirm.open(), [icon("end"), make("span")]);
    this.root = this.#assemble();
  }

  #assemble() {
    this.pause.setAttribute("aria-live", "polite");
    const controls = make("footer", "controls", [this.sound, this.camera, this.end]);
    const left = make("div", "left", [this.who, this.listening, this.notices.side]);
    const head = make("header", "head", [left, this.time.root, this.link]);
    const over = [this.pause, this.count, this.notices.root, this.own, this.ownGone, controls, this.confirm.root];
    const root = make("main", "screen call", [this.heading, make("div", "picture", [this.video, this.noPicture]), head, ...over]);
    root.dataset["video"] = this.desk.nativeVideo ? "native" : "full";
    this.video.addEventListener("resize", () => this.#fit());
    this.video.requestVideoFrameCallback(() => this.desk.call.framePainted());
    return root;
  }

  main() {
    return this.heading;
  }

  /** @param {Call} model @param {Show} _shown */
  update(model, _shown) {
    const { words } = this.desk;
    this.#model = model;
    attribute(this.root, "data-phase", model.phase);
    text(this.heading, words.t("call.title", { name: this.#name(model) }));
    show(this.who, model.family_name !== "");
    text(this.who, model.family_name);
    show(this.listening, model.listening);
    text(/** @type {Node} */ (this.listening.lastChild), words.t("call.listening"));
    text(/** @type {Node} */ (this.noPicture.lastChild), words.t("call.no_picture"));
    text(/** @type {Node} */ (this.end.lastChild), words.t("call.end"));
    text(/** @type {Node} */ (this.ownGone.lastChild), words.t("call.camera_gone"));
    this.time.update(model);
    this.notices.update();
    this.confirm.update();
    this.mediaChanged();
  }

  mediaChanged() {
    const { call, media, words } = this.desk;
    if (this.video.srcObject !== call.remote || this.#outputs !== media.outputs) this.#attach(call.remote);
    if (this.own.srcObject !== media.stream) this.own.srcObject = media.stream;
    show(this.own, media.video !== null);
    show(this.ownGone, media.video === null && this.desk.devices !== null);
    this.#pause();
    show(this.noPicture, this.#model?.phase === "talking" && !call.remotePicture);
    show(this.link, this.#model?.phase === "talking");
    attribute(this.link, "data-link", call.word);
    text(/** @type {Node} */ (this.link.lastChild), words.t(LINK_WORDS[call.word]));
    this.#write(this.sound, media.audio, "microphone", ["call.sound_on", "call.sound_off"]);
    this.#write(this.camera, media.video, "camera", ["call.camera_on", "call.camera_off"]);
  }

  countdownChanged() {
    this.time.draw();
  }

  /** @param {Notice} notice */
  notice(notice) {
    this.notices.say(notice);
  }

  /** @param {number} percent */
  volume(percent) {
    this.video.volume = percent / 100;
  }

  leave() {
    this.time.leave();
    this.notices.leave();
    this.confirm.leave();
    this.video.srcObject = null;
    this.own.srcObject = null;
  }

  /** Anew also for a headset that came back: sound that lost its loudspeaker stays away until then. @param {MediaStream | null} remote */
  #attach(remote) {
    this.#outputs = this.desk.media.outputs;
    this.video.srcObject = null;
    this.video.srcObject = remote;
    this.video.requestVideoFrameCallback(() => this.desk.call.framePainted());
  }

  /** Why nobody is heard: a microphone, said as soon as it is known, or the line. */
  #pause() {
    const { call, devices, words } = this.desk;
    const model = this.#model;
    if (!model) return;
    const own = devices?.microphone === false;
    const microphone = own || (model.phase !== "connecting" && !call.family.microphone);
    show(this.pause, model.phase !== "talking" || microphone);
    if (model.phase !== "talking") this.notices.paused();
    this.pauseSign.toggleAttribute("hidden", !microphone && model.phase === "connecting");
    draw(this.pauseSign, microphone ? "microphone_off" : "pause");
    const [title, one] = PAUSES[microphone ? (own ? "own" : "family") : model.phase === "interrupted" ? "line" : "connecting"];
    text(this.pauseTitle, words.t(title));
    text(this.pauseOne, words.t(one, { name: this.#name(model).replaceAll(" ", TIED) }));
    text(this.pauseTwo, model.phase === "interrupted" ? words.t("call.interrupted_two") : "");
  }

  /** After a restart the agent does not know the name for a moment. @param {Call} model */
  #name(model) {
    return model.family_name || this.desk.words.t("call.your_family");
  }

  /** @param {number} left @param {boolean} counting */
  #counted(left, counting) {
    show(this.count, counting);
    if (!counting) return;
    text(/** @type {Node} */ (this.count.firstChild), String(left));
    text(/** @type {Node} */ (this.count.lastChild), this.desk.words.t("notice.last_seconds"));
  }

  /** Fill the glass unless that would cut off a face. */
  #fit() {
    const { videoWidth, videoHeight, clientWidth, clientHeight } = this.video;
    if (!videoWidth || !clientWidth) return;
    const ratio = videoWidth / videoHeight / (clientWidth / clientHeight);
    this.video.classList.toggle("whole", 1 - Math.min(ratio, 1 / ratio) > MAY_CUT);
  }

  /** @param {string} name of its drawing @param {() => MediaStreamTrack | null} track the one it turns off and on; packets go on */
  #toggle(name, track) {
    const act = () => {
      const own = track();
      if (own) own.enabled = !own.enabled;
      this.mediaChanged();
    };
    return button("control", act, [icon(name), make("span")]);
  }

  /**
   * @param {HTMLButtonElement} control @param {MediaStreamTrack | null} track @param {string} name
   * @param {["call.sound_on" | "call.camera_on", "call.sound_off" | "call.camera_off"]} keys
   */
  #write(control, track, name, keys) {
    const on = track?.enabled ?? true;
    show(control, track !== null);
    draw(/** @type {SVGElement} */ (control.firstElementChild), on ? name : `${name}_off`);
    text(/** @type {Node} */ (control.lastChild), this.desk.words.t(keys[on ? 0 : 1]));
    attribute(control, "data-on", String(on));
  }
}
