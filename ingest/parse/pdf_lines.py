"""Segments of a page become lines in reading order, without running headers, footers and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingest.parse.pdf_page import PageText, Segment

_MIN_COLUMN_LINES: Final[int] = 5
_MIN_COLUMN_CHARS: Final[int] = 22
_MIN_GUTTER: Final[float] = 9.0
_FURNITURE_DEPTH: Final[int] = 4
_MARGIN_SHARE: Final[float] = 0.16
_FUZZY_CHARS: Final[int] = 24
_LETTERS: Final[re.Pattern[str]] = re.compile(r"[^a-zäöüß]")
_DIGITS: Final[re.Pattern[str]] = re.compile(r"\d+")
_PAGE_NUMBER: Final[re.Pattern[str]] = re.compile(
    r"^(?:[-–—]?\s*\d{1,4}\s*[-–—]?|(?:Seite|Blatt|S\.)\s*\d{1,4}(?:\s*(?:von|/|\|)\s*\d{1,4})?|\d{1,4}\s*/\s*\d{1,4})$",
    re.IGNORECASE,
)
# "§ 5" at the top of one page and "§ 9" at the top of the next differ only in their digits.
_NEVER_FURNITURE: Final[re.Pattern[str]] = re.compile(
    r"^(?:§|\(\d|Art(?:ikel|\.)|Anlage|Anhang|Abschnitt|Teil|Kapitel)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; `cells` are its parts where it is a table's row, `above` the free space over it in points."""

    text: str
    page: int
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    bold: bool
    cells: tuple[Segment, ...]
    doubtful: bool
    right_margin: float = 0.0
    above: float = 0.0
    fuzzy: bool = False


def lines_of(page: PageText, number: int) -> list[Line]:
    """The page's lines in reading order, column by column where the page is set in columns."""
    result: list[Line] = []
    for block in _blocks(sorted(page.segments, key=lambda segment: -segment.y1)):
        right = _right_margin(block)
        bottom = None
        for row in _rows(block):
            line = _line(row, number)
            above = 99.0 if bottom is None else max(0.0, bottom - line.y1)
            result.append(replace(line, right_margin=right, above=above))
            bottom = line.y0
    return result


def _blocks(segments: list[Segment]) -> list[list[Segment]]:
    """Cut the page into blocks that are read one after the other."""
    gutter = _gutter(segments)
    if gutter is None:
        return [segments] if segments else []
    blocks: list[list[Segment]] = []
    left: list[Segment] = []
    right: list[Segment] = []
    for segment in segments:
        if segment.x0 < gutter < segment.x1:
            blocks += [*_blocks(left), *_blocks(right), [segment]]
            left, right = [], []
        else:
            (left if segment.x1 <= gutter else right).append(segment)
    blocks += [*_blocks(left), *_blocks(right)]
    return _joined(blocks)


def _joined(blocks: list[list[Segment]]) -> list[list[Segment]]:
    """Neighbouring full-width lines belong to one block, or every one of them would start a paragraph."""
    result: list[list[Segment]] = []
    for block in blocks:
        if len(block) == 1 and result and len(result[-1]) < 400 and _stacked(result[-1][-1], block[0]):
            result[-1].append(block[0])
        elif block:
            result.append(list(block))
    return result


def _stacked(upper: Segment, lower: Segment) -> bool:
    return 0 < upper.y1 - lower.y1 < 2.5 * upper.size and abs(upper.x0 - lower.x0) < 3 * upper.size


def _gutter(segments: Sequence[Segment]) -> float | None:
    """The middle of the white strip between two columns of prose; None where there is none, as in a table."""
    if len(segments) < 2 * _MIN_COLUMN_LINES:
        return None
    left_edge, right_edge = min(s.x0 for s in segments), max(s.x1 for s in segments)
    width = right_edge - left_edge
    best: tuple[int, float] | None = None
    for start in {round(s.x0) for s in segments if left_edge + 0.25 * width < s.x0 < left_edge + 0.8 * width}:
        right = [s for s in segments if s.x0 >= start - 2]
        left = [s for s in segments if s.x1 <= start - _MIN_GUTTER]
        crossing = len(segments) - len(left) - len(right)
        if not (_is_prose(left) and _is_prose(right)) or crossing > 0.25 * len(segments):
            continue
        if best is None or crossing < best[0]:
            best = crossing, (max(s.x1 for s in left) + start) / 2
    return None if best is None else best[1]


def _is_prose(segments: Sequence[Segment]) -> bool:
    if len(segments) < _MIN_COLUMN_LINES:
        return False
    return sum(len(s.text) for s in segments) / len(segments) >= _MIN_COLUMN_CHARS


def _rows(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Group what stands on one line; `segments` come from the top down."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: -(s.y0 + s.y1)):
        if rows and _same_line(rows[-1][0], segment):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda s: s.x0) for row in rows]


def _same_line(one: Segment, other: Segment) -> bool:
    overlap = min(one.y1, other.y1) - max(one.y0, other.y0)
    return overlap > 0.5 * min(one.y1 - one.y0, other.y1 - other.y0)


def _line(row: list[Segment], number: int) -> Line:
    widest = max(row, key=lambda s: len(s.text))
    return Line(
        text=" ".join(s.text for s in row),
        page=number,
        x0=row[0].x0,
        x1=row[-1].x1,
        y0=min(s.y0 for s in row),
        y1=max(s.y1 for s in row),
        size=widest.size,
        bold=all(s.bold for s in row),
        cells=tuple(row),
        doubtful=any(s.doubtful for s in row),
    )


def _right_margin(block: Sequence[Segment]) -> float:
    ends = sorted(segment.x1 for segment in block)
    return ends[int(0.9 * (len(ends) - 1))] if ends else 0.0


def without_furniture(
    pages: Sequence[list[Line]], heights: Sequence[float], recognised: frozenset[int] = frozenset()
) -> list[list[Line]]:
    """Drop running headers and footers: what stands at the same edge of most pages, digits aside, and page numbers.

    On the pages that were `recognised` (numbers of pages) the beginning decides: a crest beside it is read differently
    each time.
    """
    pages = (
        [[replace(line, fuzzy=line.page in recognised) for line in lines] for lines in pages] if recognised else pages
    )
    counts: Counter[tuple[str, str]] = Counter()
    for lines, height in zip(pages, heights, strict=True):
        counts.update({_signature(line, height) for line in _edges(lines, height)})
    filled = sum(1 for lines in pages if lines)
    often = max(2, 0.5 * filled)
    kept: list[list[Line]] = []
    for lines, height in zip(pages, heights, strict=True):
        edges = {id(line) for line in _edges(lines, height)}
        kept.append([line for line in lines if not _is_furniture(line, height, id(line) in edges, counts, often)])
    return kept


def _is_furniture(line: Line, height: float, at_edge: bool, counts: Counter[tuple[str, str]], often: float) -> bool:
    if not at_edge or _NEVER_FURNITURE.match(line.text):
        return False
    return bool(_PAGE_NUMBER.match(line.text)) or counts[_signature(line, height)] >= often


def _edges(lines: Sequence[Line], height: float) -> list[Line]:
    ordered = sorted(lines, key=lambda line: -line.y1)
    top = [line for line in ordered[:_FURNITURE_DEPTH] if line.y0 > (1 - _MARGIN_SHARE) * height]
    return top + [line for line in ordered[-_FURNITURE_DEPTH:] if line.y1 < _MARGIN_SHARE * height]


def _signature(line: Line, height: float) -> tuple[str, str]:
    text = _DIGITS.sub("#", line.text)
    letters = _LETTERS.sub("", text.casefold())[:_FUZZY_CHARS]
    return ("top" if line.y0 > height / 2 else "bottom"), letters if line.fuzzy and len(
        letters
    ) == _FUZZY_CHARS else text
