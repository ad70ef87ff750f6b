"""PDF files, page by page: text where the page has text, by pdfium alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium_c

from catalogue.errors import Unreadable
from ingest.parse.element import Element
from ingest.parse.kinds import damaged, encrypted
from ingest.parse.pdf_lines import lines_of, without_furniture
from ingest.parse.pdf_page import PageText, read_page
from ingest.parse.pdf_structure import elements_of
from ingest.parse.source import Source

_TAIL_BYTES: Final[int] = 4096
_MIN_PAGE_CHARS: Final[int] = 12
_PDF_DATE: Final[re.Pattern[str]] = re.compile(
    r"^D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:([+-])(\d{2})'?(\d{2})?)?"
)


def read_pdf(path: Path) -> Source:
    """Raises: Unreadable (verschluesselt, beschaedigt, kein-text)."""
    _check_complete(path)
    with _document(path) as document:
        pages = [_page(document, index) for index in range(len(document))]
        if not pages:
            raise damaged()
        blank = [number for number, page in enumerate(pages, 1) if page is None or page.chars < _MIN_PAGE_CHARS]
        elements = _elements(pages)
        if not any(element.text for element in elements):
            raise _only_images(len(pages))
        stated = document.get_metadata_dict()
    warnings = (_missing(blank, len(pages)),) if blank and _matters(pages) else ()
    return Source(elements, stated.get("Title"), len(pages), pdf_date(stated.get("ModDate")), warnings=warnings)


@contextmanager
def _document(path: Path) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise encrypted() from error
        raise damaged() from error
    try:
        yield document
    finally:
        document.close()


def _check_complete(path: Path) -> None:
    """pdfium repairs a truncated file without a word and loses pages: refuse it instead."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        if b"%%EOF" not in file.read():
            raise damaged()


def _page(document: Any, index: int) -> PageText | None:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return None
    try:
        return read_page(page)
    finally:
        page.close()


def _elements(pages: list[PageText | None]) -> list[Element]:
    lines = [lines_of(page, number) if page else [] for number, page in enumerate(pages, 1)]
    return elements_of(without_furniture(lines, [page.height if page else 1.0 for page in pages]))


def _matters(pages: list[PageText | None]) -> bool:
    return any(page is None or page.images for page in pages if page is None or page.chars < _MIN_PAGE_CHARS)


def _missing(blank: list[int], total: int) -> str:
    if len(blank) == 1:
        return f"Seite {blank[0]} von {total} enthält keinen lesbaren Text."
    listed = ", ".join(map(str, blank[:8])) + (" …" if len(blank) > 8 else "")
    return f"{len(blank)} von {total} Seiten enthalten keinen lesbaren Text (Seiten {listed})."


def _only_images(pages: int) -> Unreadable:
    what = "Die PDF-Datei enthält nur Bilder" if pages == 1 else f"Alle {pages} Seiten enthalten nur Bilder"
    return Unreadable(
        "kein-text", f"{what} und keinen lesbaren Text.", "Bitte mit Texterkennung (OCR) einlesen und neu hochladen."
    )


def pdf_date(stated: str | None) -> datetime | None:
    """Source: PDF 32000-1, 7.9.4."""
    found = _PDF_DATE.match(stated or "")
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
    try:
        local = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=UTC)
    except ValueError:
        return None
    offset = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    return local - offset if found[7] == "+" else local + offset
