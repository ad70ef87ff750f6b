"""Tables on a page without rules to go by: lines below each other whose parts stand in the same columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.parse.element import Element
from ingest.parse.pdf_lines import Line
from ingest.parse.pdf_page import Segment
from ingest.parse.tables import looks_like_header, table_element

_MIN_ROWS: Final[int] = 2
_MAX_GAP: Final[float] = 2.2
_TIGHT_GAP: Final[float] = 0.45
_MARKER: Final[re.Pattern[str]] = re.compile(
    r"^(?:[•▪■●○◦‣–—➢✓*-]|\(?\w{1,3}[.)]|\d{1,2}(?:\.\d{1,2})+\.?|§+\s?\d*\w?)$"
)


@dataclass(slots=True)
class Table:
    """Rows of cells; `bold` tells which rows are set in bold throughout, as a header is."""

    page: int
    rows: list[list[str]] = field(default_factory=list)
    bold: list[bool] = field(default_factory=list)

    @property
    def header(self) -> bool:
        if len(self.rows) > 1 and self.bold[0] and not all(self.bold):
            return True
        return looks_like_header(self.rows) and not any(self.bold[1:])

    def element(self, before: Element | None = None) -> Element:
        """The table; one that goes on from the page before it, in as many columns, gets that one's header."""
        if not self.header and before is not None and before.kind == "table" and (before.page or 0) == self.page - 1:
            above = (before.html or "").partition("</thead>")[0]
            names = re.findall(r"<th>(.*?)</th>", above)
            if len(names) == len(self.rows[0]):
                return table_element([names, *self.rows], header=True, page=self.page)
        return table_element(self.rows, header=self.header, page=self.page)


def with_tables(lines: Sequence[Line]) -> Iterator[Line | Table]:
    """The lines in order, those that form a table replaced by it."""
    start = 0
    while start < len(lines):
        end = _end_of_table(lines, start)
        if end is None:
            yield lines[start]
            start += 1
        else:
            yield _table(lines[start:end])
            start = end


def _end_of_table(lines: Sequence[Line], start: int) -> int | None:
    """Where the table that begins at `start` ends; None when none does."""
    if not _is_row(lines[start]):
        return None
    columns = _spans(lines[start].cells)
    count, end, rows = len(columns), start + 1, 1
    while end < len(lines) and _may_follow(lines[end], lines[end - 1]):
        merged = _spans([*columns, *lines[end].cells])
        if len(merged) < count or (len(lines[end].cells) == 1 and len(merged) > len(columns)):
            break
        if not _is_row(lines[end]) and not _goes_on(lines[end]):
            break
        rows += _is_row(lines[end])
        columns, count = merged, max(count, len(merged))
        end += 1
    while end > start and not _is_row(lines[end - 1]) and not _goes_on(lines[end - 1]):
        end -= 1
    return end if rows >= _MIN_ROWS and _fits(lines[start:end], columns) else None


def _is_row(line: Line) -> bool:
    return len(line.cells) > 1 and not _MARKER.match(line.cells[0].text)


def _goes_on(line: Line) -> bool:
    """A single part right below: the second line of a cell."""
    return len(line.cells) == 1 and line.above < _TIGHT_GAP * line.size and not line.bold


def _may_follow(line: Line, before: Line) -> bool:
    return line.page == before.page and line.above < _MAX_GAP * line.size


def _spans(cells: Sequence[Segment | tuple[float, float]]) -> list[tuple[float, float]]:
    """Where the columns lie: the parts' extents, those that overlap put together."""
    extents = sorted(cell if isinstance(cell, tuple) else (cell.x0, cell.x1) for cell in cells)
    merged: list[tuple[float, float]] = []
    for left, right in extents:
        if merged and left < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], right)
        else:
            merged.append((left, right))
    return merged


def _fits(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> bool:
    """No row may have two parts in one column: that would be prose with wide gaps."""
    places = [[_place(cell, columns) for cell in line.cells] for line in lines]
    return len(columns) > 1 and all(len(set(found)) == len(found) for found in places)


def _place(cell: Segment, columns: Sequence[tuple[float, float]]) -> int:
    return next(number for number, (left, right) in enumerate(columns) if left <= cell.x0 <= right)


def _table(lines: Sequence[Line]) -> Table:
    columns = _spans([cell for line in lines for cell in line.cells])
    table = Table(lines[0].page)
    for line in lines:
        cells = [(_place(cell, columns), cell.text) for cell in line.cells]
        if table.rows and line.above < _TIGHT_GAP * line.size and cells[0][0] > 0:
            for place, text in cells:
                table.rows[-1][place] = f"{table.rows[-1][place]} {text}".strip()
            continue
        if table.rows and len(cells) == 1 and _goes_on(line):
            place, text = cells[0]
            table.rows[-1][place] = f"{table.rows[-1][place]} {text}".strip()
            continue
        row = [""] * len(columns)
        for place, text in cells:
            row[place] = text
        table.rows.append(row)
        table.bold.append(line.bold)
    return table
