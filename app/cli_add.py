"""The command that takes files in."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.adding import Report, see_through, summarise, take_in
from app.settings import read_settings
from app.wiring import Archive, open_archive
from ingest.intake import Accepted, Outcome

OUTCOMES: dict[Outcome, str] = {
    "new": "neu",
    "changed": "geändert",
    "unchanged": "unverändert",
    "restored": "wieder da",
    "retried": "noch einmal gelesen",
    "removed": "entfernt",
}
SHOWN = 50


def add(chosen: argparse.Namespace) -> int:
    """Take files and folders in, wait until they can be found, and say what became of each."""
    with closing(open_archive(read_settings())) as opened:
        accepted = gather(take_in(opened, chosen.department, chosen.collection, chosen.paths, verify=chosen.verify))
        if any(item.outcome not in {"unchanged", "refused"} for item in accepted):
            watch(opened)
        report = summarise(opened, accepted)
    show(report)
    if chosen.report:
        write_report(chosen.report, accepted, report)
    return int(bool(report.failures))


def bar() -> Progress:
    """A progress bar on the standard error; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def gather(arriving: Iterable[Accepted]) -> list[Accepted]:
    """Count files as they come in."""
    accepted: list[Accepted] = []
    with bar() as progress:
        task = progress.add_task("Annehmen", total=None)
        for item in arriving:
            accepted.append(item)
            progress.update(task, completed=len(accepted))
    return accepted


def watch(opened: Archive) -> None:
    """Draw how much is left to be read."""
    with bar() as progress:
        task = progress.add_task("Einlesen", total=None)
        most = 0
        for left in see_through(opened):
            most = max(most, left)
            progress.update(task, total=most, completed=most - left)


def show(report: Report) -> None:
    """Print what became of the files, then those that failed with what to do about them."""
    console = Console(width=None if sys.stdout.isatty() else 120, soft_wrap=False)
    counts = Table("Ergebnis", "Dateien")
    for outcome, name in OUTCOMES.items():
        if report.counts.get(outcome):
            counts.add_row(name, str(report.counts[outcome]))
    counts.add_row("fehlgeschlagen", str(len(report.failures)))
    console.print(counts)
    if report.failures:
        console.print(
            listing(
                ("Fehlgeschlagen", "Grund"), [(item.source, f"{item.text} {item.hint}") for item in report.failures]
            )
        )
    if report.warnings:
        console.print(listing(("Mit Vorbehalt", "Hinweis"), report.warnings))


def listing(titles: Sequence[str], rows: Sequence[tuple[str, str]]) -> Table:
    """A table of texts that are nobody's markup; long lists end with how much was left out."""
    table = Table(*titles)
    for row in rows[:SHOWN]:
        table.add_row(*map(Text, row))
    if len(rows) > SHOWN:
        table.add_row("…", f"und {len(rows) - SHOWN} weitere; alle nennt --report DATEI")
    return table


def write_report(path: Path, accepted: Sequence[Accepted], report: Report) -> None:
    """Write what became of every file, for other programs."""
    files = [{"source": item.source, "outcome": item.outcome} for item in accepted]
    path.write_text(json.dumps({**asdict(report), "files": files}, ensure_ascii=False, indent=1) + "\n", "utf-8")
