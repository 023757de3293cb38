() => {
  // The least a family's end must do: answer, give candidates, tell every 500 ms how much it has heard.
  const out = [], early = [];
  let own = {}, told = {}, frames = 0;
  let pc = null, channel = null, timer = null, chain = Promise.resolve();
  const make = () => {
    pc = new RTCPeerConnection();
    pc.onicecandidate = ({ candidate }) => out.push(candidate
      ? { type: "candidate", call_id: id, candidate: candidate.candidate, mid: candidate.sdpMid, line: candidate.sdpMLineIndex }
      : { type: "candidate", call_id: id, candidate: "" });
    pc.ondatachannel = (event) => {
      channel = event.channel;
      channel.onmessage = (heard) => (told = JSON.parse(heard.data));
    };
    timer = setInterval(async () => {
      const inbound = [...(await pc.getStats()).values()].filter((s) => s.type === "inbound-rtp");
      frames = inbound.find((s) => s.kind === "video")?.framesDecoded ?? 0;
      const stats = inbound.find((s) => s.kind === "audio");
      if (channel?.readyState === "open") channel.send(JSON.stringify({ audio: stats?.packetsReceived ?? 0, ...own }));
    }, 500);
  };
  let id = null;
  const one = async (message) => {
    if (message.type === "offer") {
      if (message.call_id !== id) {
        id = message.call_id;
        make();
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 480 } });
        stream.getTracks().forEach((track) => pc.addTrack(track, stream));
      }
      await pc.setRemoteDescription({ type: "offer", sdp: message.sdp });
      for (const candidate of early.splice(0)) await pc.addIceCandidate(candidate);
      await pc.setLocalDescription();
      out.push({ type: "answer", call_id: id, sdp: pc.localDescription.sdp });
    } else if (message.type === "candidate") {
      const candidate = { candidate: message.candidate, sdpMid: message.mid, sdpMLineIndex: message.line };
      if (!message.candidate) return;
      if (pc?.remoteDescription && message.call_id === id) await pc.addIceCandidate(candidate); else early.push(candidate);
    }
  };
  window.family = {
    hear(message) { chain = chain.then(() => one(message)).catch((error) => console.warn(String(error))); },
    take: () => out.splice(0),
    tell(devices) { own = devices; },
    told: () => told,
    frames: () => frames,
    close() { clearInterval(timer); pc.close(); },
  };
}
