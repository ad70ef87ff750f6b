"""Which words are German, whether or not a text here holds them: who wrote one of them meant it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from indexes.german import stem_of

TABLE = Path(__file__).parent / "words" / "known.txt"
"""Stems, a line each; written by `python -m quality.known`."""


def is_known(exact: str) -> bool:
    """Whether a word, in lower case, is a form of one that German texts use."""
    return stem_of(exact) in _stems()


@lru_cache(maxsize=1)
def _stems() -> frozenset[str]:
    return frozenset(TABLE.read_text("utf-8").splitlines())
