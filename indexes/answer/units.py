"""What can be quoted from a passage: sentences, items of a list with their lead, rows of a table with their header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexes.sentences import sentence_spans

_MARK = re.compile(r"(?:\((\d{1,3}[a-z]?)\)|\d{1,3}(?:\.\d{1,3})+\.?|\d{1,2}[.)]|[a-z]\)|[•●▪–-])\s+")
_CELL = " | "
_CLOSED = (".", "!", "?", "…", ".“", ".)", ".”")
_LONGEST_HEADING = 45
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that can be quoted: `text[start:end]` of its passage; `shown` is how it reads on its own.

    `about` is what stands above it in the passage and says what it is about, `lead` the part of it that an item of a
    list goes on from, `subsection` the Absatz it stands in.
    """

    start: int
    end: int
    shown: str
    about: str = ""
    lead: str = ""
    subsection: str | None = None
    is_row: bool = False


@dataclass(slots=True)
class _Above:
    """What the lines so far say about those that follow."""

    heading: str = ""
    lead: str = ""
    header: Sequence[str] = ()
    subsection: str | None = None
    in_list: bool = field(default=False)


def units(text: str) -> list[Unit]:
    """Every unit of a passage's text, in reading order."""
    above, found = _Above(), list[Unit]()
    lines = [(match.start(), match.end()) for match in re.finditer(r"[^\n]+", text)]
    for place, (start, end) in enumerate(lines):
        line = text[start:end]
        following = text[slice(*lines[place + 1])] if place + 1 < len(lines) else ""
        found += _row(above, start, line) if _CELL in line else _prose(above, start, line, following)
    return [unit for unit in found if len(re.findall(r"\w+", unit.shown)) >= _SHORTEST]


def _row(above: _Above, start: int, line: str) -> list[Unit]:
    """The first row of a table is its header; each later one is read with it."""
    cells = [cell.strip() for cell in line.split(_CELL.strip())]
    if len(cells) != len(above.header):
        above.header = cells
        return []
    pairs = [(name, cell) for name, cell in zip(above.header, cells, strict=True) if cell]
    shown = "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs)
    return [
        Unit(start, start + len(line), shown, _joined(above.heading, above.lead), "", above.subsection, is_row=True)
    ]


def _prose(above: _Above, start: int, line: str, following: str) -> Iterator[Unit]:
    above.header = ()
    mark = _MARK.match(line)
    if mark and mark[1]:
        above.subsection, above.lead, above.in_list = mark[1], "", False
    begin = mark.end() if mark else 0
    if not line[begin:].strip(" -_=*"):
        return
    is_item = above.in_list or bool(above.lead and (mark or line.endswith(",")))
    is_open = not line.rstrip().endswith(_CLOSED)
    if _is_heading(line[begin:].strip(), following, is_item=is_item, is_open=is_open):
        above.heading, above.lead, above.in_list = line[begin:].strip(), "", False
        return
    is_lead = not is_item and is_open and _leads(following)
    spans = list(sentence_spans(line[begin:]))
    for first, last in spans[:-1] if is_lead else spans:
        shown = line[begin + first : begin + last]
        lead = above.lead if is_item else ""
        yield Unit(
            start + begin + first, start + begin + last, shown, _joined(above.heading, lead), lead, above.subsection
        )
    _look_ahead(above, line[begin:].strip(), following, is_item=is_item, is_lead=is_lead)


def _is_heading(line: str, following: str, *, is_item: bool, is_open: bool) -> bool:
    """A short line without an end above one that has an end."""
    is_short = len(line) <= _LONGEST_HEADING and not line.endswith((",", ";", ":"))
    return is_open and is_short and not is_item and following.rstrip().endswith(_CLOSED) and _CELL not in following


def _leads(following: str) -> bool:
    """Whether an unfinished line goes on as a list or a table."""
    return bool(_CELL in following or following.rstrip().endswith((",", ";")) or _MARK.match(following))


def _look_ahead(above: _Above, line: str, following: str, *, is_item: bool, is_lead: bool) -> None:
    """Decide what this line is to the next one: lead of a list or table, item before another, or nothing."""
    is_open = not line.endswith(_CLOSED)
    above.in_list = is_item and is_open and line.endswith((",", ";", "oder", "und"))
    if is_item:
        above.lead = above.lead if is_open or _MARK.match(following) else ""
    else:
        above.lead = re.split(r"(?<=[.!?])\s+", line)[-1] if is_lead else ""


def _joined(*parts: str) -> str:
    return " – ".join(part for part in parts if part)
