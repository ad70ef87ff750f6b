"""What is written in each passage of a segment, row by row: read where a candidate is looked at letter by letter.

The texts lie in one file, end to end, and are read from it, not mapped: a million of them would otherwise count as
memory of every process that serves.
"""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from indexes.query import Entry

_TEXTS, _ENDS = "texts.bin", "ends.npy"
_BLANKS = bytes(byte if chr(byte).isalnum() or chr(byte) == "§" else 32 for byte in range(256))
_FOLDED = ((b"\xe4", b"ae"), (b"\xf6", b"oe"), (b"\xfc", b"ue"), (b"\xdf", b"ss"))


def spelt(text: str) -> bytes:
    """Letters and digits of a text in one spelling, blanks for the rest and around it; Latin-1, lower case."""
    written = text.lower().encode("latin-1", "replace").translate(_BLANKS)
    for letter, letters in _FOLDED:
        written = written.replace(letter, letters)
    return b" %b " % written


def spelt_passage(entry: Entry) -> bytes:
    """Everything a passage is searched by: title, headings, text."""
    return spelt("\n".join((entry.title, *entry.headings, entry.text)))


class TextWriter:
    """Collects texts in a file without a name in `folder`, so that a million of them never lie in memory."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = TemporaryFile(dir=folder)  # noqa: SIM115 closed by `close`
        self._lengths: list[int] = []

    def add(self, texts: Iterable[bytes]) -> None:
        """Put the texts of the next rows behind those that came before."""
        for text in texts:
            self._file.write(text)
            self._lengths.append(len(text))

    def write(self, folder: Path) -> None:
        """Write the files of a segment; the caller makes them durable."""
        self._file.seek(0)
        with (folder / _TEXTS).open("wb") as target:
            shutil.copyfileobj(self._file, target, 1 << 20)
        np.save(folder / _ENDS, np.cumsum(self._lengths, dtype=np.int64))

    def close(self) -> None:
        """Give the file without a name back."""
        self._file.close()


class Texts:
    """The texts of a segment; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises: OSError or ValueError when the files are not there, or do not belong together."""
        self._ends: NDArray[np.int64] = np.load(folder / _ENDS, mmap_mode="r")
        self._file = os.open(folder / _TEXTS, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        if os.fstat(self._file).st_size != self.size_bytes:
            raise ValueError("the texts do not end where they should")

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def size_bytes(self) -> int:
        """How long all of them are together."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def read(self, rows: NDArray[np.int64]) -> list[bytes]:
        """The texts of these rows, in their order.

        Shapes: `rows` (n,) int64, each a row of the segment.
        """
        ends = self._ends[rows].tolist()
        starts = np.where(rows > 0, self._ends[np.maximum(rows - 1, 0)], 0).tolist()
        return [os.pread(self._file, end - start, start) for start, end in zip(starts, ends, strict=True)]
