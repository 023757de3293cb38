// @ts-check
/** The booth's own camera and microphone: opened for the waiting screen, kept through the call, opened anew when a device comes back. */

const VIDEO = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 24 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
/** `devicechange` needs udev and did not come at all from a sound server: so the list is read again and again (3 to 5 ms each). */
const LOOK_MS = 1000;
const LOOKS_WHEN_CLOSED = 5;
const MUTED_MS = 800;
const LOOKS_ABSENT = 2;

/** One stream object for as long as it is open; its tracks come and go. */
export class LocalMedia {
  /** @type {MediaStream | null} */
  stream = null;
  /** Grows when loudspeakers came or went: what plays does not find its way to a new one by itself. */
  outputs = 0;
  #opening = Promise.resolve();
  #looking = false;
  #looks = 0;
  #why = "";
  #told = "";
  #shown = "";
  #speakers = "";
  /** Live tracks whose device gives nothing. @type {WeakSet<MediaStreamTrack>} */
  #silenced = new WeakSet();
  /** In how many looks on end the device of a live track was not listed. @type {WeakMap<MediaStreamTrack, number>} */
  #absent = new WeakMap();

  /** @param {{ changed: () => void, devices: (camera: boolean, microphone: boolean) => void, failed: (what: string) => void }} listener */
  constructor(listener) {
    this.listener = listener;
    navigator.mediaDevices.addEventListener("devicechange", () => void this.#look());
    setInterval(() => (this.stream || ++this.#looks % LOOKS_WHEN_CLOSED === 0) && void this.#look(), LOOK_MS);
  }

  /** The track that gives a picture, or null. */
  get video() {
    return this.#giving(this.#track("video"));
  }

  /** The track that gives sound, or null: nothing is sent then, so the other end hears no packets and the talk time stands. */
  get audio() {
    return this.#giving(this.#track("audio"));
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

  /** Tell which devices there are, also if that was told before: by what is open if it should be open, by the list otherwise. */
  look() {
    this.#told = "";
    return this.#look();
  }

  async #look() {
    if (this.stream && this.#looking) return;
    this.#looking = true;
    try {
      if (this.stream) return await this.open();
      const listed = await this.#list();
      if (!this.stream) this.#tell(has(listed, "video"), has(listed, "audio"));
    } finally {
      this.#looking = false;
    }
  }

  async #list() {
    const listed = await navigator.mediaDevices.enumerateDevices();
    const speakers = listed.filter((device) => device.kind === "audiooutput").map((device) => device.deviceId).join(" ");
    if (this.#speakers && speakers && speakers !== this.#speakers) this.outputs += 1;
    this.#speakers = speakers || "none";
    return listed;
  }

  async #fill() {
    const listed = await this.#list();
    const stream = this.stream;
    if (!stream) return;
    for (const track of stream.getTracks()) this.#stopIfAbsent(track, listed);
    const missing = (/** @type {"video" | "audio"} */ kind) => !this.#track(kind) && has(listed, kind);
    if (missing("video") && missing("audio")) await this.#take(stream, { video: VIDEO, audio: AUDIO });
    if (missing("video")) await this.#take(stream, { video: VIDEO });
    if (missing("audio")) await this.#take(stream, { audio: AUDIO });
    this.#show(stream);
  }

  /** A sound server may move a stream of a device that has gone to something silent: it goes on, and says nothing. @param {MediaStreamTrack} track @param {MediaDeviceInfo[]} listed */
  #stopIfAbsent(track, listed) {
    const { deviceId } = track.getSettings();
    const there = listed.some((device) => device.kind === `${track.kind}input` && (!device.deviceId || device.deviceId === deviceId));
    const looks = there ? 0 : (this.#absent.get(track) ?? 0) + 1;
    this.#absent.set(track, looks);
    if (looks >= LOOKS_ABSENT) track.stop();
  }

  /** @param {MediaStream} stream @param {MediaStreamConstraints} constraints */
  async #take(stream, constraints) {
    try {
      const taken = await navigator.mediaDevices.getUserMedia(constraints);
      for (const track of taken.getTracks()) this.#adopt(stream, track);
      this.#why = "";
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
    track.addEventListener("mute", () => setTimeout(() => this.#silence(stream, track, track.muted), MUTED_MS));
    track.addEventListener("unmute", () => this.#silence(stream, track, false));
    stream.addTrack(track);
  }

  /** A device that is there and gives nothing (its own switch is off, its picture stands) is as good as gone. @param {MediaStream} stream @param {MediaStreamTrack} track @param {boolean} silent */
  #silence(stream, track, silent) {
    if (silent) this.#silenced.add(track);
    else this.#silenced.delete(track);
    this.#show(stream);
  }

  /** Tell what differs from what was told last. @param {MediaStream} stream */
  #show(stream) {
    if (this.stream !== stream) return;
    this.#tell(this.video !== null, this.audio !== null);
    const shown = [stream.id, this.video?.id, this.audio?.id, this.outputs].join(" ");
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.listener.changed();
  }

  /** @param {boolean} camera @param {boolean} microphone */
  #tell(camera, microphone) {
    const told = `${camera} ${microphone}`;
    if (told === this.#told) return;
    this.#told = told;
    this.listener.devices(camera, microphone);
  }

  /** @param {"video" | "audio"} kind */
  #track(kind) {
    return this.stream?.getTracks().find((track) => track.kind === kind && track.readyState === "live") ?? null;
  }

  /** @param {MediaStreamTrack | null} track */
  #giving(track) {
    return track && !this.#silenced.has(track) ? track : null;
  }
}

/** @param {MediaDeviceInfo[]} listed @param {"video" | "audio"} kind */
function has(listed, kind) {
  return listed.some((device) => device.kind === `${kind}input`);
}
