() => {
  const video = document.querySelector("video.remote");
  if (!video) return;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 480];
  const draw = canvas.getContext("2d");
  const disc = (colour, x, y, r) => { draw.fillStyle = colour; draw.beginPath(); draw.arc(x, y, r, 0, 7); draw.fill(); };
  const light = draw.createRadialGradient(320, 200, 40, 320, 220, 420);
  [["#7f9f96", 0], ["#3c5a53", 0.6], ["#1b2b28", 1]].forEach(([colour, at]) => light.addColorStop(at, colour));
  draw.fillStyle = light;
  draw.fillRect(0, 0, 640, 480);
  disc("#8f5f46", 320, 520, 190);
  disc("#e8cdb2", 320, 225, 92);
  video.srcObject = canvas.captureStream(4);
  document.querySelector(".call .no-picture").hidden = true;
  setInterval(() => draw.fillRect(0, 0, 1, 1), 200);
}
