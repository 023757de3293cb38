// The booth's end of a call in a bare page: leads, offers, answers nothing else. Put into a page by tests/e2e/kiosk_leader.py.
window.leader = {
  out: [],
  heard: -1,
  told: {},
  frames: 0,
  async start(callId, { audio = true, relays = null } = {}) {
    this.stop();
    this.callId = callId;
    const pc = (this.pc = new RTCPeerConnection(relays ? { iceServers: relays, iceTransportPolicy: "relay" } : {}));
    this.stream ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    const streams = [this.stream];
    pc.addTransceiver(audio ? this.stream.getAudioTracks()[0] : "audio", { direction: "sendrecv", streams });
    pc.addTransceiver(this.stream.getVideoTracks()[0], { direction: "sendrecv", streams });
    this.channel = pc.createDataChannel("bilik", { ordered: false, maxRetransmits: 0 });
    this.channel.onmessage = (event) => {
      this.told = JSON.parse(event.data);
      this.heard = this.told.audio ?? this.heard;
    };
    pc.onicecandidate = ({ candidate }) =>
      this.out.push({
        type: "candidate", call_id: callId, candidate: candidate?.candidate ?? "", mid: candidate?.sdpMid ?? null,
        line: candidate?.sdpMLineIndex ?? null,
      });
    await this.offer();
  },
  async offer(restart = false) {
    if (restart) this.pc.restartIce();
    await this.pc.setLocalDescription();
    this.out.push({ type: "offer", call_id: this.callId, sdp: this.pc.localDescription.sdp });
  },
  async hear(message) {
    if (message.call_id !== this.callId) return;
    if (message.type === "answer") await this.pc.setRemoteDescription({ type: "answer", sdp: message.sdp });
    if (message.type === "candidate" && message.candidate)
      await this.pc.addIceCandidate({ candidate: message.candidate, sdpMid: message.mid, sdpMLineIndex: message.line });
  },
  async facts() {
    const facts = { state: this.pc?.connectionState ?? "none", heard: this.heard, audio: 0, frames: 0, width: 0 };
    for (const report of (await this.pc?.getStats())?.values() ?? []) {
      if (report.type !== "inbound-rtp") continue;
      if (report.kind === "audio") facts.audio = report.packetsReceived ?? 0;
      if (report.kind === "video") Object.assign(facts, { frames: report.framesDecoded ?? 0, width: report.frameWidth ?? 0 });
    }
    return facts;
  },
  stop() {
    this.pc?.close();
    this.pc = null;
  },
};
