// @ts-check
/** The booth's own camera and microphone: opened for the waiting screen, kept through the call, opened anew when a device comes back. */

const VIDEO = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 24 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const MISSING_CHECK_MS = 5000;

/** One stream object for as long as it is open; its tracks come and go. */
export class LocalMedia {
  /** @type {MediaStream | null} */
  stream = null;
  #opening = Promise.resolve();
  #missing = false;
  #why = "";

  /** @param {{ changed: () => void, devices: (camera: boolean, microphone: boolean) => void, failed: (what: string) => void }} listener */
  constructor(listener) {
    this.listener = listener;
    navigator.mediaDevices.addEventListener("devicechange", () => void this.look());
    setInterval(() => this.#missing && void this.look(), MISSING_CHECK_MS);
  }

  get video() {
    return this.#live(this.stream?.getVideoTracks()[0]);
  }

  get audio() {
    return this.#live(this.stream?.getAudioTracks()[0]);
  }

  /** Open what is not open yet; safe to call again. */
  open() {
    this.stream ??= new MediaStream();
    this.#opening = this.#opening.then(() => this.#fill());
    return this.#opening;
  }

  /** Stop every track at once and let go of the devices. */
  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  /** Tell which devices there are: by what is open if it should be open, by the list otherwise. */
  async look() {
    if (this.stream) return this.open();
    const kinds = (await navigator.mediaDevices.enumerateDevices()).map((device) => device.kind);
    this.#tell(kinds.includes("videoinput"), kinds.includes("audioinput"));
  }

  async #fill() {
    const stream = this.stream;
    if (!stream) return;
    const wanted = { video: !this.video, audio: !this.audio };
    if (wanted.video && wanted.audio) await this.#take(stream, { video: VIDEO, audio: AUDIO });
    if (wanted.video && !this.video) await this.#take(stream, { video: VIDEO });
    if (wanted.audio && !this.audio) await this.#take(stream, { audio: AUDIO });
    if (this.stream !== stream) return;
    this.#tell(Boolean(this.video), Boolean(this.audio));
    this.listener.changed();
  }

  /** @param {MediaStream} stream @param {MediaStreamConstraints} constraints */
  async #take(stream, constraints) {
    try {
      const taken = await navigator.mediaDevices.getUserMedia(constraints);
      for (const track of taken.getTracks()) this.#adopt(stream, track);
    } catch (error) {
      this.#refused(error instanceof DOMException ? error.name : String(error));
    }
  }

  /** A device that is not there is told as such; any other reason is told once. @param {string} why */
  #refused(why) {
    if (why !== "NotFoundError" && why !== this.#why) this.listener.failed(why);
    this.#why = why;
  }

  /** @param {MediaStream} stream @param {MediaStreamTrack} track */
  #adopt(stream, track) {
    if (this.stream !== stream) return track.stop();
    for (const old of stream.getTracks()) if (old.kind === track.kind) stream.removeTrack(old);
    track.addEventListener("ended", () => this.stream === stream && void this.open());
    stream.addTrack(track);
  }

  /** @param {boolean} camera @param {boolean} microphone */
  #tell(camera, microphone) {
    this.#missing = !(camera && microphone);
    this.listener.devices(camera, microphone);
  }

  /** @param {MediaStreamTrack | undefined} track */
  #live(track) {
    return track?.readyState === "live" ? track : null;
  }
}
