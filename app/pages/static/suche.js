/* What makes the search page quicker where scripts run: completion, previews and remarks in place.
 * Without it every one of these is a link or a form of its own. */
(() => {
  "use strict";

  const API = "/api/v1";
  const DEBOUNCE_MS = 150;
  const field = document.getElementById("q");

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  async function fetchJson(address, options) {
    const response = await fetch(address, options);
    if (!response.ok) throw new Error(String(response.status));
    return response.status === 204 ? null : response.json();
  }

  /** Titles, headings and glossary terms that begin like what is typed: a combobox with a listbox. */
  class Completion {
    constructor(input) {
      this.input = input;
      this.list = make("ul", { id: "vorschlaege", role: "listbox", "aria-label": "Vorschläge", class: "completion", hidden: "" });
      this.spoken = make("p", { class: "hidden", role: "status" });
      for (const [name, value] of Object.entries({
        role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "vorschlaege",
      })) input.setAttribute(name, value);
      input.parentElement.append(this.list, this.spoken);
      this.active = -1;
      input.addEventListener("input", () => this.later());
      input.addEventListener("keydown", (event) => this.onKey(event));
      input.addEventListener("blur", () => setTimeout(() => this.close(), 120));
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]"), true));
    }

    get options() {
      return [...this.list.children];
    }

    later() {
      clearTimeout(this.waiting);
      this.running?.abort();
      if (this.input.value.trim().length < 2) this.close();
      else this.waiting = setTimeout(() => this.ask(), DEBOUNCE_MS);
    }

    async ask() {
      const typed = this.input.value.trim().slice(0, 200);
      const running = (this.running = new AbortController());
      const address = `${API}/suggest?q=${encodeURIComponent(typed)}&limit=8`;
      const answer = await fetchJson(address, { signal: running.signal }).catch(() => ({ suggestions: [] }));
      if (!running.signal.aborted) this.show(answer.suggestions);
    }

    show(suggestions) {
      this.list.replaceChildren(...suggestions.map((item, number) =>
        make("li", { id: `v${number}`, role: "option", "aria-selected": "false", dir: "auto" }, item.text)));
      this.choose(-1);
      this.list.hidden = !suggestions.length;
      this.input.setAttribute("aria-expanded", String(suggestions.length > 0));
      this.spoken.textContent = suggestions.length ? `${suggestions.length} Vorschläge, Auswahl mit den Pfeiltasten.` : "";
    }

    close() {
      clearTimeout(this.waiting);
      this.choose(-1);
      this.list.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
    }

    choose(number) {
      this.options[this.active]?.setAttribute("aria-selected", "false");
      this.active = number;
      const option = this.options[number];
      if (!option) {
        this.input.removeAttribute("aria-activedescendant");
        return;
      }
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    }

    onKey(event) {
      const count = this.options.length;
      if (this.list.hidden || event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.choose(((this.active + 1 + step + count + 1) % (count + 1)) - 1);
      } else if (event.key === "Enter" && this.options[this.active]) {
        event.preventDefault();
        this.take(this.options[this.active], true);
      } else if (event.key === "Escape") {
        event.preventDefault();
        this.close();
      }
    }

    take(option, isAsked) {
      if (!option) return;
      this.input.value = option.textContent;
      this.close();
      if (isAsked) this.input.form.requestSubmit();
    }
  }

  /** Show a passage with its neighbours below the result; the link to the page of its own stays. */
  function addPreview(link) {
    const button = make("button", { type: "button", class: "as-link", "aria-expanded": "false" }, "Vorschau");
    const name = link.querySelector(".hidden");
    if (name) button.append(name.cloneNode(true));
    let shown = null;
    button.addEventListener("click", async () => {
      if (!shown) {
        shown = make("div", { class: "preview", hidden: "" });
        link.closest(".actions").after(shown);
        await fillPreview(shown, link.dataset.preview);
      }
      shown.hidden = !shown.hidden;
      button.setAttribute("aria-expanded", String(!shown.hidden));
    });
    link.before(button);
  }

  async function fillPreview(box, id) {
    try {
      const passage = await fetchJson(`${API}/passages/${encodeURIComponent(id)}?neighbours=1`);
      const parts = [...passage.before, { ...passage, isFound: true }, ...passage.after];
      box.append(...parts.map((part) =>
        make("p", { class: part.isFound ? "passage found" : "passage around", dir: "auto" }, part.text)));
    } catch {
      box.append(make("p", { class: "warning", role: "alert" }, "Die Stelle ließ sich nicht laden. Bitte später noch einmal versuchen."));
    }
  }

  /** Send a remark without leaving the page. */
  function sendInPlace(form) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = Object.fromEntries(new FormData(form, event.submitter));
      const body = JSON.stringify({ ...given, helpful: given.helpful === "true" });
      const told = make("p", { role: "status", class: "told", tabindex: "-1" });
      try {
        await fetchJson(`${API}/feedback`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        told.textContent = "Danke. Ihre Rückmeldung ist gespeichert, ohne Ihren Namen.";
        form.replaceWith(told);
        told.focus();
      } catch {
        told.textContent = "Das ließ sich nicht speichern. Bitte später noch einmal versuchen.";
        form.querySelector(".told")?.remove();
        form.append(told);
      }
    });
  }

  /** A sentence of an answer with the place it is taken from, as the page shows quoted ones. */
  function quote(sentence) {
    const { title } = sentence.document;
    const place = [sentence.citation, sentence.page ? `Seite ${sentence.page}` : null].filter(Boolean);
    const context = make("a", { href: `/passage/${encodeURIComponent(sentence.chunk_id)}` }, "im Zusammenhang lesen");
    return make("blockquote", { class: "answer-quote" }, make("p", { dir: "auto" }, sentence.text),
      make("footer", {}, make("cite", {}, title), place.length ? `, ${place.join(", ")}` : "", " – ", context));
  }

  /** Where a language model is set up it writes the answer up; what counts is the last event, and without one the page. */
  function writeUp(box) {
    const asFirst = [...box.children];
    const body = make("div", { class: "answer-body" });
    const told = make("p", { class: "answer-note", role: "status" }, "Die Antwort wird formuliert …");
    const section = make("section", { class: "answer", "aria-labelledby": "geschrieben" },
      make("h2", { id: "geschrieben" }, "Antwort"), body, told);
    const source = new EventSource(box.dataset.stream);
    const restore = () => { source.close(); box.replaceChildren(...asFirst); };
    source.addEventListener("sentence", (event) => {
      if (!section.isConnected) box.replaceChildren(section);
      body.append(quote(JSON.parse(event.data)));
    });
    source.addEventListener("answer", (event) => {
      const answer = JSON.parse(event.data);
      if (answer.kind !== "written") {
        restore();
        return;
      }
      source.close();
      box.replaceChildren(section);
      body.replaceChildren(...answer.sentences.map(quote));
      told.textContent = "Von einem Sprachmodell formuliert und an den Fundstellen geprüft. Verbindlich ist das Dokument.";
    });
    source.addEventListener("error", restore);
  }

  if (field) new Completion(field);
  document.querySelectorAll("[data-stream]").forEach(writeUp);
  document.querySelectorAll("[data-preview]").forEach(addPreview);
  document.querySelectorAll("form[data-remark]").forEach(sendInPlace);
  const facets = document.querySelector(".facets details");
  if (facets && matchMedia("(min-width: 60rem)").matches) facets.open = true;
})();
