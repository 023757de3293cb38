// @ts-check
/** Reading getStats: what was received, when last, and how good the link is. */

/**
 * @typedef {{ at: number, audioPackets: number, audioSilent: number, audioLost: number, videoBytes: number, framesDecoded: number,
 *   framesReceived: number, roundTripMs: number | null, outgoingLoss: number | null, outgoingKbit: number | null, relayed: boolean | null }} Sample
 *   `audioSilent`: ms between the last inbound audio packet and this sample
 */

/**
 * One sample of a peer connection.
 * @param {RTCStatsReport} report
 * @returns {Sample}
 */
export function readSample(report) {
  /** @type {any[]} */
  const all = [...report.values()];
  const find = (/** @type {string} */ type, /** @type {string} */ kind) => all.find((s) => s.type === type && s.kind === kind) ?? {};
  const audio = find("inbound-rtp", "audio");
  const video = find("inbound-rtp", "video");
  const remoteVideo = find("remote-inbound-rtp", "video");
  const pair = selectedPair(report, all);
  return {
    at: audio.timestamp ?? 0,
    audioPackets: audio.packetsReceived ?? 0,
    audioSilent: audio.lastPacketReceivedTimestamp ? Math.max(0, audio.timestamp - audio.lastPacketReceivedTimestamp) : 0,
    audioLost: Math.max(0, audio.packetsLost ?? 0),
    videoBytes: video.bytesReceived ?? 0,
    framesDecoded: video.framesDecoded ?? 0,
    framesReceived: video.framesReceived ?? 0,
    roundTripMs: pair.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000,
    outgoingLoss: remoteVideo.fractionLost ?? null,
    outgoingKbit: pair.availableOutgoingBitrate === undefined ? null : pair.availableOutgoingBitrate / 1000,
    relayed: isRelayed(report, pair),
  };
}

/** @param {RTCStatsReport} report @param {any[]} all */
function selectedPair(report, all) {
  const transport = all.find((stat) => stat.type === "transport");
  return report.get(transport?.selectedCandidatePairId ?? "") ?? {};
}

/** @param {RTCStatsReport} report @param {any} pair */
function isRelayed(report, pair) {
  const types = [pair.localCandidateId, pair.remoteCandidateId].map((id) => report.get(id ?? "")?.candidateType);
  return types.includes(undefined) ? null : types.includes("relay");
}

/**
 * What happened between two samples.
 * @param {Sample} before @param {Sample} after
 */
export function compare(before, after) {
  const received = after.audioPackets - before.audioPackets;
  const lost = after.audioLost - before.audioLost;
  const total = received + lost;
  const ms = after.at - before.at;
  return {
    audioLoss: total > 0 ? Math.min(1, Math.max(0, lost / total)) : null,
    videoKbit: ms > 0 ? Math.max(0, ((after.videoBytes - before.videoBytes) * 8) / ms) : null,
  };
}

/** Since when one side has received no audio, by a counter that should grow. */
export class Hearing {
  #packets = 0;
  #grewAt = /** @type {number | null} */ (null);

  get heard() {
    return this.#grewAt !== null;
  }

  /**
   * @param {number} packets the counter @param {number} at when its newest packet came, monotonic ms
   * @returns {boolean} whether it grew
   */
  note(packets, at) {
    const grew = packets > this.#packets;
    this.#packets = packets;
    if (grew) this.#grewAt = at;
    return grew;
  }

  /** @param {number} now monotonic ms */
  silent(now) {
    return this.#grewAt === null ? 0 : Math.max(0, Math.round(now - this.#grewAt));
  }
}
