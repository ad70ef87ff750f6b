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
    """Everything that was measured, to stand between the marks of docs/performance.md."""
    return "\n".join([*head(), *(line for size in sorted(figures, key=int) for line in part(size, figures[size]))])


def head() -> Iterator[str]:
    """When and on what it was measured."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    yield f"Gemessen am {datetime.now(UTC):%d.%m.%Y} auf {processor()}, {os.cpu_count()} Kerne, {memory_gb:.0f} GB,"
    yield f"Python {platform.python_version()}."


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
