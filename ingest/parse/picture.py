"""PNG, JPG and TIFF: photographs and scans of pages, read by text recognition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from catalogue.errors import Unreadable
from ingest.parse import progress
from ingest.parse.ocr import DPI, MAX_PIXELS, read_picture
from ingest.parse.pages import page_elements
from ingest.parse.source import Source

_MAX_FRAMES: Final[int] = 1_000
# The long side of a page in A4; a picture that states no resolution is taken for one page.
_PAGE_INCHES: Final[float] = 11.7


def read_picture_file(path: Path) -> Source:
    """Raises: Unreadable (zu-gross, kein-text)."""
    pages = [read_picture(frame) for frame in _frames(path)]
    elements = page_elements(pages)
    if not elements:
        raise Unreadable(
            "kein-text",
            "Auf dem Bild ist kein Text zu erkennen.",
            "Bitte in besserer Qualität (300 dpi, gerade, schwarz auf weiß) neu einscannen.",
        )
    return Source(elements, pages=len(pages))


def _frames(path: Path) -> Iterator[Any]:
    """Each page of the file, upright as its camera says, at the resolution for text recognition."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the check below refuses before anything is decoded
    with Image.open(path) as image:
        count = min(getattr(image, "n_frames", 1), _MAX_FRAMES)
        for number in range(count):
            image.seek(number)
            if image.width * image.height > 5 * MAX_PIXELS:
                raise Unreadable("zu-gross", "Das Bild hat zu viele Bildpunkte.", "Bitte mit 300 dpi neu einscannen.")
            frame = ImageOps.exif_transpose(image).convert("L")
            scale = DPI * _PAGE_INCHES / max(frame.size)
            if abs(scale - 1) > 0.15:
                frame = frame.resize((round(frame.width * scale), round(frame.height * scale)))
            yield frame
            progress.report(number + 1, count)
