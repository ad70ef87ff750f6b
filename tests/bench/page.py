"""The figures as a page that people can read, with the machine they were measured on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.bench.bench_embedder import processor
from tests.bench.german import german
from tests.bench.plot import bar_chart

Figures = dict[str, Any]

SIZE = re.compile(r"^## ([\d\s]+?) Passagen$", re.MULTILINE)
WORKERS = {"1": "1 Prozess", "2": "2 Prozesse"}
WITH_WORKERS = {"1": "einem Prozess", "2": "zweien"}
SEARCH, PEERS = "suche", "andere"
ALT = {
    SEARCH: "Balken: Antwortzeit in der Mitte, im 95. und im 99. Perzentil je Zahl der Prozesse und der Anfragenden",
    PEERS: "Balken: Antwortzeit und Bauzeit je Bibliothek",
}
"""What each picture shows, for those who cannot see it; its figures stand in the table above it."""


def page(figures: Figures, before: str = "") -> str:
    """Everything that was measured, to stand between the marks of docs/performance.md; other sizes stay as `before`."""
    sizes = list(SIZE.finditer(before))
    ends = [*(one.start() for one in sizes[1:]), len(before)]
    parts = {digits(one[1]): before[one.start() : end].strip() for one, end in zip(sizes, ends, strict=False)}
    parts |= {int(size): "\n".join(part(size, own)).strip() for size, own in figures.items()}
    return "\n\n".join(parts[size] for size in sorted(parts))


def digits(number: str) -> int:
    """A number as `german` writes it."""
    return int("".join(number.split()))


def machine() -> str:
    """When and on what is measured."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"Gemessen am {datetime.now(UTC):%d.%m.%Y} auf {processor()}, {os.cpu_count()} Kerne, {memory_gb:.0f} GB,\n"
        f"Python {platform.python_version()}."
    )


def part(size: str, own: Figures) -> Iterator[str]:
    """Everything about one size."""
    yield ""
    yield f"## {german(int(size), 0)} Passagen"
    yield ""
    yield own["machine"]
    yield f"Last der Maschine zu Beginn: {german(own['load'])} auf {os.cpu_count()} Kernen."
    if "filling" in own:
        yield from filling(own["filling"])
    yield from asking(own["asking"])
    yield from shown(size, SEARCH)
    yield from rebuilding(own["asking"].get("rebuild", []))
    if own.get("peers"):
        yield from peers(own["peers"])
        yield from shown(size, PEERS)


def shown(size: str, name: str) -> Iterator[str]:
    """Where a picture is."""
    yield ""
    yield f"![{ALT[name]}](bilder/{name}-{size}.svg)"


def pictures(figures: Figures) -> dict[str, str]:
    """What the page shows, as SVG: the name of each file and what is to stand in it."""
    drawn = {}
    for size, own in figures.items():
        passages = f"{german(int(size), 0)} Passagen"
        drawn[f"{SEARCH}-{size}.svg"] = search_chart(own["asking"], f"Suche über HTTP, {passages}")
        if own.get("peers"):
            drawn[f"{PEERS}-{size}.svg"] = peers_chart(own["peers"], f"Neben anderen, {passages}")
    return drawn


def search_chart(found: Figures, title: str) -> str:
    """How long searches take, by processes and clients."""
    rows = [(workers, row["search"]) for workers in WORKERS for row in found[workers]["rows"]]
    groups = [f"{WORKERS[workers]}, {row['clients']} zugleich" for workers, row in rows]
    return bar_chart(title, {key: [row[key] for _, row in rows] for key in ("p50", "p95", "p99")}, groups, "ms")


def peers_chart(found: Figures, title: str) -> str:
    """How long each library takes to answer and to build."""
    rows = {name: row for name, row in found.items() if "build_s" in row}
    values = {key: [row[key] for row in rows.values()] for key in ("p50", "p95")}
    built = [1000 * row["build_s"] for row in rows.values()]
    return bar_chart(title, values | {"Bauen": built}, list(rows), "ms")


def filling(found: Figures) -> Iterator[str]:
    """From text to searchable."""
    laps, chunks = found["laps"], found["chunks"]
    yield ""
    yield "### Vom Text zur Suche"
    yield ""
    yield "| Schritt | Uhr | Prozessor |"
    yield "|---|---|---|"
    names = {
        "intake": f"{found['files']} Dateien annehmen (Original gesichert)",
        "reading": f"zu {chunks} Passagen machen, einbetten, speichern",
        "index": "Index bauen, prüfen, scharf schalten",
        "learning": "danach aus den Passagen lernen, Index damit neu bauen",
        "unchanged": "dieselben Dateien noch einmal, unverändert",
        "one_more": "eine weitere Datei suchbar machen",
        "bare": f"zum Vergleich: nur einbetten, {found['bare_texts']} Texte",
    }
    for key, name in names.items():
        if key not in laps:  # of an earlier run
            continue
        yield f"| {name} | {german(laps[key]['wall_s'])} s | {german(laps[key]['processor_s'])} s |"
    yield ""
    yield "Passagen je Sekunde, alle beteiligten Prozesse gezählt:"
    yield ""
    yield "| | vom Text zur Suche | nur einbetten | Verhältnis |"
    yield "|---|---|---|---|"
    for key, name in {"wall_s": "nach der Uhr", "processor_s": "nach Prozessorzeit"}.items():
        own = chunks / max(laps["reading"][key] + laps["index"][key], 0.01)
        bare = found["bare_texts"] / max(laps["bare"][key], 0.01)
        yield f"| {name} | {german(own, 0)} | {german(bare, 0)} | {german(own / bare, 2)} |"
    yield ""
    others = f" (größter weiterer Prozess {found['peak_others_mb']} MB)" if found.get("peak_others_mb") else ""
    yield f"Größter Speicher {found['peak_mb']} MB{others}, Datenbank {found['database_mb']} MB,"
    yield f"Index {found['index_mb']} MB."


def asking(found: Figures) -> Iterator[str]:
    """Searches over HTTP."""
    yield ""
    yield "### Suche über HTTP"
    yield ""
    yield "Lauter verschiedene Fragen, gemerkte Antworten abgeschaltet; Lasterzeuger auf denselben"
    yield "Kernen. Die Zeilen stellen dieselben Fragen: Passagen, die der Dienst gelesen hat, kennt er danach noch."
    yield "„Leer“ ist ein Weg"
    yield "desselben Servers, der nur gleich viele Bytes zurückgibt; „Prozessor“ ist dessen Zeit je Suche."
    yield ""
    yield "| Prozesse | Anfragende | Suchen/s | p50 | p95 | p99 | Prozessor | Fehler | Leer/s | Leer p50 | Faktor |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for workers in WORKERS:
        for row in found[workers]["rows"]:
            search, empty = row["search"], row["empty"]
            cells = [workers, str(search["clients"]), german(search["per_second"])]
            cells += [f"{german(search[key])} ms" for key in ("p50", "p95", "p99", "processor_ms")]
            cells += [str(search["failed"]), german(empty["per_second"], 0), f"{german(empty['p50'])} ms"]
            yield f"| {' | '.join([*cells, german(search['p50'] / max(empty['p50'], 0.01))])} |"
    known = found["remembered"]
    yield ""
    yield f"Gemerkte Antworten (zwei Prozesse, 8 Anfragende): {german(known['per_second'])} je Sekunde, p95"
    yield f"{german(known['p95'])} ms."
    yield from memory(found)


def memory(found: Figures) -> Iterator[str]:
    """What a process that answers has in memory."""
    yield ""
    yield "Speicher je Prozess, eingeblendete Dateien mitgezählt:"
    sizes = ", ".join(f"{found[workers]['resident_mb']} MB bei {name}" for workers, name in WITH_WORKERS.items())
    yield f"{sizes}."
    if "bare_mb" in found:
        yield f"Programm und Modell allein: {found['bare_mb']} MB; dazu kommen Index, gelernte Wörter und Gemerktes."


def rebuilding(rows: list[Figures]) -> Iterator[str]:
    """Searches while the index of everything is built anew."""
    if not rows:
        return
    yield ""
    yield "### Während alles neu gebaut wird"
    yield ""
    yield "Zwei Prozesse antworten; daneben baut `stadtwissen reindex` den ganzen Index neu. Ziel: p99 höchstens das"
    yield "Dreifache, langsamste unter 1 s, keine fehlgeschlagen. „Faktor“ ist das p99 gegen das davor;"
    yield "„währenddessen“ reicht vom Start des Befehls bis 3 s nach seinem Ende, den Wechsel also eingeschlossen."
    yield ""
    yield "| Anfragende | wann | Dauer | Suchen/s | p50 | p99 | langsamste | fehlgeschlagen | Faktor |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        for key, name in {"before": "davor", "during": "währenddessen", "after": "danach"}.items():
            one = row[key]
            cells = [str(row["clients"]), name, f"{german(one['seconds'])} s", german(one["per_second"])]
            cells += [f"{german(one[time])} ms" for time in ("p50", "p99", "slowest")]
            cells += [f"{one['failed']} von {one['answers']}", german(one["p99"] / row["before"]["p99"])]
            yield f"| {' | '.join(cells)} |"
    yield ""
    yield f"Der Neubau dauerte {' und '.join(german(row['rebuild_s']) for row in rows)} s."


def peers(found: Figures) -> Iterator[str]:
    """Beside other libraries."""
    yield ""
    yield "### Neben anderen"
    yield ""
    yield "Dieselben Passagen, dieselben fertigen Vektoren, dieselben Fragen; nur die Vektorsuche, hundert Treffer, ein"
    yield "Aufruf nach dem anderen. „Gefunden“ ist der Anteil der zehn wirklich nächsten Passagen. nDCG@10 (mit"
    yield "95-%-Bereich) an beurteilten Anfragen aus dem Rat, deren Antworten zwischen den übrigen Passagen liegen."
    yield "„Wörter und Bedeutung“ ist die ganze Rangfolge, mit der der Dienst antwortet, vom Text der Frage an."
    yield ""
    yield "| | Bauen | davon Prozessor | p50 | p95 | Speicher | gefunden | nDCG@10 |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, row in found.items():
        yield f"| {' | '.join([name, *peer_cells(row)])} |"


def peer_cells(row: Figures) -> Iterator[str]:
    """What one library showed; a stroke where nothing was measured."""
    for key, digits, unit in (("build_s", 1, "s"), ("build_processor_s", 1, "s"), ("p50", 2, "ms"), ("p95", 2, "ms")):
        yield f"{german(row[key], digits)} {unit}" if key in row else "–"
    yield f"{row['mb']} MB" if "mb" in row else "–"
    yield f"{german(100 * row['overlap'])} %" if "overlap" in row else "–"
    mean, low, high = (german(one, 3) for one in row["ndcg"])
    yield f"{mean} ({low}–{high})"
