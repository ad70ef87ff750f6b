/* <stadtwissen-suche>: search the town hall's documents from any page of the intranet.
 *
 *   <script src="https://suche.example/widget/stadtwissen-suche.js" defer></script>
 *   <stadtwissen-suche department="hauptamt">
 *     <form action="https://suche.example/" method="get"> … <input name="q"> … </form>
 *   </stadtwissen-suche>
 *
 * No dependencies, no build step, nothing inline: it runs under a strict Content-Security-Policy.
 * The form inside is what people get without JavaScript. Everything that can be set: docs/widget.md.
 */
(() => {
  "use strict";

  const NAME = "stadtwissen-suche";
  const DEBOUNCE_MS = 150;
  const SLOW_MS = 1500;
  const TIMEOUT_MS = 12000;
  const RETRY_MS = [2000, 4000, 8000, 16000, 30000];
  const LONGEST = 1000;
  const SHORTEST = 2;
  const EXCERPT = 190;
  const KEPT = 6;
  const SIMILAR = 3;
  const STORE = "stadtwissen-suche:zuletzt";
  const SCRIPT = document.currentScript && document.currentScript.src;

  const TEXTS = {
    de: {
      label: "In den Dokumenten suchen",
      placeholder: "Frage oder Stichworte",
      button: "Suchen",
      clear: "Eingabe löschen",
      results: "Vorschläge",
      recent: "Zuletzt gesucht",
      forget: "Letzte Suchen löschen",
      forgotten: "Die letzten Suchen sind gelöscht.",
      all: (q) => `Alle Ergebnisse zu „${q}“`,
      answer: "Antwort",
      answered: "Eine Antwort steht oben in der Liste.",
      found: (n) => (n === 1 ? "1 Treffer." : `${n} Treffer.`) + " Auswahl mit den Pfeiltasten.",
      kept: (n) => `${n} letzte Suchen. Auswahl mit den Pfeiltasten.`,
      none: (q) => `Zu „${q}“ wurde nichts gefunden.`,
      noneHint: "Vielleicht hilft ein anderes Wort.",
      near: (d) => `Am nächsten kommen Dokumente aus: ${d}. Vielleicht hilft ein anderes Wort. Ähnliche Stellen:`,
      similar: "Mehr ähnliche Stellen zeigen",
      slow: "Die Suche dauert länger als gewöhnlich …",
      away: "Die Suche ist gerade nicht zu erreichen.",
      old: "Die Datenbank antwortet gerade nicht, es kann etwas fehlen.",
      again: (s) => `Neuer Versuch in ${s} Sekunden.`,
      retry: "Jetzt noch einmal versuchen",
      page: "Seite",
      pages: "Seiten",
      sheet: "Blatt",
      date: "Stand",
      keys: "Eingabetaste öffnet, Strg und Eingabetaste öffnet in einem neuen Tab, Escape schließt.",
    },
    leicht: {
      label: "Hier können Sie suchen",
      placeholder: "Was möchten Sie wissen?",
      button: "Suchen",
      clear: "Text löschen",
      results: "Das haben wir gefunden",
      recent: "Das haben Sie schon gesucht",
      forget: "Diese Liste löschen",
      forgotten: "Die Liste ist gelöscht.",
      all: (q) => `Mehr zu „${q}“ zeigen`,
      answer: "Das steht in den Dokumenten",
      answered: "Oben in der Liste steht eine Antwort.",
      found: (n) => (n === 1 ? "Wir haben 1 Text gefunden." : `Wir haben ${n} Texte gefunden.`)
        + " Mit den Pfeil-Tasten wählen Sie aus.",
      kept: (n) => `In der Liste sind ${n} Fragen. Mit den Pfeil-Tasten wählen Sie aus.`,
      none: (q) => `Wir haben nichts gefunden zu „${q}“.`,
      noneHint: "Schreiben Sie es bitte mit anderen Wörtern.",
      near: (d) => `Schreiben Sie es bitte mit anderen Wörtern. Diese Texte sind nur ähnlich. Sie sind aus: ${d}.`,
      similar: "Mehr ähnliche Texte zeigen",
      slow: "Das dauert heute länger. Bitte warten Sie.",
      away: "Die Suche geht gerade nicht.",
      old: "Die Suche geht heute nicht so gut. Vielleicht fehlt etwas.",
      again: (s) => `Wir versuchen es wieder in ${s} Sekunden.`,
      retry: "Noch einmal versuchen",
      page: "Seite",
      pages: "Seiten",
      sheet: "Blatt",
      date: "Stand vom",
      keys: "Eingabe-Taste: Text öffnen. Escape-Taste: Liste schließen.",
    },
  };

  // Outside rules reach the host element only; `.root` starts from nothing, so no page's CSS comes in by inheritance.
  const CSS = `
:host { display: block; }
:host([hidden]) { display: none; }
.root {
  all: initial;
  --accent: var(--stadtwissen-accent, #2044aa);
  --on-accent: var(--stadtwissen-on-accent, #ffffff);
  --ground: var(--stadtwissen-ground, #ffffff);
  --text: var(--stadtwissen-text, #131525);
  --quiet: var(--stadtwissen-quiet, #51577a);
  --line: var(--stadtwissen-line, #c0c3d5);
  --edge: var(--stadtwissen-edge, #6e7597);
  --link: var(--stadtwissen-link, #2044aa);
  --active: var(--stadtwissen-active, #e5ebf7);
  --mark: var(--stadtwissen-mark, #ffed58);
  --on-mark: var(--stadtwissen-on-mark, #131525);
  --warn: var(--stadtwissen-warn, #9e0000);
  --radius: var(--stadtwissen-radius, 4px);
  color-scheme: light;
  display: block;
  position: relative;
  box-sizing: border-box;
  text-align: start;
  color: var(--text);
  font: var(--stadtwissen-font-size, 1rem)/1.45 var(--stadtwissen-font, system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif);
}
.dark {
  --accent: var(--stadtwissen-accent, #97afe1);
  --on-accent: var(--stadtwissen-on-accent, #000000);
  --ground: var(--stadtwissen-ground, #1d2034);
  --text: var(--stadtwissen-text, #f3f4f7);
  --quiet: var(--stadtwissen-quiet, #b2b6cc);
  --line: var(--stadtwissen-line, #454b6b);
  --edge: var(--stadtwissen-edge, #8187a7);
  --link: var(--stadtwissen-link, #97afe1);
  --active: var(--stadtwissen-active, #30344f);
  --mark: var(--stadtwissen-mark, #524000);
  --on-mark: var(--stadtwissen-on-mark, #f3f4f7);
  --warn: var(--stadtwissen-warn, #ea7060);
  color-scheme: dark;
}
/* The label stands on the page's own ground, so it takes the page's colour. */
.caption { all: initial; display: block; color: inherit; margin-bottom: .35em; cursor: default;
  font: 600 var(--stadtwissen-font-size, 1rem)/1.45 var(--stadtwissen-font, system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif); }
.root, .root *, .root ::before, .root ::after { box-sizing: border-box; }
form { display: flex; flex-wrap: wrap; gap: .5em; margin: 0; }
.box { position: relative; flex: 1 1 14em; min-width: 0; }
input {
  font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--edge); border-radius: var(--radius);
  width: 100%; min-height: 2.75em; padding: .4em 2.75em .4em .8em; margin: 0; appearance: none;
}
input::-webkit-search-cancel-button { display: none; }
input::placeholder { color: var(--quiet); opacity: 1; }
button {
  font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent);
  border-radius: var(--radius); min-height: 2.75em; padding: .4em 1.2em; margin: 0; cursor: pointer;
}
.clear {
  position: absolute; inset-block: 0; inset-inline-end: 0; width: 2.75em; padding: 0;
  background: none; border-color: transparent; color: var(--quiet);
}
[hidden] { display: none !important; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.panel {
  position: absolute; inset: auto; inset-inline-start: 0; top: calc(100% + .35em); z-index: 2147483000;
  width: 100%; max-height: min(34rem, 75vh); overflow: auto; overscroll-behavior: contain; margin: 0; padding: 0;
  background: var(--ground); color: inherit; border: 1px solid var(--edge); border-radius: var(--radius);
  box-shadow: 0 8px 28px rgb(0 0 0 / .22);
}
.panel[popover] { position: fixed; inset: auto; }
.heading { margin: 0; padding: .6em .8em .2em; color: var(--quiet); font-size: .875em; }
.list { margin: 0; padding: 0; }
.option {
  display: block; padding: .6em .8em; color: inherit; text-decoration: none; cursor: pointer;
  border-inline-start: 4px solid transparent; overflow-wrap: anywhere;
}
.option + .option { border-top: 1px solid var(--line); }
.option[aria-selected="true"] { background: var(--active); border-inline-start-color: var(--link); }
.title { display: block; font-weight: 600; color: var(--link); }
.option:hover .title, .option[aria-selected="true"] .title { text-decoration: underline; }
.path, .place { display: block; color: var(--quiet); font-size: .875em; }
.excerpt { display: block; }
.answer { font-weight: 600; }
mark { background: var(--mark); color: var(--on-mark); border-radius: 2px; }
.status { margin: 0; padding: .7em .8em; }
.status.error { color: var(--warn); font-weight: 600; }
.again { display: block; margin: 0 .8em .8em; }
.hint { margin: 0; padding: 0 .8em .7em; color: var(--quiet); font-size: .875em; }
.unseen {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}
@media (forced-colors: active) {
  .option[aria-selected="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
  .panel, input, button { border: 1px solid; }
  mark { background: Mark; color: MarkText; }
}
@media (prefers-reduced-motion: no-preference) { .panel { scroll-behavior: smooth; } }
@media print { .panel, button { display: none; } }
`;

  let sheet = null;

  /** One stylesheet for all elements of the page; constructed sheets need no permission from a page's policy. */
  function styles() {
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
    }
    return sheet;
  }

  /** Make an element: texts become text nodes, never markup. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** Recent searches stay in this browser; where storage is forbidden there are none. */
  const recent = {
    read() {
      try {
        const kept = JSON.parse(localStorage.getItem(STORE) || "[]");
        return Array.isArray(kept) ? kept.filter((item) => typeof item === "string").slice(0, KEPT) : [];
      } catch {
        return [];
      }
    },
    add(question) {
      try {
        const others = this.read().filter((item) => item !== question);
        localStorage.setItem(STORE, JSON.stringify([question, ...others].slice(0, KEPT)));
      } catch { /* no storage, no memory */ }
    },
    forget() {
      try {
        localStorage.removeItem(STORE);
      } catch { /* nothing was kept */ }
    },
  };

  /** Cut a passage around its first mark. Highlights count code points, JavaScript counts UTF-16 units. */
  function excerpt(text, highlights) {
    const points = Array.from(text.replace(/\s/gu, " "));
    const first = highlights.length ? highlights[0][0] : 0;
    let from = points.length <= EXCERPT ? 0 : Math.max(0, Math.min(first - 50, points.length - EXCERPT));
    let to = Math.min(points.length, from + EXCERPT);
    while (from > 0 && from < first && points[from - 1] !== " ") from += 1;
    while (to < points.length && to > from + EXCERPT / 2 && points[to] !== " ") to -= 1;
    const pieces = [from > 0 ? "… " : ""];
    let at = from;
    for (const [start, end] of highlights) {
      if (start < at || end > to) continue;
      pieces.push(points.slice(at, start).join(""), make("mark", { part: "mark" }, points.slice(start, end).join("")));
      at = end;
    }
    pieces.push(points.slice(at, to).join(""), to < points.length ? " …" : "");
    return pieces;
  }

  /** Only addresses of the web are followed, whatever an answer says. */
  function safeUrl(address, base) {
    try {
      const url = new URL(address, base);
      return ["http:", "https:"].includes(url.protocol) ? url.href : null;
    } catch {
      return null;
    }
  }

  /** The service has answered, and said why it could not help; asking again helps only where the fault is its own. */
  class Failure extends Error {
    constructor(message, status) {
      super(message);
      this.isFinal = status >= 400 && status < 500 && status !== 429 && status !== 401;
    }
  }

  let count = 0;

  /** What goes on inside one element. It is not the element itself: that would inherit some hundred names. */
  class Search {
    constructor(host, shadow) {
      this.host = host;
      this.shadow = shadow;
      this.prefix = `sw${(count += 1)}-`;
      this.options = [];
      this.active = -1;
      this.asked = 0;
      this.failures = 0;
      this.scheme = matchMedia("(prefers-color-scheme: dark)");
      this.build();
    }

    /** Listen to the page, as long as the element is part of it. */
    connect() {
      this.listening = new AbortController();
      const { signal } = this.listening;
      document.addEventListener("keydown", (event) => this.onHotkey(event), { signal });
      document.addEventListener("pointerdown", (event) => this.onOutside(event), { signal });
      addEventListener("online", () => this.failures && this.ask(), { signal });
      addEventListener("scroll", () => this.place(), { signal, capture: true, passive: true });
      addEventListener("resize", () => this.place(), { signal });
      this.scheme.addEventListener("change", () => this.paintTheme(), { signal });
      this.paintTheme();
    }

    disconnect() {
      this.listening.abort();
      clearTimeout(this.waiting);
      this.cancel();
      this.close();
    }

    // What the host page has set -------------------------------------------------------------------------------

    get texts() {
      return this.host.getAttribute("language") === "leicht" ? TEXTS.leicht : TEXTS.de;
    }

    /** Where the service is: said outright, or where this script came from, or where the form inside leads. */
    get base() {
      const form = this.host.querySelector("form");
      const said = this.host.getAttribute("api") || SCRIPT || (form && form.action) || location.href;
      return new URL("/", new URL(said, document.baseURI)).href;
    }

    get limit() {
      return Math.max(1, Math.min(20, Number.parseInt(this.host.getAttribute("limit"), 10) || 6));
    }

    get remembers() {
      return this.host.getAttribute("recent") !== "off";
    }

    get question() {
      return this.field.value.trim();
    }

    /** The address of a search: of the interface, or of the page with all results. */
    address(path, question, limit) {
      const url = new URL(path, this.base);
      url.searchParams.set("q", question);
      for (const name of ["department", "collection"]) {
        for (const value of (this.host.getAttribute(name) || "").split(/[\s,]+/)) {
          if (value) url.searchParams.append(name, value);
        }
      }
      if (limit) url.searchParams.set("limit", limit);
      return url.href;
    }

    tell(name, detail, cancelable = false) {
      const event = new CustomEvent(`stadtwissen-${name}`, { bubbles: true, composed: true, cancelable, detail });
      return this.host.dispatchEvent(event);
    }

    // What is seen -----------------------------------------------------------------------------------------------

    build() {
      const id = (name) => this.prefix + name;
      const typed = this.host.querySelector("input[name=q]");
      this.caption = make("label", { for: id("q"), class: "caption", part: "label", lang: "de" });
      this.field = make("input", {
        id: id("q"), type: "search", name: "q", part: "field", role: "combobox", autocomplete: "off", spellcheck: "false",
        maxlength: LONGEST, enterkeyhint: "search", "aria-autocomplete": "list", "aria-expanded": "false",
        "aria-controls": id("list"), "aria-describedby": id("keys"), "aria-haspopup": "listbox",
      });
      this.clearer = make("button", { type: "button", class: "clear", part: "clear", hidden: true }, "✕");
      this.sender = make("button", { type: "submit", part: "button" });
      this.box = make("div", { class: "box" }, this.field, this.clearer);
      this.form = make("form", { role: "search", part: "form" }, this.box, this.sender);
      this.heading = make("p", { class: "heading", part: "heading", id: id("heading"), hidden: true });
      this.list = make("div", { class: "list", part: "list", id: id("list"), role: "listbox" });
      this.status = make("p", { class: "status", part: "status", hidden: true });
      this.retry = make("button", { type: "button", class: "again", part: "retry", hidden: true });
      this.hint = make("p", { class: "hint", part: "hint", hidden: true });
      this.panel = make("div", { class: "panel", part: "panel", hidden: true },
        this.heading, this.status, this.retry, this.hint, this.list);
      if ("popover" in this.panel) this.panel.setAttribute("popover", "manual");
      this.spoken = make("p", { class: "unseen", role: "status", "aria-live": "polite", "aria-atomic": "true" });
      this.keys = make("p", { class: "unseen", id: id("keys") });
      this.root = make("div", { class: "root", part: "root" }, this.form, this.panel, this.spoken, this.keys);
      this.shadow.append(this.caption, this.root);
      this.paintTexts();
      this.listen();
      if (typed) {
        this.field.value = typed.value;
        this.clearer.hidden = !typed.value;
        if (document.activeElement === typed) this.field.focus();
      }
    }

    /** The host page has changed an attribute: what was found may be wrong now. */
    onSetting() {
      this.known = null;
      this.paintTexts();
    }

    paintTexts() {
      const { texts } = this;
      this.caption.textContent = this.host.getAttribute("label") || texts.label;
      this.form.setAttribute("aria-label", this.caption.textContent);
      this.field.placeholder = this.host.getAttribute("placeholder") || texts.placeholder;
      this.sender.textContent = texts.button;
      this.clearer.setAttribute("aria-label", texts.clear);
      this.list.setAttribute("aria-label", texts.results);
      this.retry.textContent = texts.retry;
      this.keys.textContent = texts.keys;
      this.root.lang = "de";
      this.paintTheme();
    }

    /** Unless told otherwise it is dark where the system is and the page says by `color-scheme` that it follows. */
    paintTheme() {
      const theme = this.host.getAttribute("theme");
      const follows = theme === "auto" || (!theme && getComputedStyle(this.host).colorScheme.includes("dark"));
      this.root.classList.toggle("dark", theme === "dark" || (follows && this.scheme.matches));
    }

    listen() {
      this.field.addEventListener("input", () => this.onInput());
      this.field.addEventListener("keydown", (event) => this.onKey(event));
      this.field.addEventListener("focus", () => !this.question && this.showRecent());
      this.field.addEventListener("click", () => this.reopen());
      this.field.addEventListener("blur", () => setTimeout(() => this.shadow.activeElement || this.close(), 120));
      this.clearer.addEventListener("click", () => this.empty());
      this.retry.addEventListener("click", () => this.ask());
      this.form.addEventListener("submit", (event) => this.onSubmit(event));
      this.list.addEventListener("click", (event) => this.onClick(event));
      this.list.addEventListener("mousedown", (event) => event.button === 0 && event.preventDefault());
    }

    open() {
      if (!this.panel.hidden) return;
      this.panel.hidden = false;
      if (this.panel.popover && this.host.isConnected) this.panel.showPopover();
      this.place();
      this.field.setAttribute("aria-expanded", String(this.options.length > 0));
      this.tell("open", {});
    }

    close() {
      this.choose(-1);
      if (this.panel.hidden) return;
      if (this.panel.popover && this.panel.matches(":popover-open")) this.panel.hidePopover();
      this.panel.hidden = true;
      this.field.setAttribute("aria-expanded", "false");
      this.tell("close", {});
    }

    /** In the top layer the panel is not cut off by the page's boxes, but has to be told where the field is. */
    place() {
      if (this.panel.hidden || !this.panel.popover) return;
      const box = this.box.getBoundingClientRect();
      const below = innerHeight - box.bottom - 12;
      const above = box.top - 12;
      const upwards = below < 180 && above > below;
      const { style } = this.panel;
      style.left = `${box.left}px`;
      style.width = `${box.width}px`;
      style.top = upwards ? "auto" : `${box.bottom + 5}px`;
      style.bottom = upwards ? `${innerHeight - box.top + 5}px` : "auto";
      style.maxHeight = `${Math.max(120, Math.min(544, upwards ? above : below))}px`;
    }

    /** Fill the panel; announce what is in it. */
    show({ options = [], heading = "", status = "", hint = "", isError = false, spoken = "" }) {
      this.options = options;
      this.choose(-1);
      this.list.replaceChildren(...options.map((option) => option.element));
      for (const [element, text] of [[this.heading, heading], [this.status, status], [this.hint, hint]]) {
        element.textContent = text;
        element.hidden = !text;
      }
      this.status.classList.toggle("error", isError);
      this.retry.hidden = !isError;
      this.list.hidden = !options.length;
      this.panel.scrollTop = 0;
      this.open();
      this.place();
      this.field.setAttribute("aria-expanded", String(options.length > 0));
      this.say(spoken || status);
    }

    say(text) {
      if (this.spoken.textContent !== text) this.spoken.textContent = text;
    }

    choose(index) {
      const before = this.options[this.active];
      if (before) before.element.setAttribute("aria-selected", "false");
      this.active = index;
      const now = this.options[index];
      if (!now) {
        this.field.removeAttribute("aria-activedescendant");
        return;
      }
      now.element.setAttribute("aria-selected", "true");
      this.field.setAttribute("aria-activedescendant", now.element.id);
      now.element.scrollIntoView({ block: "nearest" });
    }

    // What happens -----------------------------------------------------------------------------------------------

    onHotkey(event) {
      if (event.defaultPrevented || event.repeat) return;
      const key = (this.host.getAttribute("hotkey") || "k").toLowerCase();
      const withControl = key !== "off" && event.key.toLowerCase() === key && (event.ctrlKey || event.metaKey)
        && !event.altKey && !event.shiftKey;
      const typing = event.composedPath()[0].closest?.("input, textarea, select, [contenteditable]");
      const slash = this.host.hasAttribute("slash") && event.key === "/" && !typing
        && !(event.ctrlKey || event.metaKey || event.altKey);
      if (!withControl && !slash) return;
      event.preventDefault();
      this.focusField();
    }

    focusField() {
      this.field.scrollIntoView({ block: "nearest" });
      this.field.focus();
      this.field.select();
      this.reopen();
    }

    onOutside(event) {
      if (!event.composedPath().includes(this.host)) this.close();
    }

    onInput() {
      clearTimeout(this.waiting);
      this.cancel();
      this.clearer.hidden = !this.field.value;
      if (this.question.length < SHORTEST) {
        if (this.question) this.close();
        else this.showRecent();
        return;
      }
      this.waiting = setTimeout(() => this.ask(), DEBOUNCE_MS);
    }

    onKey(event) {
      if (event.isComposing) return;
      const { key } = event;
      if (key === "ArrowDown" || key === "ArrowUp") this.onArrow(event, key === "ArrowDown" ? 1 : -1);
      else if (key === "Enter" && this.options[this.active]) this.onEnter(event);
      else if (key === "Enter" && (event.ctrlKey || event.metaKey)) this.goToAll(event, true);
      else if (key === "Escape") this.onEscape(event);
      else if (key === "Tab" && !(this.failures && !this.retry.hidden)) this.close();
    }

    onArrow(event, step) {
      if (event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (this.panel.hidden) {
        this.reopen();
        return;
      }
      const places = this.options.length + 1; // the field itself is one
      this.choose(((this.active + 1 + step + places) % places) - 1);
    }

    onEnter(event) {
      event.preventDefault();
      this.pick(this.options[this.active], event.ctrlKey || event.metaKey);
    }

    onEscape(event) {
      if (!this.panel.hidden) {
        event.preventDefault();
        event.stopPropagation();
        this.close();
      } else if (this.field.value) {
        event.preventDefault();
        this.empty();
      }
    }

    onClick(event) {
      const option = this.options.find((item) => item.element.contains(event.target));
      if (!option || event.button !== 0 || event.shiftKey) return;
      event.preventDefault();
      this.pick(option, event.ctrlKey || event.metaKey);
    }

    onSubmit(event) {
      this.goToAll(event, false);
    }

    goToAll(event, inNewTab) {
      event.preventDefault();
      if (this.question.length < SHORTEST) {
        this.field.focus();
        return;
      }
      this.remember(this.question);
      this.go(this.address("/", this.question), inNewTab, { question: this.question, passage: null });
    }

    pick(option, inNewTab) {
      if (option.run) {
        option.run();
        return;
      }
      this.remember(this.question);
      this.go(option.element.href, inNewTab, { question: this.question, passage: option.passage || null });
    }

    /** The host page may go there itself: it cancels the event. */
    go(url, inNewTab, detail) {
      const isOurs = this.tell("select", { ...detail, url, inNewTab }, true);
      const target = inNewTab ? "_blank" : this.host.getAttribute("target") || "_self";
      if (!inNewTab) this.close();
      if (!isOurs) return;
      if (target === "_self") location.assign(url);
      else open(url, target, target === "_blank" ? "noopener" : "");
    }

    remember(question) {
      if (this.remembers && question) recent.add(question);
    }

    empty() {
      clearTimeout(this.waiting);
      this.cancel();
      this.field.value = "";
      this.clearer.hidden = true;
      this.known = null;
      this.close();
      this.field.focus();
    }

    /** Show again what was there before it was closed. */
    reopen() {
      if (!this.question) this.showRecent();
      else if (this.known && this.known.question === this.question) this.showFound(this.known);
      else if (this.question.length >= SHORTEST) this.ask();
    }

    showRecent() {
      const kept = this.remembers ? recent.read() : [];
      if (!kept.length) {
        this.close();
        return;
      }
      const again = (question) => () => {
        this.field.value = question;
        this.clearer.hidden = false;
        this.ask();
      };
      const options = kept.map((question, index) => this.option(index, { run: again(question) }, question));
      options.push(this.option(kept.length, { run: () => this.forget() }, this.texts.forget));
      this.show({ options, heading: this.texts.recent, spoken: this.texts.kept(kept.length) });
    }

    forget() {
      recent.forget();
      this.close();
      this.say(this.texts.forgotten);
    }

    option(index, more, ...children) {
      const { href, ...rest } = more;
      const element = make(href ? "a" : "div", {
        id: `${this.prefix}o${index}`, class: "option", part: "option", role: "option", href, tabindex: href ? "-1" : null,
        "aria-selected": "false",
      }, ...children);
      return { element, ...rest };
    }

    // Asking -----------------------------------------------------------------------------------------------------

    /** Whatever is under way is of no interest any more, whenever it ends. */
    cancel() {
      this.asked += 1;
      if (this.running) this.running.abort();
      this.running = null;
      clearTimeout(this.slow);
      clearTimeout(this.limitTimer);
      clearTimeout(this.retrying);
    }

    async ask() {
      clearTimeout(this.waiting);
      this.cancel();
      const question = this.question;
      if (question.length < SHORTEST) return;
      const number = this.asked;
      const running = (this.running = new AbortController());
      this.slow = setTimeout(() => this.show({ status: this.texts.slow }), SLOW_MS);
      this.limitTimer = setTimeout(() => running.abort(), TIMEOUT_MS);
      this.root.setAttribute("aria-busy", "true");
      this.tell("search", { question });
      let outcome;
      try {
        outcome = await this.fetchJson(this.address("/api/v1/search", question, this.limit), running.signal);
      } catch (error) {
        outcome = error;
      }
      if (number !== this.asked) return; // overtaken
      this.cancel();
      this.root.removeAttribute("aria-busy");
      if (outcome instanceof Error) this.onFailure(outcome);
      else this.onAnswer(question, outcome);
    }

    async fetchJson(address, signal, isSecond = false) {
      const token = await this.token(signal, isSecond);
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      const response = await fetch(address, { signal, headers, credentials: "omit", referrerPolicy: "no-referrer" });
      if (response.status === 401 && !isSecond && this.host.hasAttribute("token-url")) {
        return this.fetchJson(address, signal, true);
      }
      const body = await response.json();
      if (response.ok) return body;
      throw new Failure([body.detail, body.hint].filter(Boolean).join(" "), response.status);
    }

    /** A short-lived token from the host's own back end, kept in memory only; the page itself holds no key. */
    async token(signal, isStale) {
      const address = this.host.getAttribute("token-url");
      if (!address) return null;
      if (!isStale && this.pass && this.pass.until > Date.now()) return this.pass.token;
      const response = await fetch(address, { signal, credentials: "same-origin", cache: "no-store" });
      if (!response.ok) throw new Failure(this.texts.away, response.status);
      const body = await response.json();
      this.pass = { token: String(body.token), until: Date.now() + 1000 * (Number(body.expires_in) || 60) - 5000 };
      return this.pass.token;
    }

    onAnswer(question, answer) {
      this.failures = 0;
      const isFar = answer.only_similar === true;
      const passages = isFar ? answer.passages.slice(0, SIMILAR) : answer.passages;
      this.known = { question, isFar, isOld: Boolean(answer.as_of), passages };
      this.showFound(this.known);
      this.tell("results", { question, count: isFar ? 0 : answer.passages.length, took_ms: answer.took_ms });
      if (answer.passages.length && !isFar && this.host.getAttribute("answer") !== "off") this.askInWords(question);
    }

    /** Sentences that answer, above the passages; nothing is moved under somebody who is choosing already. */
    async askInWords(question) {
      const number = this.asked;
      const running = (this.running = new AbortController());
      const answer = await this.fetchJson(this.address("/api/v1/answer", question), running.signal).catch(() => null);
      const isWanted = number === this.asked && this.active < 0 && !this.panel.hidden && !this.list.matches(":hover");
      if (!isWanted || !answer?.sentences?.length) return;
      const href = safeUrl(`/passage/${encodeURIComponent(answer.sentences[0].chunk_id)}`, this.base);
      const option = this.option("answer", { href, passage: answer.sentences[0] },
        make("span", { class: "path", part: "answer-heading" }, this.texts.answer),
        ...answer.sentences.flatMap((sentence) => [
          make("bdi", { class: "excerpt answer", part: "answer" }, sentence.text),
          make("bdi", { class: "place", part: "place" }, this.sourceText(sentence)),
        ]));
      this.options.unshift(option);
      this.list.prepend(option.element);
      this.panel.scrollTop = 0;
      this.say(this.texts.answered);
    }

    sourceText({ document: source, citation, page }) {
      const parts = [source.title, citation, page ? `${this.texts.page} ${page}` : null];
      return parts.filter(Boolean).join(", ");
    }

    /** A service that is away is asked again, less and less often, and when the network returns. */
    onFailure(error) {
      const status = (error instanceof Failure && error.message) || this.texts.away;
      this.known = null;
      this.tell("error", { question: this.question, message: status });
      if (error.isFinal) {
        this.failures = 0;
        this.show({ status, isError: true });
        return;
      }
      const pause = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
      this.failures += 1;
      this.show({ status, hint: this.texts.again(pause / 1000), isError: true });
      this.retrying = setTimeout(() => this.ask(), pause);
    }

    showFound({ question, isFar, isOld, passages }) {
      const { texts } = this;
      const options = passages.map((passage, index) => this.resultOption(index, passage));
      const hint = isFar ? texts.near(passages[0].document.department_name) : texts.noneHint;
      const nothing = { status: texts.none(question), hint, spoken: isFar ? `${texts.none(question)} ${hint}` : "" };
      const all = make("span", { class: "title", part: "all" }, isFar ? texts.similar : texts.all(question));
      options.push(this.option(options.length, { href: this.address("/", question) }, all));
      const found = { status: isOld ? texts.old : "", spoken: `${texts.found(passages.length)} ${isOld ? texts.old : ""}`.trim() };
      this.show({ options, ...(isFar || !passages.length ? nothing : found) });
    }

    resultOption(index, passage) {
      const found = passage.document;
      const path = passage.headings.filter((heading) => heading !== found.title);
      if (passage.citation && !path.some((heading) => heading.startsWith(passage.citation))) path.push(passage.citation);
      const href = safeUrl(passage.link, this.base) || this.base;
      return this.option(index, { href, passage },
        make("bdi", { class: "title", part: "title" }, found.title),
        path.length ? make("bdi", { class: "path", part: "path" }, path.join(" › ")) : null,
        make("bdi", { class: "excerpt", part: "excerpt" }, ...excerpt(passage.text, passage.highlights)),
        make("span", { class: "place", part: "place" }, this.placeText(passage)));
    }

    placeText(passage) {
      const { texts } = this;
      const { page, page_last: last } = passage;
      const parts = [passage.document.department_name];
      if (page) parts.push(last && last !== page ? `${texts.pages} ${page}–${last}` : `${texts.page} ${page}`);
      if (passage.sheet) parts.push(`${texts.sheet} „${passage.sheet}“`);
      parts.push(`${texts.date} ${new Date(passage.document.modified_at).toLocaleDateString("de-DE", {
        day: "2-digit", month: "2-digit", year: "numeric" })}`);
      return parts.join(" · ");
    }
  }

  class StadtwissenSuche extends HTMLElement {
    static observedAttributes = ["placeholder", "label", "theme", "language", "department", "collection"];

    #search = null;

    connectedCallback() {
      if (!this.#search) {
        const shadow = this.attachShadow({ mode: "open", delegatesFocus: true });
        shadow.adoptedStyleSheets = [styles()];
        this.#search = new Search(this, shadow);
      }
      this.#search.connect();
    }

    disconnectedCallback() {
      this.#search.disconnect();
    }

    attributeChangedCallback() {
      this.#search?.onSetting();
    }
  }

  // Browsers without constructed stylesheets keep the form.
  const isAble = "adoptedStyleSheets" in Document.prototype;
  if (isAble && !customElements.get(NAME)) customElements.define(NAME, StadtwissenSuche);
})();
