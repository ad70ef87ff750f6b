"""Judges reading by real files whose text is known: `python -m quality.reading FOLDER`.

The folder has a `manifest.jsonl` (path, scan, reference) and beside each file the text that stands in it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import pypdfium2
from rapidfuzz.distance import Levenshtein

from catalogue.errors import BadInput, StadtwissenError, Unreadable
from indexes.embedder import load_embedder
from ingest.chunk import ChunkDraft, CountTokens, chunk_elements
from ingest.parse.element import Parsed
from ingest.parse.room import ParserPool

_SECTION: Final[re.Pattern[str]] = re.compile(r"^§\s*(\d+)\s?([a-z]?)\.?(?:\s+(.+))?$")
_TITLE: Final[re.Pattern[str]] = re.compile(r"^(?!Abs\b|Absatz\b|Satz\b|Nr\b)[A-ZÄÖÜ].{2,99}$")
# What the references of the shared documents put in front of the text.
_PREAMBLE: Final[str] = "CONTENT"
_BELOW_CHARS: Final[int] = 30


@dataclass(frozen=True, slots=True)
class Known:
    """A file and the text that stands in it."""

    path: Path
    scan: bool
    reference: str


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A heading as the page shows it, and how the text below it begins."""

    heading: str
    below: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well one file was read; `error_rate` for scans, `headed` of `sections` for files with text."""

    name: str
    scan: bool
    error_rate: float = 0.0
    sections: int = 0
    headed: int = 0
    missed: tuple[str, ...] = ()


def read_manifest(folder: Path) -> list[Known]:
    """The files whose text is known.

    Raises: BadInput when the folder has no manifest.
    """
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        raise BadInput(f"In „{folder}“ fehlt manifest.jsonl.", "Bitte den Ordner mit den Prüfdokumenten angeben.")
    entries = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    return [
        Known(folder / entry["path"], bool(entry["scan"]), (folder / entry["reference"]).read_text("utf-8"))
        for entry in entries
        if entry.get("reference")
    ]


def error_rate(read: str, reference: str) -> float:
    """Edit distance per character of the reference, white space and case folded."""
    wanted = folded(reference.partition(_PREAMBLE)[2] or reference)
    return Levenshtein.distance(folded(read), wanted) / max(1, len(wanted))


def folded(text: str) -> str:
    """The text without white space and without a difference between upper and lower case."""
    return "".join(text.split()).casefold()


def section_lines(path: Path) -> list[SectionLine]:
    """The lines "§ n Titel" of a PDF with text, as plain pdfium hands them out; the title may be on the next line."""
    with pypdfium2.PdfDocument(path) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    lines = [" ".join(line.split()) for text in texts for line in text.splitlines() if line.strip()]
    return list(_sections(lines))


def _sections(lines: Sequence[str]) -> Iterator[SectionLine]:
    for place, line in enumerate(lines[:-2]):
        found = _SECTION.match(line)
        if found is None:
            continue
        title, below = (found[3], lines[place + 1]) if found[3] else (lines[place + 1], lines[place + 2])
        if _TITLE.match(title) and not title.endswith((".", ",", ";", ":")):
            yield SectionLine(f"§ {found[1]}{found[2]} {title}", below)


def is_headed(section: SectionLine, passages: Sequence[ChunkDraft]) -> bool:
    """Whether the passage that holds the text below the line has the line among its headings."""
    below, heading = folded(section.below)[:_BELOW_CHARS], folded(section.heading)
    return any(
        below in folded(passage.text) and heading in {folded(above) for above in passage.headings}
        for passage in passages
    )


def judge(known: Known, parsed: Parsed, count_tokens: CountTokens) -> Verdict:
    """Compare what was read with what stands there."""
    if known.scan:
        read = "\n".join(element.text for element in parsed.elements)
        return Verdict(known.path.name, scan=True, error_rate=error_rate(read, known.reference))
    passages = chunk_elements(parsed, count_tokens=count_tokens)
    sections = section_lines(known.path)
    missed = tuple(section.heading for section in sections if not is_headed(section, passages))
    headed = len(sections) - len(missed)
    return Verdict(known.path.name, scan=False, sections=len(sections), headed=headed, missed=missed)


def judge_all(folder: Path) -> list[Verdict]:
    """Read every known file as the product does, in closed rooms.

    Raises: BadInput without a manifest; Unreadable when a file is refused.
    """
    known = read_manifest(folder)
    count_tokens = load_embedder("schnell").count_tokens
    verdicts = []
    with ParserPool(2) as pool:
        files = [(item.path, item.path.name) for item in known]
        for item, (_, outcome) in zip(known, pool.map(files), strict=True):
            if isinstance(outcome, Unreadable):
                raise outcome
            verdicts.append(judge(item, outcome, count_tokens))
    return verdicts


def table(verdicts: Sequence[Verdict]) -> str:
    """The figures as Markdown."""
    scans = sorted((item for item in verdicts if item.scan), key=lambda item: item.error_rate)
    texts = [item for item in verdicts if item.sections]
    headed, sections = sum(item.headed for item in texts), sum(item.sections for item in texts)
    lines = ["| Scan | Zeichenfehler |", "|---|---|"]
    lines += [f"| {item.name} | {_percent(item.error_rate)} |" for item in scans]
    lines += [f"| **Median von {len(scans)}** | **{_percent(median(item.error_rate for item in scans))}** |"] * bool(
        scans
    )
    lines += ["", "| Text-PDF | Zeilen „§ n Titel“ | davon Überschrift der Passage darunter |", "|---|---|---|"]
    lines += [f"| {item.name} | {item.sections} | {item.headed} |" for item in texts]
    lines += [f"| **zusammen** | **{sections}** | **{headed} ({_percent(headed / max(1, sections))})** |"]
    lines += [f"\nNicht als Überschrift: {name}" for item in texts for name in item.missed]
    return "\n".join(lines)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    try:
        print(table(judge_all(Path(arguments[0] if arguments else "../shared/data/documents"))))
    except StadtwissenError as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
