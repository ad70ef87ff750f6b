"""Tables in one form, whatever the format: one line of text per row, and plain HTML.

The first line is the header if, and only if, the HTML has a `<thead>`; `rows` then counts from the row below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from ingest.parse.element import Element

CELL_BREAK: Final[str] = " | "
_MAX_HEADER_CHARS: Final[int] = 80

Row = Sequence[str]


def table_element(
    rows: Sequence[Row],
    *,
    header: bool,
    page: int | None = None,
    sheet: str | None = None,
    first_row: int | None = None,
) -> Element:
    """One table; `first_row` is the number of `rows[0]` in its sheet."""
    counted = None
    if first_row is not None:
        counted = first_row + header, first_row + len(rows) - 1
    return Element(
        "table",
        "\n".join(row_text(row) for row in rows),
        page=page,
        sheet=sheet,
        rows=counted,
        html=rows_html(rows, header=header),
    )


def row_text(row: Row) -> str:
    return CELL_BREAK.join(cell for cell in (" ".join(cell.split()) for cell in row) if cell)


def rows_html(rows: Sequence[Row], *, header: bool) -> str:
    """Each row is a line of its own, so that a table can be cut between rows without parsing it again."""
    head = f"<thead>\n{_html_row(rows[0], 'th')}\n</thead>\n" if header else ""
    body = "\n".join(_html_row(row, "td") for row in rows[header:])
    return f"<table>\n{head}<tbody>\n{body}\n</tbody>\n</table>"


def _html_row(row: Row, tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(' '.join(cell.split()))}</{tag}>" for cell in row) + "</tr>"


def looks_like_header(rows: Sequence[Row]) -> bool:
    """A first row of short words over at least one other row; numbers stand below, not in a header."""
    if len(rows) < 2:
        return False
    filled = [cell.strip() for cell in rows[0] if cell.strip()]
    if len(filled) < 2 or len(filled) < 0.6 * max(sum(1 for cell in row if cell.strip()) for row in rows[1:4]):
        return False
    words = [cell for cell in filled if any(char.isalpha() for char in cell)]
    return len(words) >= 0.8 * len(filled) and all(len(cell) <= _MAX_HEADER_CHARS for cell in filled)


def rows_of_html(html: str) -> tuple[list[list[str]], bool]:
    """The rows of an HTML table, and whether the first is marked as its header."""
    from lxml import html as lxml_html

    root: Any = lxml_html.fromstring(html)
    rows: list[list[str]] = []
    header = False
    for row in root.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        texts = [" ".join(cell.text_content().split()) for cell in cells]
        if any(texts):
            header = header or (not rows and all(cell.tag == "th" for cell in cells))
            rows.append(texts)
    return rows, header


def elements_of_html(html: str, page: int | None) -> list[Element]:
    """A table as one element; a frame around text (a single column) as paragraphs."""
    rows, header = rows_of_html(html)
    if not rows:
        return []
    if max(sum(1 for cell in row if cell) for row in rows) == 1:
        return [Element("text", cell, page=page) for row in rows for cell in row if cell]
    return [table_element(rows, header=header or looks_like_header(rows), page=page)]
