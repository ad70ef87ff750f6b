"""PPTX: a slide for each heading of the second level, with bullets, tables and speaker's notes."""

from __future__ import annotations

import io
from collections.abc import Iterator

from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pptx.util import Cm

from samples.formats.package import settle
from samples.source import Block, Source


def render(source: Source) -> bytes:
    """The first slide carries the title, the office and the date."""
    deck = Presentation()
    deck.core_properties.title, deck.core_properties.author = source.title, source.office
    deck.core_properties.created = deck.core_properties.modified = source.issued
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text = source.title
    cover.placeholders[1].text = f"{source.office}, {source.issued:%d.%m.%Y}"
    for title, blocks in _slides(source.blocks):
        _slide(deck, title, blocks)
    buffer = io.BytesIO()
    deck.save(buffer)
    return settle(buffer.getvalue(), source.issued)


def _slides(blocks: tuple[Block, ...]) -> Iterator[tuple[str, list[Block]]]:
    starts = [at for at, block in enumerate(blocks) if block.kind == "heading"]
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        yield blocks[start].text, list(blocks[start + 1 : end])


def _slide(deck: Deck, title: str, blocks: list[Block]) -> None:
    tables = [block for block in blocks if block.kind == "table"]
    slide = deck.slides.add_slide(deck.slide_layouts[5 if tables else 1])
    slide.shapes.title.text = title
    for block in tables:
        frame = slide.shapes.add_table(len(block.rows), len(block.rows[0]), Cm(1.5), Cm(5), Cm(22), Cm(8))
        for at, row in enumerate(block.rows):
            for column, text in enumerate(row):
                frame.table.cell(at, column).text = text
    lines = [line for block in blocks if block.kind in ("text", "bullets", "numbers") for line in _lines(block)]
    if lines and not tables:
        slide.placeholders[1].text = "\n".join(lines)
    notes = [block.text for block in blocks if block.kind == "note"]
    if notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(notes)


def _lines(block: Block) -> tuple[str, ...]:
    return block.items or (block.text,)
