// @ts-check
/** The line drawings, 24 by 24; the words beside them carry the meaning, so they are hidden from screen readers. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string[]>} */
const PATHS = {
  eye: ["M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7Z", "M9 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0"],
  family: [
    "M5.5 8a3.5 3.5 0 1 0 7 0 3.5 3.5 0 1 0-7 0", "M2.500 20c0-4 3-6 6.500-6s6.500 2 6.500 6",
    "M16 5a3.500 3.500 0 0 1 0 6.500", "M18 14.500c2.200.8 3.500 2.600 3.500 5.500",
  ],
  no_recording: ["M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0", "M8.500 12a3.500 3.500 0 1 0 7 0 3.500 3.500 0 1 0-7 0", "M5.600 5.600 18.400 18.400"],
  shirt: ["M8 3 3 6.500l2 4 2-1V21h10V9.500l2 1 2-4L16 3c-.8 1.600-2.300 2.500-4 2.500S8.800 4.600 8 3Z"],
  clock: ["M4 13a8 8 0 1 0 16 0 8 8 0 1 0-16 0", "M12 9v4l3 2", "M9 2h6"],
  warning: ["M12 3 2.500 20h19L12 3Z", "M12 10v5", "M12 17.600v.4"],
  microphone: ["M9 5a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0Z", "M5.500 11a6.500 6.500 0 0 0 13 0", "M12 17.500V21"],
  microphone_off: ["M9 5a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0Z", "M5.500 11a6.500 6.500 0 0 0 13 0", "M12 17.500V21", "M4 3 20 21"],
  camera: ["M3 7.500h12v9H3Z", "M15 11l6-3.500v9L15 13"],
  camera_off: ["M3 7.500h12v9H3Z", "M15 11l6-3.500v9L15 13", "M4 3 20 21"],
  end: ["M3 14.500c5-5 13-5 18 0l-2.500 3-4-2v-2.300c-1.700-.5-3.300-.5-5 0v2.300l-4 2Z"],
  lock: ["M5 11h14v10H5Z", "M8 11V7.500a4 4 0 0 1 8 0V11", "M12 15v2.500"],
  tools: ["M14.500 6.500a4 4 0 0 1 5-3.900l-2.600 2.600.4 2 2 .4 2.600-2.600a4 4 0 0 1-5.200 5L8 18.700A2.200 2.200 0 1 1 4.900 15.600Z"],
  pause: ["M9 5v14", "M15 5v14"],
  plug: ["M9 3v5", "M15 3v5", "M6 8h12v3a6 6 0 0 1-12 0Z", "M12 17v4"],
  hourglass: ["M6 3h12", "M6 21h12", "M7.500 3c0 5 4.500 6 4.500 9s-4.500 4-4.500 9", "M16.500 3c0 5-4.500 6-4.500 9s4.500 4 4.500 9"],
  ear: ["M7 10a5 5 0 1 1 10 0c0 4-4 4.500-4 8a3 3 0 0 1-5.500 1.700", "M10 10.500a2.200 2.200 0 1 1 3.500 1.800"],
  speaker: ["M4 9.500v5h3.500L12 18.500v-13L7.500 9.500Z", "M15.500 9a4 4 0 0 1 0 6", "M18 6.500a8 8 0 0 1 0 11"],
  message: ["M4 5h16v11H11l-4.500 4V16H4Z"],
  heart: ["M12 20S4 14.500 4 9.200A4.200 4.200 0 0 1 12 7a4.200 4.200 0 0 1 8 2.200C20 14.500 12 20 12 20Z"],
  person: ["M8 8a4 4 0 1 0 8 0 4 4 0 1 0-8 0", "M4 21c0-5 4-7 8-7s8 2 8 7"],
};

/** @param {string} name one of PATHS */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  draw(svg, name);
  return svg;
}

/**
 * Change which drawing an icon shows.
 * @param {SVGElement} svg @param {string} name one of PATHS
 */
export function draw(svg, name) {
  if (svg.dataset["name"] === name) return;
  svg.dataset["name"] = name;
  svg.replaceChildren(
    ...(PATHS[name] ?? []).map((d) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", d);
      return path;
    }),
  );
}
