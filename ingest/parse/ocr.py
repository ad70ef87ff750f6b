"""Pictures of pages become text by Tesseract, German, at 200 dpi: less is slower to read right, more is only slower."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from catalogue.errors import Unreadable
from ingest.parse.pdf_page import HYPHEN, PageText, Segment

DPI: Final[int] = 200
MAX_PIXELS: Final[int] = 40_000_000
_PAGE_LIMIT_S: Final[float] = 90
_UPRIGHT_CONFIDENCE: Final[float] = 60
_DOUBTFUL_CONFIDENCE: Final[float] = 65
_DARK: Final[int] = 128
_BLANK_SHARE: Final[float] = 0.0002
_NOISE_CONFIDENCE: Final[float] = 40
_GAP_HEIGHTS: Final[float] = 1.8
_LARGER: Final[float] = 1.4
_ROTATE: Final[re.Pattern[str]] = re.compile(r"^Rotate: (\d+)$", re.MULTILINE)
_cache: list[Path] = []


@dataclass(frozen=True, slots=True)
class _Word:
    """Units: pixels from the upper left corner; `confidence` from 0 to 100."""

    line: tuple[str, ...]
    text: str
    x0: int
    y0: int
    x1: int
    y1: int
    confidence: float


def use_cache(folder: Path) -> None:
    """Keep what was recognised under the page's hash, for a file that is read again."""
    folder.mkdir(parents=True, exist_ok=True)
    _cache[:] = [folder]


def read_picture(image: Any) -> PageText:
    """Read one page, a PIL image in 200 dpi; a page that lies on its side is turned first.

    Raises: Unreadable when Tesseract is not installed; a page that takes too long comes back empty.
    """
    if is_blank(image):
        return PageText((), image.width * 72 / DPI, image.height * 72 / DPI, 0, images=False)
    words = _words(_recognise(image))
    if _confidence(words) < _UPRIGHT_CONFIDENCE and (turn := _needed_turn(image)):
        turned = image.rotate(-turn, expand=True, fillcolor=255)
        again = _words(_recognise(turned))
        if _confidence(again) > _confidence(words):
            image, words = turned, again
    return _page(words, image.width, image.height)


def is_blank(image: Any) -> bool:
    """The empty back of a scanned sheet: hardly a dark point on it."""
    counts = image.convert("L").histogram()
    return bool(sum(counts[:_DARK]) < _BLANK_SHARE * sum(counts))


def _recognise(image: Any) -> str:
    """Tesseract's table of words for a picture, from the cache where it is known."""
    content = _portable(image)
    digest = hashlib.sha256(content).hexdigest()
    for folder in _cache:
        with suppress(OSError):
            return (folder / f"{digest}.tsv").read_text(encoding="utf-8")
    table = _tesseract(content, "--psm", "3", "tsv")
    for folder in _cache:
        part = folder / f"{digest}.{os.getpid()}"
        with suppress(OSError):
            part.write_text(table, encoding="utf-8")
            part.replace(folder / f"{digest}.tsv")
    return table


def _needed_turn(image: Any) -> int:
    """How many degrees clockwise the picture must be turned to stand upright."""
    with suppress(subprocess.CalledProcessError):
        if found := _ROTATE.search(_tesseract(_portable(image), "--psm", "0")):
            return int(found[1])
    return 0


def _portable(image: Any) -> bytes:
    grey = image.convert("L")
    return b"P5 %d %d 255\n" % grey.size + bytes(grey.tobytes())


def _tesseract(content: bytes, *options: str) -> str:
    language = ["-l", "osd"] if "0" in options else ["-l", "deu"]
    command = ["tesseract", "stdin", "stdout", *language, "--dpi", str(DPI), *options]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=_PAGE_LIMIT_S, check=True, env=environment
        )
    except FileNotFoundError as error:
        raise Unreadable(
            "kein-text",
            "Die Datei enthält Bilder statt Text, und auf diesem Rechner fehlt die Texterkennung.",
            "Bitte tesseract-ocr und tesseract-ocr-deu einspielen lassen und die Datei neu einlesen.",
        ) from error
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace")


def _words(table: str) -> list[_Word]:
    """Source: Tesseract's TSV: level, page, block, paragraph, line, word, left, top, width, height, conf, text."""
    words: list[_Word] = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            x, y, width, height = map(int, cells[6:10])
            word = _Word(tuple(cells[2:5]), cells[11].strip(), x, y, x + width, y + height, float(cells[10]))
            if not _is_noise(word):
                words.append(word)
    return words


def _is_noise(word: _Word) -> bool:
    """Specks and table rules, read as single letters or strokes."""
    if not any(char.isalnum() or char in "§€%&" for char in word.text):
        return word.confidence < 80 or word.text in ("|", "_", "—")
    return word.confidence < _NOISE_CONFIDENCE and len(word.text) <= 2


def _confidence(words: Sequence[_Word]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def _page(words: Sequence[_Word], width: int, height: int) -> PageText:
    runs = list(_runs(words))
    usual = median([_height(run) for run in runs]) if runs else 1.0
    segments = tuple(_segment(run, usual, height) for run in runs)
    scale = 72 / DPI
    return PageText(segments, width * scale, height * scale, sum(len(s.text) for s in segments), True, recognised=True)


def _runs(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Words side by side on one line, cut at wide gaps."""
    run: list[_Word] = []
    for word in words:
        if run and (word.line != run[-1].line or word.x0 - run[-1].x1 > _GAP_HEIGHTS * _height(run)):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _height(run: Sequence[_Word]) -> float:
    return max(word.y1 for word in run) - min(word.y0 for word in run)


def _segment(run: Sequence[_Word], usual: float, page_height: int) -> Segment:
    """One size for all lines but headlines: a line's height depends on which letters it has."""
    scale = 72 / DPI
    text = " ".join(word.text for word in run)
    if text.endswith(("-", "¬")) and text[-2:-1].isalpha():
        text = text[:-1] + ("-" if text[-1] == "-" else HYPHEN)
    height = _height(run)
    size = height if height > _LARGER * usual and len(text) > 3 else usual
    return Segment(
        text,
        run[0].x0 * scale,
        run[-1].x1 * scale,
        (page_height - max(word.y1 for word in run)) * scale,
        (page_height - min(word.y0 for word in run)) * scale,
        round(size * scale, 1),
        bold=False,
        doubtful=_confidence(run) < _DOUBTFUL_CONFIDENCE,
    )
