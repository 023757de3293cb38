// @ts-check
/** The live board: takes the pieces that changed, counts between them, sends acts and says what became of them. */

import { Listening } from "./listen.js";
import { Words } from "./words.js";

const SILENT_MS = 5000;
const RECONNECT_MS = 2000;
const TOAST_MS = 6000;
const GRAVE_MS = 900;
/** More booths than these stand in lines, as board.html has them. */
const MANY = 4;

/** @typedef {{now_ms: number, tiles: string[], pieces: Record<string, string>}} News */

class Board {
  constructor() {
    const about = JSON.parse(at("about").textContent ?? "{}");
    this.about = about;
    this.words = new Words({ [about.language]: about.words }, about.language);
    this.listening = new Listening(this.words);
    this.nowMs = about.now_ms;
    this.heardAt = performance.now();
    this.hasNews = false;
    /** @type {EventSource | null} */
    this.source = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.toastTimer = undefined;
    document.documentElement.classList.add("scripted");
    document.addEventListener("submit", (event) => void this.submit(event));
    document.addEventListener("click", (event) => this.click(event));
    document.addEventListener("change", (event) => this.choose(event));
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("toggle", (event) => this.toggled(event), true);
    setInterval(() => this.tick(), 200);
    this.connect();
  }

  connect() {
    this.source?.close();
    const source = new EventSource(`/board/events?facility=${encodeURIComponent(this.about.facility)}&lang=${this.about.language}`);
    this.source = source;
    source.addEventListener("board", (event) => this.take(JSON.parse(event.data)));
    source.addEventListener("bye", () => this.again(source));
    source.onerror = () => this.again(source);
  }

  /** @param {EventSource} source */
  again(source) {
    source.close();
    if (this.source !== source) return;
    this.source = null;
    setTimeout(() => void this.heal(), RECONNECT_MS);
  }

  /** A login that has ended sends the browser to the log-in page; anything else is tried again. */
  async heal() {
    if (this.source) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
    if (answer?.redirected && new URL(answer.url).pathname === "/login") location.assign(answer.url);
    else this.connect();
  }

  /** @param {News} news */
  take(news) {
    this.nowMs = news.now_ms;
    this.heardAt = performance.now();
    this.hasNews = true;
    for (const [id, html] of Object.entries(news.pieces)) this.put(id, html);
    this.order(news.tiles);
    this.tick();
  }

  /** @param {string} id @param {string} html */
  put(id, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (!fresh) return;
    const old = document.getElementById(id);
    if (old) morph(old, fresh);
    else at("tiles").append(document.adoptNode(fresh));
  }

  /** Put the tiles in order without touching those that stand right already. @param {string[]} ids */
  order(ids) {
    const place = at("tiles");
    for (const child of [...place.children]) if (!ids.includes(child.id)) child.remove();
    place.classList.toggle("many", ids.length > MANY);
    if (place.contains(document.activeElement) && place.querySelector("details[open]")) return;
    ids.forEach((id, index) => {
      const tile = document.getElementById(id);
      if (tile && place.children[index] !== tile) place.insertBefore(tile, place.children[index] ?? null);
    });
  }

  now() {
    return this.nowMs + performance.now() - this.heardAt;
  }

  /** Times go on by themselves between two messages. */
  tick() {
    const now = this.now();
    const silent = performance.now() - this.heardAt > SILENT_MS;
    const time = { timeZone: this.about.timezone, hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const clock = (/** @type {number} */ ms) => {
      const text = new Intl.DateTimeFormat("en-GB", /** @type {Intl.DateTimeFormatOptions} */ (time)).format(ms);
      return this.about.language === "id" ? text.replaceAll(":", ".") : text;
    };
    say(at("clock"), clock(now));
    at("live").classList.toggle("off", silent);
    at("frozen").hidden = !silent;
    if (silent) say(at("frozen"), this.words.say("board.frozen", { time: clock(this.nowMs) }));
    for (const place of all("[data-zero]")) say(place, this.words.left(Number(place.dataset["zero"]) - now));
    for (const place of all("[data-ago]")) {
      const ago = this.ago(now - Number(place.dataset["ago"]));
      say(place, place.dataset["agoWords"] ? this.words.say("board.seen.ago", { ago }) : ago);
    }
  }

  /** @param {number} ms */
  ago(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const minutes = Math.floor(seconds / 60);
    if (seconds < 120) return this.words.say("board.ago.seconds", { n: seconds });
    return minutes < 120 ? this.words.say("board.ago.minutes", { n: minutes }) : this.words.say("board.ago.hours", { n: Math.floor(minutes / 60) });
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("act" in form.dataset)) return;
    event.preventDefault();
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    if (button) button.disabled = true;
    try {
      await this.send(form);
      form.closest("details")?.removeAttribute("open");
    } finally {
      if (button) button.disabled = false;
    }
  }

  /** @param {HTMLFormElement} form */
  async send(form) {
    const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { accept: "application/json", "x-csrf-token": fields["csrf"] ?? "" },
      body: new URLSearchParams(fields),
    }).catch(() => null);
    const body = await answer?.json().catch(() => null);
    if (answer?.ok && body?.link) await this.copy(body.link, body.text);
    else this.tell(body?.text ?? this.words.say("done.failed"), !answer?.ok);
  }

  /** @param {string} link @param {string} text */
  async copy(link, text) {
    const done = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    this.tell(done ? text : link, false);
  }

  /** @param {string} text @param {boolean} bad */
  tell(text, bad) {
    const toast = at("toast");
    toast.textContent = text;
    toast.classList.toggle("bad", bad);
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => toast.replaceChildren(), TOAST_MS);
  }

  /** @param {Event} event */
  click(event) {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("[data-close]")) close(event.target.closest("details"));
    const call = event.target.closest("[data-listen]");
    if (call instanceof HTMLElement) this.listening.start(call.dataset["listen"] ?? "", call.dataset["of"] ?? "");
  }

  /** A ready message goes into the field, where it may be changed. @param {Event} event */
  choose(event) {
    const chosen = event.target;
    if (!(chosen instanceof HTMLSelectElement) || !("canned" in chosen.dataset)) return;
    const field = chosen.form?.elements.namedItem("text");
    if (field instanceof HTMLTextAreaElement) field.value = chosen.value;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") close(document.querySelector("details[open]"));
  }

  /** One sheet at a time; its first field takes the focus. @param {Event} event */
  toggled(event) {
    const sheet = event.target;
    if (!(sheet instanceof HTMLDetailsElement) || !sheet.open) return;
    for (const other of document.querySelectorAll("details[open]")) if (other !== sheet) other.removeAttribute("open");
    const first = sheet.querySelector("[data-grave] ~ [data-close]") ?? sheet.querySelector("select, button");
    if (first instanceof HTMLElement) first.focus();
    const grave = sheet.querySelector("[data-grave] button");
    if (grave instanceof HTMLButtonElement) this.hold(grave);
  }

  /** What ends every call takes no second press of the hand that opened it. @param {HTMLButtonElement} button */
  hold(button) {
    button.disabled = true;
    setTimeout(() => (button.disabled = false), GRAVE_MS);
  }
}

/** @param {string} id @returns {HTMLElement} */
function at(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the board has no #${id}`);
  return found;
}

/** @param {string} what */
function all(what) {
  return /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(what));
}

/** @param {HTMLElement} place @param {string} text */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** @param {Element | null} sheet */
function close(sheet) {
  if (!sheet) return;
  sheet.removeAttribute("open");
  const summary = sheet.querySelector("summary");
  if (summary instanceof HTMLElement) summary.focus();
}

/** Make the old element like the new one and keep what a person is in the middle of: focus, open sheets, typed text.
 *  @param {Element} old @param {Element} fresh */
function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(document.adoptNode(fresh));
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open" && name !== "disabled") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old instanceof HTMLTextAreaElement || old instanceof HTMLSelectElement) return;
  morphChildren(old, fresh);
}

/** @param {Element} old @param {Element} fresh */
function morphChildren(old, fresh) {
  const wanted = [...fresh.childNodes];
  wanted.forEach((next, index) => {
    const now = old.childNodes[index];
    if (!now) old.append(document.adoptNode(next));
    else if (now instanceof Element && next instanceof Element && sameKind(now, next)) morph(now, next);
    else if (now.nodeType === Node.TEXT_NODE && next.nodeType === Node.TEXT_NODE) now.textContent = next.textContent;
    else now.replaceWith(document.adoptNode(next));
  });
  while (old.childNodes.length > wanted.length) old.lastChild?.remove();
}

/** @param {Element} now @param {Element} next */
function sameKind(now, next) {
  if (now instanceof HTMLFormElement && next instanceof Element) return now.getAttribute("action") === next.getAttribute("action");
  return now.nodeName === next.nodeName && now.id === next.id;
}

new Board();
