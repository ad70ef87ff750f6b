"""XLSX: a sheet for each heading, amounts as numbers."""

from __future__ import annotations

import io
import re

import openpyxl
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from samples.formats.package import settle
from samples.source import Block, Source

AMOUNT = re.compile(r"\d{1,3}(\.\d{3})*,\d\d")


def render(source: Source) -> bytes:
    """Headings name the sheets; texts become rows, tables become cells."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    book.properties.title, book.properties.creator = source.title, source.office
    book.properties.created = source.issued.replace(tzinfo=None)
    for block in source.blocks:
        if block.kind == "heading":
            book.create_sheet(block.text)
        else:
            _fill(book.worksheets[-1], block)
    for sheet in book.worksheets:
        _widen(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return settle(buffer.getvalue(), source.issued)


def _fill(sheet: Worksheet, block: Block) -> None:
    if block.kind != "table":
        for line in block.items or (block.text,):
            sheet.append([line])
        return
    for number, row in enumerate(block.rows):
        sheet.append([_value(cell) for cell in row])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=number == 0)
            if isinstance(cell.value, float):
                cell.number_format = '#,##0.00 "€"'


def _value(cell: str) -> str | float | None:
    if AMOUNT.fullmatch(cell):
        return float(cell.replace(".", "").replace(",", "."))
    return cell or None


def _widen(sheet: Worksheet) -> None:
    for letter, width in zip("ABCDE", (14, 62, 14, 16, 40), strict=True):
        sheet.column_dimensions[letter].width = width
