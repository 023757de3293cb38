// @ts-check
/** The claimed visit: waiting room, call and farewell over one signalling socket. */

import { FamilyCall } from "./call_family.js";
import { CallView } from "./call_view.js";
import { still } from "./devices.js";
import { showBye, showEnded } from "./farewell.js";
import { OwnDevices } from "./own_devices.js";
import { at, Awake, play, showScreen, videoAt } from "./page.js";
import { Signalling } from "./signalling.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./signalling.js").Message} Message */
/** @typedef {import("./devices.js").Opened} Opened */

const STILL_MS = 3000;
const FIRST_STILL_MS = 700;
const BYE_PATIENCE_MS = 700;

export class Visit {
  /**
   * @param {Words} words
   * @param {any} link the answer of `POST /api/v1/join`
   * @param {Opened} devices
   * @param {AudioContext} context
   * @param {{over: () => void, doubtful: () => void}} tell over: nothing comes back; doubtful: look at the link again
   */
  constructor(words, link, devices, context, tell) {
    this.words = words;
    this.link = link;
    this.tell = tell;
    this.phase = "";
    this.peer = { present: false, ready: false, admitted: false };
    this.ended = false;
    this.awake = new Awake();
    this.awake.want(true);
    this.devices = new OwnDevices(devices, context, {
      send: (kind, track) => void this.call.replace(kind, track),
      changed: () => this.devicesChanged(),
    });
    this.canvas = document.createElement("canvas");
    this.view = new CallView(words, { inmate: link.inmate_name, context }, {
      mute: (silent) => this.devices.mute(silent),
      turn: () => void this.turnCamera(),
      hangUp: () => this.signalling.send({ type: "hang_up" }),
    });
    this.call = new FamilyCall({
      stream: this.devices.stream,
      send: (message) => this.signalling.send(message),
      onRemote: (remote) => void this.view.showRemote(remote),
      onQuality: (good) => this.view.setQuality(good),
      onState: () => this.draw(),
      devices: () => ({ camera: this.devices.camera, microphone: !this.devices.lost.microphone }),
      onDevices: (booth) => this.view.setDevices({ booth }),
    });
    this.signalling = new Signalling(link.session_id, {
      heard: (message) => this.hear(message),
      changed: (online) => this.changed(online),
      refused: () => tell.doubtful(),
    });
    this.stills = setInterval(() => this.sendStill(), STILL_MS);
    this.prepare();
  }

  prepare() {
    void play(videoAt("waiting-own"), this.devices.stream);
    void play(videoAt("self-video"), this.devices.stream);
    at("waiting-mirror").hidden = !this.devices.had.video;
    at("self").hidden = !this.devices.had.video;
    this.showPicture();
    at("waiting-number").textContent = this.link.number;
    this.relabel();
    at("waiting-turn").onclick = () => void this.turnCamera();
    void this.offerTurn();
    this.draw();
  }

  showPicture() {
    for (const id of ["waiting-empty", "self-empty"]) at(id).hidden = this.devices.camera;
  }

  /** The officer's board, the booth and this page tell the same. */
  devicesChanged() {
    if (this.ended) return;
    this.showPicture();
    this.view.setDevices({ lost: this.devices.lost });
    this.ready();
  }

  /** Say anew what was put together from sentences. */
  relabel() {
    at("waiting-length").textContent = this.words.length(this.link.talk_s);
    this.view.names();
    this.view.draw();
  }

  async offerTurn() {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
    at("turn").hidden = at("waiting-turn").hidden = !this.devices.camera || cameras.length < 2;
  }

  /** @param {boolean} online */
  changed(online) {
    at("waiting-lost").hidden = online;
    if (online) this.ready();
    else this.draw();
  }

  ready() {
    this.signalling.send({ type: "ready", camera: this.devices.camera, microphone: this.devices.microphone });
    setTimeout(() => this.sendStill(), FIRST_STILL_MS);
  }

  /** @param {Message} message */
  hear(message) {
    if (this.ended) return;
    if (message.type === "welcome") {
      this.call.useServers(message["servers"], message["policy"]);
      this.setPeer({ present: message["peer_present"], ready: true, admitted: message["admitted"] });
    } else if (message.type === "peer") this.setPeer(message);
    else if (message.type === "ice") this.call.useServers(message["servers"]);
    else if (message.type === "clock") this.setClock(message);
    else if (message.type === "said") this.view.hear(message);
    else if (message.type === "ended") this.finish(() => showEnded(this.words, message, this.about()));
    else if (message.type === "bye") this.hearBye(message["why"]);
    else void this.call.signal(message);
  }

  /** @param {any} peer */
  setPeer(peer) {
    const appeared = peer.present && !this.peer.present;
    this.peer = { present: peer.present, ready: peer.ready, admitted: peer.admitted };
    if (appeared) this.ready();
    this.draw();
  }

  /** @param {Message} clock */
  setClock(clock) {
    this.phase = clock["phase"];
    this.link.talk_s = clock["talk_s"] || this.link.talk_s;
    this.view.setClock(clock);
    this.draw();
  }

  /** The screen that fits what is known: the call once its clock has begun, the waiting room before. */
  draw() {
    if (this.ended) return;
    if (this.phase === "talking" || this.phase === "interrupted") {
      showScreen("call");
      return;
    }
    const connecting = this.call.pc !== null;
    const [away, officer] = [!this.peer.present, !this.peer.admitted];
    const state = connecting ? "connecting" : away ? "away" : officer ? "officer" : "rules";
    this.words.put(at("waiting-head"), `wait.${state}.head`);
    this.words.put(at("waiting-text"), `wait.${state}.text`, { inmate: this.link.inmate_name });
    showScreen("waiting");
  }

  sendStill() {
    if (this.peer.admitted || !this.devices.camera || this.ended) return;
    const jpeg = still(videoAt("waiting-own"), this.canvas);
    if (jpeg) this.signalling.send({ type: "still", jpeg });
  }

  async turnCamera() {
    await this.devices.turn();
    for (const id of ["self", "waiting-mirror"]) at(id).classList.toggle("back", this.devices.facing === "environment");
  }

  about() {
    return { inmate: this.link.inmate_name, talkS: this.link.talk_s };
  }

  /** The agent's own account, if it is on its way, is better than central's bare good-bye. @param {string} why */
  hearBye(why) {
    if (why === "shutting_down") return;
    setTimeout(() => this.finish(() => showBye(this.words, why)), why === "taken_over" ? 0 : BYE_PATIENCE_MS);
  }

  /** @param {() => void} show */
  finish(show) {
    if (this.ended) return;
    show();
    this.stop();
    this.tell.over();
  }

  /** Let go of camera, socket and timers. */
  stop() {
    this.ended = true;
    clearInterval(this.stills);
    this.view.close();
    this.call.close();
    this.devices.close();
    this.signalling.close();
    this.awake.want(false);
  }
}
