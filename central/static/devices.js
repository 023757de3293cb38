// @ts-check
/** Camera and microphone of the family's device: opening, what went wrong, and how loud it is. */

/**
 * @typedef {"ready" | "refused" | "busy" | "nothing" | "unable"} DeviceState
 * @typedef {object} Opened
 * @property {DeviceState} state
 * @property {MediaStream | null} stream
 * @property {boolean} camera
 * @property {boolean} microphone
 */

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** @param {string} facing "user" or "environment" @returns {MediaTrackConstraints} */
export function videoWanted(facing) {
  return { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 24 }, facingMode: facing };
}

/** True where a page inside a messenger or another app shows this. @param {string} agent the user agent */
export function isInsideAnotherApp(agent) {
  return /FBAN|FBAV|FB_IAB|Instagram|\bLine\/|WhatsApp|; wv\)|MicroMessenger|Telegram/i.test(agent);
}

/** @returns {boolean} */
export function canOpenDevices() {
  return Boolean(navigator.mediaDevices && "getUserMedia" in navigator.mediaDevices && "RTCPeerConnection" in window);
}

/** An address that opens this page in Chrome on Android, or null elsewhere. @param {string} agent @param {Location} here */
export function chromeAddress(agent, here) {
  if (!/Android/i.test(agent)) return null;
  const scheme = here.protocol.replace(":", "");
  const fallback = encodeURIComponent("https://play.google.com/store/apps/details?id=com.android.chrome");
  // Android reads an intent's own part from the LAST "#", so the link's fragment (its token) survives in front of it
  // and never reaches a server.
  const path = `${here.host}${here.pathname}${here.hash}`;
  return `intent://${path}#Intent;scheme=${scheme};package=com.android.chrome;S.browser_fallback_url=${fallback};end`;
}

/** @param {MediaStreamConstraints} wanted @returns {Promise<MediaStream | string>} the stream, or the error's name */
async function ask(wanted) {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    return error instanceof Error ? error.name : "Error";
  }
}

/** Both devices; failing that whichever there is. @param {string} facing @returns {Promise<Opened>} */
export async function openDevices(facing) {
  if (!canOpenDevices()) return { state: "unable", stream: null, camera: false, microphone: false };
  const both = await ask({ audio: AUDIO, video: videoWanted(facing) });
  if (typeof both !== "string") return opened(both);
  if (both === "NotAllowedError" || both === "SecurityError") return none("refused");
  const sound = await ask({ audio: AUDIO });
  if (typeof sound !== "string") return opened(sound);
  const picture = await ask({ video: videoWanted(facing) });
  if (typeof picture !== "string") return opened(picture);
  return none(both === "NotReadableError" || both === "AbortError" ? "busy" : "nothing");
}

/** @param {MediaStream} stream @returns {Opened} */
function opened(stream) {
  const camera = stream.getVideoTracks().length > 0;
  return { state: "ready", stream, camera, microphone: stream.getAudioTracks().length > 0 };
}

/** @param {DeviceState} state @returns {Opened} */
function none(state) {
  return { state, stream: null, camera: false, microphone: false };
}

/** True if the browser will not ask again, so that a reload needs no button. */
export async function isAllowedAlready() {
  try {
    for (const name of ["camera", "microphone"]) {
      const { state } = await navigator.permissions.query({ name: /** @type {PermissionName} */ (name) });
      if (state !== "granted") return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** A track of silence for a device without a microphone: the call's clock runs on audio packets. @param {AudioContext} context */
export function silentTrack(context) {
  const track = context.createMediaStreamDestination().stream.getAudioTracks()[0];
  if (!track) throw new Error("the browser made no silent track");
  return track;
}

/** Tell ten times a second how loud a stream is, 0 to 1, until the returned function is called.
 *  @param {AudioContext} context @param {MediaStream} stream @param {(level: number) => void} heard @returns {() => void} */
export function watchLevel(context, stream, heard) {
  if (stream.getAudioTracks().length === 0) return () => undefined;
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    heard(Math.min(1, Math.sqrt(power) * 6));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/** A small JPEG of the picture in base64, at most 25 kB, or null while there is none. @param {HTMLVideoElement} video @param {HTMLCanvasElement} canvas */
export function still(video, canvas) {
  const paper = canvas.getContext("2d");
  if (!paper || video.videoWidth === 0) return null;
  canvas.width = 320;
  canvas.height = 240;
  const scale = Math.max(320 / video.videoWidth, 240 / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  paper.drawImage(video, (320 - width) / 2, (240 - height) / 2, width, height);
  for (const quality of [0.7, 0.5, 0.3, 0.15]) {
    const jpeg = canvas.toDataURL("image/jpeg", quality).split(",")[1] ?? "";
    if (jpeg.length > 0 && jpeg.length <= 33_000) return jpeg;
  }
  return null;
}
