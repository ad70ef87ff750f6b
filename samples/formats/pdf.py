"""PDF with a text layer: headings in larger bold type, a running header, page numbers."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, ListFlowable, ListItem, Paragraph, SimpleDocTemplate, Spacer, Table

from samples.source import Block, Source

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=14, spaceAfter=6)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9.5, leading=12, spaceAfter=0)
CELL_HEAD = ParagraphStyle("cell-head", parent=CELL, fontName="Helvetica-Bold")
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=18, leading=23, spaceAfter=14)
HEADINGS = {
    level: ParagraphStyle(
        f"heading-{level}",
        parent=BODY,
        fontName="Helvetica-Bold",
        fontSize=size,
        leading=size * 1.3,
        spaceBefore=10,
        keepWithNext=True,
    )
    for level, size in ((1, 14.5), (2, 12.5), (3, 11.5), (4, 10.5))
}
WIDTH = A4[0] - 5 * cm
EPOCH = "SOURCE_DATE_EPOCH"


def render(source: Source) -> bytes:
    """Uncompressed pages: small anyway, and the bytes depend on no zlib."""
    buffer = io.BytesIO()
    template = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=2.5 * cm,
        rightMargin=2.5 * cm,
        topMargin=2.5 * cm,
        bottomMargin=2.2 * cm,
        title=source.title,
        author=f"Stadt Kranichsbrück, {source.office}",
        subject=f"Stand {source.issued:%d.%m.%Y}",
        lang="de-DE",
        invariant=1,
        pageCompression=0,
    )

    def frame(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8.5)
        canvas.drawString(2.5 * cm, A4[1] - 1.5 * cm, f"Stadt Kranichsbrück · {source.title}")
        canvas.drawString(2.5 * cm, 1.3 * cm, f"Stand: {source.issued:%d.%m.%Y}")
        canvas.drawRightString(A4[0] - 2.5 * cm, 1.3 * cm, f"Seite {document.page}")

    story = [Paragraph(escape(source.title), TITLE), *(piece for block in source.blocks for piece in _flow(block))]
    with dated(source.issued):
        template.build(story, onFirstPage=frame, onLaterPages=frame)
    return buffer.getvalue()


@contextmanager
def dated(issued: datetime) -> Iterator[None]:
    """Let reportlab write this date into files, which otherwise are from 2000 wherever they must always be the same."""
    before = os.environ.get(EPOCH)
    os.environ[EPOCH] = str(int(issued.timestamp()))
    try:
        yield
    finally:
        del os.environ[EPOCH]
        if before is not None:
            os.environ[EPOCH] = before


def _flow(block: Block) -> Iterator[Flowable]:
    if block.kind == "heading":
        yield Paragraph(escape(block.text), HEADINGS[block.level])
    elif block.kind == "table":
        yield _table(block)
        yield Spacer(1, 8)
    elif block.items:
        items = [ListItem(Paragraph(escape(item), BODY)) for item in block.items]
        if block.kind == "bullets":
            yield ListFlowable(items, bulletType="bullet", start="•", leftIndent=16)
        else:
            yield ListFlowable(items, bulletType="1", bulletFormat="%s.", leftIndent=20)
    else:
        yield Paragraph(escape(block.text), BODY)


def _table(block: Block) -> Table:
    head, *rows = block.rows
    cells = [[Paragraph(escape(text), CELL_HEAD) for text in head]]
    cells += [[Paragraph(escape(text), CELL) for text in row] for row in rows]
    longest = [max(len(row[column]) for row in block.rows) ** 0.6 for column in range(len(head))]
    widths = [WIDTH * share / sum(longest) for share in longest]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Table(cells, colWidths=widths, repeatRows=1, style=grid, hAlign="LEFT")
