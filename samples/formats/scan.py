"""A PDF that is only pictures of paper: set, tilted, speckled, then saved as JPEG pages. It needs OCR."""

from __future__ import annotations

import io
import random
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont

from samples.source import Block, Source

DPI = 150
PAGE = (1240, 1754)  # A4 at 150 dpi
MARGIN, LINE = 140, 33
FONTS = Path(reportlab.__file__).parent / "fonts"  # Bitstream Vera comes with reportlab, so every machine sets alike
Line = tuple[str, bool]


def render(source: Source) -> bytes:
    """The page is slightly crooked and grey, as from the copier in the corridor."""
    lines = [(source.title, True), ("", False), *(line for block in source.blocks for line in _lines(block))]
    per_page = (PAGE[1] - 2 * MARGIN) // LINE
    pages = [_paper(lines[at : at + per_page], at) for at in range(0, len(lines), per_page)]
    buffer = io.BytesIO()
    stamp = time.struct_time(source.issued.timetuple())
    pages[0].save(
        buffer,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=DPI,
        quality=42,
        creationDate=stamp,
        modDate=stamp,
        producer="Multifunktionsdrucker Flur 2",
    )
    return buffer.getvalue()


def _lines(block: Block) -> Iterator[Line]:
    if block.kind == "heading":
        yield ("", False)
    prefix = "– " if block.items else ""
    for text in block.items or (block.text,):
        yield from ((line, block.kind == "heading") for line in textwrap.wrap(prefix + text, 66))
    yield ("", False)


def _paper(lines: list[Line], seed: int) -> Image.Image:
    page = Image.new("L", PAGE, 250)
    draw = ImageDraw.Draw(page)
    plain, bold = (ImageFont.truetype(str(FONTS / name), 23) for name in ("Vera.ttf", "VeraBd.ttf"))
    for number, (text, is_bold) in enumerate(lines):
        draw.text((MARGIN, MARGIN + number * LINE), text, fill=35, font=bold if is_bold else plain)
    page = page.rotate(0.6, resample=Image.Resampling.BICUBIC, fillcolor=250)
    speckle = Image.frombytes("L", (PAGE[0] // 2, PAGE[1] // 2), random.Random(seed).randbytes(PAGE[0] * PAGE[1] // 4))
    return Image.blend(page, speckle.resize(PAGE), 0.07)
