"""DOCX, with Word's own heading, list and table styles."""

from __future__ import annotations

import io

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from samples.formats.package import settle
from samples.source import Block, Source


def render(source: Source) -> bytes:
    """One document with a title, a running header and page numbers."""
    document = docx.Document()
    _describe(document, source)
    document.add_paragraph(source.title, style="Title")
    for block in source.blocks:
        _write(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return settle(buffer.getvalue(), source.issued)


def _describe(document: Document, source: Source) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.language = source.title, source.office, "de-DE"
    properties.created = properties.modified = source.issued
    properties.comments = ""
    section = document.sections[0]
    section.header.paragraphs[0].text = f"Stadt Kranichsbrück\t\t{source.office}"
    footer = section.footer.paragraphs[0]
    footer.text = f"Stand: {source.issued:%d.%m.%Y}\t\tSeite "
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    footer._p.append(field)  # python-docx has no API for fields


def _write(document: Document, block: Block) -> None:
    if block.kind == "heading":
        document.add_heading(block.text, block.level)
    elif block.kind == "table":
        _table(document, block)
    elif block.items:
        style = "List Bullet" if block.kind == "bullets" else "List Number"
        paragraphs = [document.add_paragraph(item, style=style) for item in block.items]
        if block.kind == "numbers":
            _restart(document, paragraphs)
    else:
        document.add_paragraph(block.text)


def _table(document: Document, block: Block) -> None:
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
    for number, row in enumerate(block.rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.paragraphs[0].add_run(text).bold = number == 0 or None
    document.add_paragraph()


def _restart(document: Document, paragraphs: list[Paragraph]) -> None:
    """Let a numbered list begin at 1 again, not where the last one ended."""
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element
    used = style.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(used).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    for paragraph in paragraphs:
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = number.numId
