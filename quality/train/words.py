"""Texts as numbered words: split once, so that pairs can be cut, mixed and counted with array operations."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]

# The same cuts as the tokenizer's: words, and every sign by itself. Soft hyphens are line breaks of a PDF.
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
_SOFT_HYPHEN = str.maketrans("", "", "\u00ad\u200b")


def normalise(text: str) -> str:
    """What the tokenizer's own normaliser does, for text that is counted before the tokenizer exists."""
    return unicodedata.normalize("NFKC", text.translate(_SOFT_HYPHEN)).lower()


def split(text: str) -> list[str]:
    """The words and signs of a text, normalised."""
    return _WORD.findall(normalise(text))


@dataclass(frozen=True, slots=True)
class Ragged:
    """Many sequences of numbers in one array; sequence i is `flat[offsets[i]:offsets[i + 1]]`."""

    flat: Ids
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> Ids:
        return self.flat[self.offsets[index] : self.offsets[index + 1]]

    def first(self, count: int) -> Ragged:
        """The first `count` sequences alone."""
        return Ragged(self.flat[: self.offsets[count]], self.offsets[: count + 1])


class Words:
    """Gives each distinct word a number, in the order in which they are first seen."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, texts: Iterable[str]) -> Ragged:
        """Split the texts and number their words, new ones included."""
        flat, offsets = array("i"), array("q", [0])
        for text in texts:
            flat.extend(map(self._numbers.__getitem__, split(text)))
            offsets.append(len(flat))
        return Ragged(np.asarray(flat, np.int32), np.asarray(offsets, np.int64))

    def spelled(self) -> list[str]:
        """The words by their numbers."""
        return list(self._numbers)


def gather(rows: Ragged, wanted: Ids) -> tuple[Ids, NDArray[np.int64]]:
    """Concatenate the wanted sequences; also says how long each of them is."""
    starts, lengths = rows.offsets[wanted], rows.offsets[wanted + 1] - rows.offsets[wanted]
    ends = np.cumsum(lengths)
    inside = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return rows.flat[np.repeat(starts, lengths) + inside], lengths
