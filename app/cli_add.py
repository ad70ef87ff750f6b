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

from app.adding import FileReport, Report, describe, see_through, summarise, take_in
from app.cli import INTERRUPTED
from app.cli_progress import Meter
from app.settings import read_settings
from app.wiring import Archive, open_archive
from ingest.intake import Accepted, Outcome
from ingest.retry import retry_failed

OUTCOMES: dict[Outcome, str] = {
    "new": "neu",
    "changed": "geändert",
    "unchanged": "unverändert",
    "restored": "wieder da",
    "retried": "noch einmal gelesen",
    "removed": "entfernt",
}
SHOWN = 50
STOPPED = (
    "Abgebrochen. Was schon angenommen ist, bleibt: derselbe Befehl noch einmal macht weiter, "
    "„stadtwissen work --once“ liest nur das Angenommene."
)


def add(chosen: argparse.Namespace) -> int:
    """Take files and folders in, wait until they can be found, and say what became of each."""
    with closing(open_archive(read_settings())) as opened:
        arriving = take_in(opened, chosen.department, chosen.collection, chosen.paths, verify=chosen.verify)
        return carry_out(opened, arriving, chosen.report)


def retry(chosen: argparse.Namespace) -> int:
    """Read what failed once more."""
    with closing(open_archive(read_settings())) as opened:
        return carry_out(opened, retry_failed(opened.sessions, opened.tenant_id, chosen.code), chosen.report)


def carry_out(opened: Archive, arriving: Iterable[Accepted], report_path: Path | None) -> int:
    """See files through, and say what became of each; 1 if any failed."""
    try:
        accepted = gather(arriving)
        if any(item.outcome not in {"unchanged", "refused"} for item in accepted):
            watch(opened)
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return INTERRUPTED
    report = summarise(opened, accepted)
    show(report)
    if report_path:
        write_report(report_path, report, describe(opened, accepted))
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
    """Tell how much is left to be read until nothing is."""
    with Meter(Console(stderr=True)) as meter:
        for standing in see_through(opened, meter.pages, meter.learns):
            meter.tell(standing)


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


def write_report(path: Path, report: Report, files: Sequence[FileReport]) -> None:
    """Write what became of every file, for other programs."""
    plain = {**asdict(report), "files": [asdict(file) for file in files]}
    path.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", "utf-8")
