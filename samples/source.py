"""The readable form of a sample document: a head of `key: value` lines, then a small subset of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal

TEXTS = Path(__file__).parent / "texte"
SUFFIX = ".quelle"  # not .md: whoever adds the whole folder must not get every document twice

Kind = Literal["heading", "text", "bullets", "numbers", "table", "note"]


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list, table or speaker's note."""

    kind: Kind
    text: str = ""
    level: int = 0
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One text and the files that are made of it."""

    title: str
    files: tuple[str, ...]
    issued: datetime
    office: str
    head: dict[str, str]
    blocks: tuple[Block, ...]

    @property
    def strings(self) -> Iterator[str]:
        """Everything a reader of the document can see, piece by piece."""
        yield self.title
        for block in self.blocks:
            yield from (block.text, *block.items, *(cell for row in block.rows for cell in row))


def read_source(path: Path) -> Source:
    """Raises: KeyError when the head lacks titel, dateien, stand or amt."""
    head_text, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    head = dict(line.split(": ", 1) for line in head_text.splitlines())
    issued = datetime.fromisoformat(head["stand"])
    return Source(
        title=head["titel"],
        files=tuple(head["dateien"].split(", ")),
        issued=issued if issued.tzinfo else issued.replace(hour=9, tzinfo=UTC),
        office=head["amt"],
        head=head,
        blocks=tuple(_blocks(body)),
    )


def read_sources() -> list[Source]:
    """All sources, in the order of their paths."""
    return [read_source(path) for path in sorted(TEXTS.rglob(f"*{SUFFIX}"))]


def _line_kind(line: str) -> Kind | Literal["blank"]:
    starts: tuple[tuple[str, Kind], ...] = (
        (r"#{1,4} ", "heading"),
        (r"- ", "bullets"),
        (r"\d+\. ", "numbers"),
        (r"\|", "table"),
        (r"> ", "note"),
    )
    if not line.strip():
        return "blank"
    return next((kind for pattern, kind in starts if re.match(pattern, line)), "text")


def _blocks(body: str) -> Iterator[Block]:
    for kind, group in groupby(body.splitlines(), key=_line_kind):
        lines = list(group)
        if kind in ("bullets", "numbers"):
            yield Block(kind, items=tuple(line.split(" ", 1)[1] for line in lines))
        elif kind == "table":
            yield Block(kind, rows=tuple(_cells(line) for line in lines))
        elif kind == "heading":
            yield from (Block(kind, line.split(" ", 1)[1], level=line.index(" ")) for line in lines)
        elif kind != "blank":
            yield from (Block(kind, line.removeprefix("> ")) for line in lines)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
