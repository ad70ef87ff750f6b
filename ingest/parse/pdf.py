"""PDF files, page by page: by pdfium where the page has text, by text recognition where it is a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium_c

from catalogue.errors import Unreadable
from ingest.parse import progress
from ingest.parse.kinds import damaged, encrypted
from ingest.parse.ocr import DPI, MAX_PIXELS, read_picture
from ingest.parse.pages import page_elements
from ingest.parse.pdf_page import PageText, read_page
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
        if not len(document):
            raise damaged()
        pages = [_page(document, index) for index in range(len(document))]
        stated = document.get_metadata_dict()
    elements = page_elements(pages)
    if not any(element.text for element in elements):
        raise _only_images(len(pages))
    blank = [number for number, page in enumerate(pages, 1) if _is_unread(page)]
    warnings = (_missing(blank, len(pages)),) if blank else ()
    return Source(elements, stated.get("Title"), len(pages), pdf_date(stated.get("ModDate")), warnings=warnings)


@contextmanager
def _document(path: Path) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise encrypted() from error
        raise damaged() from error
    with suppress(pypdfium2.PdfiumError):
        document.init_forms()  # without it, what was filled into fields is not there
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
        text = read_page(page)
        if not text.images:
            return text
        recognised = read_picture(_picture(page))
        progress.report(index + 1, len(document))
        return recognised if recognised.chars > text.chars or not recognised.images else text
    finally:
        page.close()


def _picture(page: Any) -> Any:
    width, height = page.get_size()
    scale = min(DPI / 72, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    return page.render(scale=scale, grayscale=True).to_pil()


def _is_unread(page: PageText | None) -> bool:
    """An empty page is nothing to warn of; a picture without text may be a page that was not recognised."""
    return page is None or (page.images and page.chars < _MIN_PAGE_CHARS)


def _missing(blank: list[int], total: int) -> str:
    if len(blank) == 1:
        return f"Seite {blank[0]} von {total} enthält keinen lesbaren Text."
    listed = ", ".join(map(str, blank[:8])) + (" …" if len(blank) > 8 else "")
    return f"{len(blank)} von {total} Seiten enthalten keinen lesbaren Text (Seiten {listed})."


def _only_images(pages: int) -> Unreadable:
    what = "Die PDF-Datei enthält nur Bilder" if pages == 1 else f"Alle {pages} Seiten enthalten nur Bilder"
    return Unreadable(
        "kein-text",
        f"{what}, in denen kein Text zu erkennen ist.",
        "Bitte in besserer Qualität (300 dpi, gerade, schwarz auf weiß) neu einscannen.",
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
