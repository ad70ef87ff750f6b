"""XLSX and CSV row by row: cells as the reader of the sheet sees them, with the number of their row.

Not through `unstructured`, which reads sheets with pandas: "0815" becomes 815 and a date 2024-01-01 00:00:00.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from ingest.parse.decode import decoded
from ingest.parse.element import Element
from ingest.parse.office import package_properties
from ingest.parse.source import Source
from ingest.parse.tables import looks_like_header, table_element

MAX_ROWS: Final[int] = 50_000
_MAX_COLUMNS: Final[int] = 400
_MAX_CELL_CHARS: Final[int] = 20_000
_NAMELESS_SHEET: Final[re.Pattern[str]] = re.compile(r"^(?:Tabelle|Sheet|Blatt|Feuil|Hoja|Munka)\s?\d+$", re.IGNORECASE)
_DECIMALS: Final[re.Pattern[str]] = re.compile(r"0\.(0+)")

NumberedRow = tuple[int, list[str]]


def read_xlsx(path: Path) -> Source:
    from openpyxl import load_workbook

    elements: list[Element] = []
    warnings: list[str] = []
    # A path without a suffix, as originals have, is refused; a stream is not.
    with (
        path.open("rb") as stream,
        closing(load_workbook(stream, read_only=True, data_only=True, keep_links=False)) as workbook,
    ):
        count = len(workbook.worksheets)
        for place, sheet in enumerate(workbook.worksheets, 1):
            rows = _limited(_sheet_rows(sheet), sheet.title, warnings)
            found = _sheet_elements(rows, sheet.title, place)
            if found and not _NAMELESS_SHEET.match(sheet.title):
                elements.append(Element("title", sheet.title, 1, place, sheet.title))
            elements += found
    title, modified = package_properties(path.read_bytes())
    return Source(elements, title, count, modified, warnings=tuple(warnings))


def read_csv(path: Path) -> Source:
    text = decoded(path.read_bytes())
    warnings: list[str] = []
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text))
    rows = ((number, [cell.strip() for cell in row[:_MAX_COLUMNS]]) for number, row in enumerate(reader, 1))
    return Source(_sheet_elements(_limited(rows, None, warnings), None, None), warnings=tuple(warnings))


def _delimiter(text: str) -> str:
    """The mark that cuts the first lines into the most, and equally many, cells; German files use the semicolon."""
    lines = [line for line in text[:20_000].split("\n")[:20] if line.strip()] or [""]
    counts = {mark: [line.count(mark) for line in lines] for mark in (";", "\t", ",", "|")}
    return max(counts, key=lambda mark: (min(counts[mark]) > 0, min(counts[mark]), sum(counts[mark])))


def _limited(rows: Iterator[NumberedRow], sheet: str | None, warnings: list[str]) -> Iterator[NumberedRow]:
    for number, cells in rows:
        if number > MAX_ROWS:
            where = f"Tabellenblatt „{sheet}“" if sheet else "Tabelle"
            warnings.append(f"{where}: nur die ersten {MAX_ROWS} Zeilen wurden gelesen.")
            return
        yield number, cells


def _sheet_rows(sheet: Any) -> Iterator[NumberedRow]:
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_shown(cell) for cell in row[:_MAX_COLUMNS]]
        while cells and not cells[-1]:
            cells.pop()
        yield number, cells


def _sheet_elements(rows: Iterable[NumberedRow], sheet: str | None, place: int | None) -> list[Element]:
    """Blocks between empty rows; a row with one cell is a caption or a note, the others are tables."""
    elements: list[Element] = []
    header: list[str] | None = None
    for block in _blocks(rows):
        while block and _filled(block[0][1]) == 1:
            elements.append(_caption(block.pop(0), sheet, place, first=not elements))
        if not block:
            continue
        cells = [row for _, row in block]
        if looks_like_header(cells):
            header = cells[0]
            elements.append(table_element(cells, header=True, page=place, sheet=sheet, first_row=block[0][0]))
        elif header is not None and len(header) >= max(len(row) for row in cells):
            elements.append(
                table_element([header, *cells], header=True, page=place, sheet=sheet, first_row=block[0][0] - 1)
            )
        else:
            elements.append(table_element(cells, header=False, page=place, sheet=sheet, first_row=block[0][0]))
    return elements


def _blocks(rows: Iterable[NumberedRow]) -> Iterator[list[NumberedRow]]:
    block: list[NumberedRow] = []
    for number, cells in rows:
        if any(cells):
            block.append((number, cells))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _caption(row: NumberedRow, sheet: str | None, place: int | None, *, first: bool) -> Element:
    number, cells = row
    text = " ".join(" ".join(cells).split())
    is_title = first and len(text) <= 120
    return Element("title" if is_title else "text", text, 2 if is_title else 0, place, sheet, (number, number))


def _filled(cells: list[str]) -> int:
    return sum(1 for cell in cells if cell)


def _shown(cell: Any) -> str:
    """The cell as a German spreadsheet shows it: 37,00 €, 19 %, 01.03.2026."""
    value = cell.value
    if value is None or isinstance(value, str):
        return (value or "").strip()[:_MAX_CELL_CHARS]
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, (int, float)):
        return _number(value, str(cell.number_format or "General"))
    return _moment(value)


def _moment(value: Any) -> str:
    if isinstance(value, datetime) and (value.hour or value.minute):
        return value.strftime("%d.%m.%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def _number(value: float, number_format: str) -> str:
    percent = "%" in number_format
    if percent:
        value = round(value * 100, 10)
    decimals = _DECIMALS.search(number_format)
    if decimals:
        shown = f"{value:,.{len(decimals[1])}f}" if "," in number_format else f"{value:.{len(decimals[1])}f}"
    elif float(value).is_integer():
        shown = f"{int(value):,}" if "#,##0" in number_format else str(int(value))
    else:
        shown = f"{value:.10g}"
    shown = shown.translate(str.maketrans(",.", ".,"))
    if percent:
        return f"{shown} %"
    return f"{shown} €" if "€" in number_format or "EUR" in number_format else shown
