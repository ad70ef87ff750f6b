"""The figures as a page that people can read, with the machine they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.bench.bench_embedder import processor

Figures = dict[str, Any]


def german(value: float, digits: int = 1) -> str:
    """A number as people here write it."""
    return f"{value:,.{digits}f}".replace(",", " ").replace(".", ",")


def page(figures: Figures) -> str:
    """The whole page."""
    parts = (line for size in sorted(figures, key=int) for line in part(size, figures[size]))
    return "\n".join([*head(), TARGETS.rstrip(), *parts]) + "\n"


def head() -> Iterator[str]:
    """What was measured where, and how to do it again."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    yield "# Wie schnell"
    yield ""
    yield f"Gemessen am {datetime.now(UTC):%d.%m.%Y} auf {processor()}, {os.cpu_count()} Kerne, {memory_gb:.0f} GB,"
    yield f"Python {platform.python_version()}. **Die Kerne waren mit anderer Arbeit geteilt** (Last siehe unten): die"
    yield "absoluten Zahlen sind darum zu hoch und schwanken; vergleichbar sind die Verhältnisse"
    yield "innerhalb eines Laufs und"
    yield "die Prozessorzeit. Neu erzeugt mit"
    yield ""
    yield "```sh"
    yield "tests/bench/peers.sh   # einmal: die anderen Bibliotheken, in eigener Umgebung unter var/bench"
    yield ".venv/bin/python tests/bench/bench_scale.py --passages 20000"
    yield "```"


TARGETS = """
## Ziele und Stand

| Ziel (zwei freie Kerne) | Stand |
|---|---|
| 165 000 Passagen: p95 ≤ 15 ms, ≥ 200 Suchen/s mit zwei Prozessen | schon bei 10 000 verfehlt, siehe unten |
| eine Million: p95 ≤ 45 ms, ≤ 2,5 GB je Prozess | noch nicht gemessen |
| vom Text zur Suche ≥ 1 200 Passagen/s | nicht erreicht: Zeilen und Wortindex kosten mehr als das Modell |
| 10 000 unveränderte Dateien ≤ 5 s | hochgerechnet aus der Zeile „unverändert“ erreicht |
| eine neue Datei ≤ 2 s nach dem Lesen suchbar | erreicht bei der unten genannten Größe |
| schneller als jede andere in jeder Spalte | außer txtai, das schneller antwortet und dabei weniger findet |

## Welcher Vektorindex

Gemessen am 25.11.2026 mit 164 831 echten Passagen (512 Dimensionen) und 299 Fragen aus Ratsanfragen, ein geteilter
Kern; „gefunden“ gegen den Vergleich mit allen Vektoren, nach genauem Nachrechnen der Vorschläge:

| | ms je Frage | von 10 gefunden | von 50 | von 200 | Bau |
|---|---|---|---|---|---|
| fp16, alle verglichen | 23,5 | 1 | 1 | 1 | 0 s |
| **Bits um den Mittelwert, 2 000 Vorschläge** | 2,7 | 0,997 | 0,983 | 0,927 | 0 s |
| Bits um den Mittelwert, 4 000 Vorschläge | 9,2 | 0,999 | 0,994 | 0,972 | 0 s |
| Bits von 256 Dimensionen, 2 000 Vorschläge | 3,6 | 0,949 | 0,875 | 0,749 | 0 s |
| RaBitQ FastScan, 1 000 Vorschläge | 3,8 | 1,000 | 0,997 | 0,970 | 1 s |
| IVF1024,PQ64x4fs, nprobe 128, 1 000 Vorschläge | 1,4 | 0,961 | 0,921 | 0,818 | 54 s |
| IVF1024, fp16, nprobe 128 | 2,8 | 0,972 | 0,964 | 0,948 | 40 s |

Gewählt sind Bits: kein Training, eingeblendet statt geladen, mit jedem Filter durchsuchbar. Ab 20 000 Passagen je
Segment; jedes misst beim Bau an eigenen Passagen, wie viele Vorschläge es braucht, und lässt die Bits weg, wo sie zu
viel übersehen. Filter, die wenig zulassen (20 000 Passagen oder jede fünfzigste), werden immer genau beantwortet.
"""


def part(size: str, own: Figures) -> Iterator[str]:
    """Everything about one size."""
    yield ""
    yield f"## {german(int(size), 0)} Passagen"
    yield ""
    yield f"Last der Maschine zu Beginn: {german(own['load'])} auf {os.cpu_count()} Kernen."
    if "filling" in own:
        yield from filling(own["filling"])
    yield from asking(own["asking"])
    if own.get("peers"):
        yield from peers(own["peers"])


def filling(found: Figures) -> Iterator[str]:
    """From text to searchable."""
    laps, chunks = found["laps"], found["chunks"]
    bare = found["bare_texts"] / laps["bare"]["processor_s"]
    own = chunks / (laps["reading"]["processor_s"] + laps["index"]["processor_s"])
    yield ""
    yield "### Vom Text zur Suche"
    yield ""
    yield "| Schritt | Uhr | Prozessor |"
    yield "|---|---|---|"
    names = {
        "intake": f"{found['files']} Dateien annehmen (Original gesichert)",
        "reading": f"zu {chunks} Passagen machen, einbetten, speichern",
        "index": "Index bauen, prüfen, scharf schalten",
        "unchanged": "dieselben Dateien noch einmal, unverändert",
        "one_more": "eine weitere Datei suchbar machen",
        "bare": f"zum Vergleich: nur einbetten, {found['bare_texts']} Texte",
    }
    for key, name in names.items():
        yield f"| {name} | {german(laps[key]['wall_s'])} s | {german(laps[key]['processor_s'])} s |"
    yield ""
    yield f"Je Sekunde Prozessor {german(own, 0)} Passagen vom Text zur Suche, gegen {german(bare, 0)}"
    yield "beim bloßen Einbetten"
    yield f"(Verhältnis {german(own / bare, 2)}). Größter Speicher {found['peak_mb']} MB, Datenbank"
    yield f"{found['database_mb']} MB,"
    yield f"Index {found['index_mb']} MB."


def asking(found: Figures) -> Iterator[str]:
    """Searches over HTTP."""
    yield ""
    yield "### Suche über HTTP"
    yield ""
    yield "Lauter verschiedene Fragen, gemerkte Antworten abgeschaltet; Lasterzeuger auf denselben"
    yield "Kernen. „Leer“ ist ein Weg"
    yield "desselben Servers, der nur gleich viele Bytes zurückgibt; „Prozessor“ ist dessen Zeit je Suche."
    yield ""
    yield "| Prozesse | Anfragende | Suchen/s | p50 | p95 | p99 | Prozessor | Fehler | Leer/s | Leer p50 | Faktor |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for workers in ("1", "2"):
        for row in found[workers]["rows"]:
            search, empty = row["search"], row["empty"]
            cells = [workers, str(search["clients"]), german(search["per_second"])]
            cells += [f"{german(search[key])} ms" for key in ("p50", "p95", "p99", "processor_ms")]
            cells += [str(search["failed"]), german(empty["per_second"], 0), f"{german(empty['p50'])} ms"]
            yield f"| {' | '.join([*cells, german(search['p50'] / max(empty['p50'], 0.01))])} |"
    known = found["remembered"]
    yield ""
    yield f"Gemerkte Antworten (zwei Prozesse, 8 Anfragende): {german(known['per_second'])} je Sekunde, p95"
    yield f"{german(known['p95'])} ms. Speicher je Prozess, eingeblendete Dateien mitgezählt:"
    yield f"{found['1']['resident_mb']} MB."
    rows = [
        (f"{workers} Prozess(e), {row['search']['clients']} Anfragende", row["search"]["p95"])
        for workers in ("1", "2")
        for row in found[workers]["rows"]
    ]
    yield ""
    yield bars("p95 der Suche in ms", rows)


def peers(found: Figures) -> Iterator[str]:
    """Beside other libraries."""
    yield ""
    yield "### Neben anderen"
    yield ""
    yield "Dieselben Passagen, dieselben fertigen Vektoren, dieselben Fragen; nur die Vektorsuche, hundert Treffer, ein"
    yield "Aufruf nach dem anderen. „Gefunden“ ist der Anteil der zehn wirklich nächsten Passagen."
    yield ""
    yield "| | Bauen | davon Prozessor | p50 | p95 | Speicher | gefunden |"
    yield "|---|---|---|---|---|---|---|"
    for name, row in found.items():
        times = f"{german(row['build_s'])} s | {german(row['build_processor_s'])} s | {german(row['p50'], 2)} ms"
        yield f"| {name} | {times} | {german(row['p95'], 2)} ms | {row['mb']} MB | {german(100 * row['overlap'])} % |"


def bars(title: str, rows: list[tuple[str, float]]) -> str:
    """A plot that needs no library, drawn with letters: it shows wherever the page is read."""
    longest = max(value for _, value in rows) or 1
    lines = [f"{name:<28} {'█' * max(1, round(40 * value / longest))} {german(value)}" for name, value in rows]
    return "\n".join(["```text", title, *lines, "```"])
