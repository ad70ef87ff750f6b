"""One PDF page as segments: runs of words on one line with their place, size and weight.

The only module that talks to pdfium's text functions; they are called per word, not per character, for speed.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from ingest.parse.pdf_forms import FieldLine, filled_fields

# pdfium writes a hyphen that ends a line as one of these.
_LINE_HYPHENS: Final[str] = "\x02\ufffe\u00ad"
HYPHEN: Final[str] = "\u00ad"
_WORD: Final[re.Pattern[str]] = re.compile(rf"[^\s\x00{_LINE_HYPHENS}]+[{_LINE_HYPHENS}]?|[{_LINE_HYPHENS}]")
_LIGATURES: Final[dict[int, str]] = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xA0: " "}
_BOLD_WEIGHT: Final[int] = 600
_GAP_HEIGHTS: Final[float] = 1.1
_FEW_CHARS: Final[int] = 200
_NO_CHARS: Final[int] = 12
_ANY_SHARE: Final[float] = 0.02
_SCAN_SHARE: Final[float] = 0.5
_QUARTER_RADIANS: Final[float] = math.pi / 2
_DIRECTION_SAMPLE: Final[int] = 40


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that stand side by side on one line.

    Units: points, growing to the right and upwards as the text is read; `size` is the height of the font's line box.
    """

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    bold: bool
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class PageText:
    """What stands on one page; `chars` and `images` decide between text and scan, `recognised` says it was a scan."""

    segments: tuple[Segment, ...]
    width: float
    height: float
    chars: int
    images: bool
    recognised: bool = False


@dataclass(slots=True)
class _Word:
    text: str
    at: int
    x0: float
    y0: float
    x1: float
    y1: float


def read_page(page: Any) -> PageText:
    """Read a pypdfium2 page."""
    width, height = page.get_size()
    if page.get_rotation() % 180:
        width, height = height, width
    textpage = page.get_textpage()
    try:
        reader = _Reader(textpage.raw, (width, height))
        printed = tuple(reader.segments())
        segments = printed + tuple(reader.field_segments(filled_fields(page), _usual_size(printed)))
    finally:
        textpage.close()
    if reader.quarters % 2:
        width, height = height, width
    chars = sum(len(segment.text) for segment in segments)
    pictured = chars < _FEW_CHARS and _picture_share(page) > (_ANY_SHARE if chars < _NO_CHARS else _SCAN_SHARE)
    return PageText(segments, width, height, chars, pictured)


def _usual_size(segments: Sequence[Segment]) -> float:
    return median(segment.size for segment in segments) if segments else 10.0


def _picture_share(page: Any) -> float:
    """How much of the page its largest picture covers: a scan all of it, a logo little."""
    width, height = page.get_size()
    shares = [0.0]
    for item in page.get_objects(filter=(pdfium_c.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        left, bottom, right, top = item.get_bounds()
        shares.append((right - left) * (top - bottom) / max(width * height, 1.0))
    return max(shares)


class _Reader:
    """Reads words and their boxes from one text page; holds the buffers that pdfium fills."""

    def __init__(self, textpage: Any, size: tuple[float, float]) -> None:
        self._page = textpage
        self._size = size
        self._box = pdfium_c.FS_RECTF()
        self._name = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()
        self.quarters = 0

    def segments(self) -> Iterator[Segment]:
        run: list[_Word] = []
        for word, new_line in self._words():
            if run and (new_line or _apart(run[-1], word)):
                yield self._segment(run)
                run = []
            run.append(word)
        if run:
            yield self._segment(run)

    def _words(self) -> Iterator[tuple[_Word, bool]]:
        text = self._text()
        words = list(_WORD.finditer(text))
        self.quarters = self._main_direction([found.start() for found in words])
        end_before = 0
        for found in words:
            start, end = found.span()
            new_line = "\n" in text[end_before:start]
            end_before = end
            if self._direction(start) != self.quarters:
                continue  # text that runs up the margin is no part of the reading order
            left = self._corners(start)
            right = self._corners(end - 1) if end - start > 1 else left
            x0, x1 = min(left[0], right[0]), max(left[2], right[2])
            yield _Word(_readable(found[0]), start, x0, left[1], x1, left[3]), new_line

    def _text(self) -> str:
        """The page's text, one character per pdfium index, so that positions in both agree."""
        count = pdfium_c.FPDFText_CountChars(self._page)
        if count <= 0:
            return ""
        buffer = ctypes.create_string_buffer(2 * (count + 1))
        pointer = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        written = pdfium_c.FPDFText_GetText(self._page, 0, count, pointer) - 1
        text = buffer.raw[: 2 * written].decode("utf-16-le", errors="replace")
        if len(text) == count:
            return text
        return "".join(chr(pdfium_c.FPDFText_GetUnicode(self._page, index) or 0x20) for index in range(count))

    def _corners(self, index: int) -> tuple[float, float, float, float]:
        """The character's box, turned so that the text runs from left to right, however the page is set or shown."""
        box = self._box
        pdfium_c.FPDFText_GetLooseCharBox(self._page, index, box)
        return self._turned(box.left, box.bottom, box.right, box.top)

    def _turned(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        width, height = self._size
        if self.quarters == 0:
            return left, bottom, right, top
        if self.quarters == 1:
            return height - top, left, height - bottom, right
        if self.quarters == 2:
            return width - right, height - top, width - left, height - bottom
        return bottom, width - right, top, width - left

    def field_segments(self, fields: Iterable[FieldLine], size: float) -> Iterator[Segment]:
        """What was filled in, as if it were printed in its place in the size of the text around it."""
        for field in fields:
            x0, y0, x1, y1 = self._turned(field.left, field.bottom, field.right, field.top)
            yield Segment(field.text, x0, x1, y0, y1, size, bold=False)

    def _main_direction(self, starts: Sequence[int]) -> int:
        sample = starts[:: max(1, len(starts) // _DIRECTION_SAMPLE)]
        directions = Counter(self._direction(index) for index in sample)
        return directions.most_common(1)[0][0] if directions else 0

    def _direction(self, index: int) -> int:
        """Quarter turns clockwise, as pdfium counts."""
        angle: float = pdfium_c.FPDFText_GetCharAngle(self._page, index)
        return round(angle / _QUARTER_RADIANS) % 4

    def _segment(self, run: list[_Word]) -> Segment:
        first = run[0]
        text = " ".join(word.text for word in run).replace(f"{HYPHEN} ", "")
        y0, y1 = min(word.y0 for word in run), max(word.y1 for word in run)
        return Segment(text, first.x0, run[-1].x1, y0, y1, round(first.y1 - first.y0, 1), self._is_bold(first.at))

    def _is_bold(self, index: int) -> bool:
        if pdfium_c.FPDFText_GetFontWeight(self._page, index) >= _BOLD_WEIGHT:
            return True
        size = pdfium_c.FPDFText_GetFontInfo(self._page, index, self._name, 128, self._flags)
        return bool(size) and any(mark in self._name.value.lower() for mark in (b"bold", b"black", b"heavy"))


def _apart(before: _Word, word: _Word) -> bool:
    """Another line, another column, or a gap as wide as a tab."""
    height = max(before.y1 - before.y0, 1.0)
    if abs(before.y0 - word.y0) > 0.6 * height:
        return True
    gap = word.x0 - before.x1
    return gap > _GAP_HEIGHTS * height or gap < -0.8 * height


def _readable(word: str) -> str:
    """Ligatures taken apart; a hyphen that pdfium recognised at a line's end is marked as HYPHEN."""
    if word[-1] in _LINE_HYPHENS:
        word = word[:-1] + HYPHEN
    return word.translate(_LIGATURES)
