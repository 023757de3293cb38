// @ts-check
/** The signalling socket of one call: reads in order, comes back by itself with a growing wait. */

/** @typedef {{type: string, [field: string]: any}} Message */

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 3000;

export class Signalling {
  /**
   * @param {string} sessionId
   * @param {object} to
   * @param {(message: Message) => void} to.heard every message, in order
   * @param {(online: boolean) => void} to.changed the socket opened or broke
   * @param {() => void} to.refused central does not take this socket (asked again by looking at the link)
   */
  constructor(sessionId, to) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}/api/v1/calls/${encodeURIComponent(sessionId)}`;
    this.to = to;
    this.wait = FIRST_WAIT_MS;
    this.failures = 0;
    this.closed = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.wake = () => this.now();
    addEventListener("online", this.wake);
    this.open();
  }

  open() {
    this.timer = undefined;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    let welcomed = false;
    socket.onmessage = (event) => {
      if (this.socket !== socket) return;
      const message = /** @type {Message} */ (JSON.parse(event.data));
      if (!welcomed) {
        welcomed = true;
        this.wait = FIRST_WAIT_MS;
        this.failures = 0;
        this.to.changed(true);
      }
      this.to.heard(message);
    };
    socket.onclose = () => {
      if (this.socket !== socket || this.closed) return;
      this.to.changed(false);
      this.failures = welcomed ? 0 : this.failures + 1;
      if (this.failures && this.failures % 3 === 0) this.to.refused();
      this.again();
    };
  }

  again() {
    if (this.closed || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.open(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
  }

  /** The network is said to be back: do not wait out the back-off. */
  now() {
    if (this.closed || this.timer === undefined) return;
    clearTimeout(this.timer);
    this.open();
  }

  /** Say something; false if the socket is not open. @param {Message} message */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.wake);
    this.socket?.close(1000);
  }
}
