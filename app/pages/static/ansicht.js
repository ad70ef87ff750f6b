/* Shows the page of a PDF that a passage stands on, with the passage marked. Where that does not work the page still
 * holds the passage as text and a link to the original. */
const box = document.getElementById("ansicht");
const sheet = document.getElementById("blatt");
const told = document.getElementById("seitenzahl");
const back = document.getElementById("zurueck");
const on = document.getElementById("weiter");
const home = "/fetched/pdfjs/";

/** Text without what a line break or a font may change. */
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

/** Lines of the page that stand in the passage; a short one only between two that do. */
function linesToMark(texts, passage) {
  const wanted = plain(passage);
  const keys = texts.map(plain);
  const sure = keys.map((key) => key.length >= 8 && wanted.includes(key));
  return keys.map((key, at) => sure[at]
    || (key.length > 0 && wanted.includes(key) && (sure[at - 1] ?? false) && (sure[at + 1] ?? key.length > 3)));
}

class View {
  constructor(pdfjs, document_, passage) {
    this.pdfjs = pdfjs;
    this.document = document_;
    this.passage = passage;
    this.first = Number(box.dataset.page);
    this.last = Number(box.dataset.last);
    this.number = Math.min(Math.max(1, this.first), document_.numPages);
    back.addEventListener("click", () => this.turn(-1));
    on.addEventListener("click", () => this.turn(1));
    addEventListener("resize", () => this.later());
  }

  turn(step) {
    const wanted = this.number + step;
    if (wanted < 1 || wanted > this.document.numPages) return;
    this.number = wanted;
    this.draw();
  }

  later() {
    clearTimeout(this.waiting);
    if (sheet.clientWidth !== this.width) this.waiting = setTimeout(() => this.draw(), 200);
  }

  async draw() {
    const turn = (this.turns = (this.turns ?? 0) + 1);
    const page = await this.document.getPage(this.number);
    this.width = sheet.clientWidth;
    const natural = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: Math.max(0.5, Math.min(2, (this.width - 2) / natural.width)) });
    const sharpness = Math.min(3, devicePixelRatio || 1);
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width * sharpness);
    canvas.height = Math.floor(viewport.height * sharpness);
    canvas.style.width = `${Math.floor(viewport.width)}px`;
    canvas.setAttribute("aria-hidden", "true");
    const transform = sharpness === 1 ? null : [sharpness, 0, 0, sharpness, 0, 0];
    await page.render({ canvas, canvasContext: canvas.getContext("2d"), viewport, transform }).promise;
    const text = document.createElement("div");
    text.className = "textLayer";
    const layer = new this.pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport });
    await layer.render();
    if (turn !== this.turns) return;
    const paper = document.createElement("div");
    paper.className = "paper";
    paper.style.setProperty("--total-scale-factor", String(viewport.scale));
    paper.style.setProperty("--scale-factor", String(viewport.scale));
    paper.style.width = canvas.style.width;
    paper.append(canvas, text);
    sheet.replaceChildren(paper);
    this.mark(layer);
    told.textContent = `Seite ${this.number} von ${this.document.numPages}`;
    back.disabled = this.number === 1;
    on.disabled = this.number === this.document.numPages;
  }

  mark(layer) {
    if (this.number < this.first || this.number > this.last) return;
    const marked = linesToMark(layer.textContentItemsStr, this.passage);
    const found = layer.textDivs.filter((_, at) => marked[at]);
    found.forEach((line) => line.classList.add("marked"));
    const line = found[0];
    if (line) sheet.scrollTop = Math.max(0, line.offsetTop - sheet.clientHeight / 4);
  }
}

async function start() {
  const pdfjs = await import(`${home}pdf.min.mjs`);
  pdfjs.GlobalWorkerOptions.workerSrc = `${home}pdf.worker.min.mjs`;
  const answer = await fetch(box.dataset.file);
  if (!answer.ok) throw new Error(String(answer.status));
  const opened = await pdfjs.getDocument({
    data: new Uint8Array(await answer.arrayBuffer()),
    cMapUrl: `${home}cmaps/`, standardFontDataUrl: `${home}standard_fonts/`, wasmUrl: `${home}wasm/`, iccUrl: `${home}iccs/`,
    useWorkerFetch: false, useSystemFonts: false, enableXfa: false,
  }).promise;
  box.hidden = false;
  await new View(pdfjs, opened, document.getElementById("text").textContent).draw();
}

start().catch(() => { box.hidden = true; });
