// @ts-check
/** The one line to the agent: JSON over `/ws`, kept open for as long as the page lives. */

/** @import { FromPage, ToPage } from "./messages.js" */

const RETRY_MS = 500;

/** Reconnects every 0.5 s; what is sent while the line is down is dropped, because the agent asks anew when it is back. */
export class AgentSocket {
  /** @type {WebSocket | null} */
  #socket = null;

  /**
   * @param {string} url
   * @param {{ opened: () => void, lost: () => void, heard: (message: ToPage) => void }} listener `lost` is called once per loss
   */
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
  }

  /** Begin, and never stop. */
  connect() {
    const socket = new WebSocket(this.url);
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      this.#socket = socket;
      this.listener.opened();
    });
    socket.addEventListener("message", (event) => this.listener.heard(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      this.#socket = null;
      if (opened) this.listener.lost();
      setTimeout(() => this.connect(), RETRY_MS);
    });
  }

  /** Leave and come back: the agent then says everything anew. */
  joinAnew() {
    this.#socket?.close();
  }

  /**
   * @param {FromPage} message
   * @returns {boolean} whether there was a line to send it on
   */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }
}
