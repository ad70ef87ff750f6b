"""Pages of text, printed or recognised, become the elements of one document."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ingest.parse.element import Element
from ingest.parse.ocr_repair import repaired
from ingest.parse.pdf_lines import lines_of, without_furniture
from ingest.parse.pdf_page import PageText
from ingest.parse.pdf_structure import elements_of


def page_elements(pages: Sequence[PageText | None]) -> list[Element]:
    """Headings, paragraphs and lists of the whole document; None is a page that could not be opened."""
    lines = [lines_of(page, number) if page else [] for number, page in enumerate(pages, 1)]
    if any(page and page.recognised for page in pages):
        mended = iter(repaired([line for page in lines for line in page]))
        lines = [list(islice(mended, len(page))) for page in lines]
    recognised = frozenset(number for number, page in enumerate(pages, 1) if page and page.recognised)
    return elements_of(without_furniture(lines, [page.height if page else 1.0 for page in pages], recognised))
