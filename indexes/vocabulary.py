"""The words of an index, to be looked through for those that somebody may have meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from indexes.compounds import fold

_KEPT_LETTERS = 64
_UMLAUTS = {"a": "ä", "o": "ö", "u": "ü"}
_LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"


_Group = tuple[list[str], list[str]]


class _Words(NamedTuple):
    """Words of one length, each on a line: folded, and as they are written."""

    folded: str
    written: str


class Vocabulary:
    """Every word made of letters that stands in a passage.

    The words of a letter are read when one is first looked for, and kept in a few long strings: as an object each, a
    million words would take ten times the memory.
    """

    def __init__(self, beginning: Callable[[str], Iterable[str]], count: Callable[[str], int]) -> None:
        """`beginning` gives the words, in lower case, that begin like this, `count` in how many passages a word is."""
        self._beginning = beginning
        self._count = count
        self._of_letter = lru_cache(_KEPT_LETTERS)(self._read)

    def near(self, typed: str, allowed: int) -> list[tuple[int, str]]:
        """The words that take at most so many slips to get from what was typed, in lower case; with their number.

        Nobody makes two slips and mistypes the first letter as well.
        """
        sought = fold(typed)
        if not sought:
            return []
        by_length = self._of_letter(sought[0])
        found = []
        for length in range(len(sought) - allowed, len(sought) + allowed + 1):
            if words := by_length.get(length):
                found += _near(sought, words, allowed)
        kept = {(slips, word) for slips, word in found if slips < 2 or word[0] == typed[0]}
        return sorted(kept | {(1, word) for word in _begun_otherwise(typed) if self._count(word)})

    def _read(self, letter: str) -> dict[int, _Words]:
        """The words that begin with a letter once they are folded, by their folded length."""
        written = [word for first in letter + _UMLAUTS.get(letter, "") for word in self._beginning(first)]
        written = [word for word in written if word.isalpha()]
        folded = fold("\n".join(written)).split("\n")  # much faster than one by one
        grouped: dict[int, _Group] = defaultdict(lambda: ([], []))
        for own, word in zip(folded, written, strict=bool(written)):
            group = grouped[len(own)]
            group[0].append(own)
            group[1].append(word)
        return {length: _Words(*map("\n".join, group)) for length, group in grouped.items()}


def _near(sought: str, words: _Words, allowed: int) -> list[tuple[int, str]]:
    near = process.extract(sought, words.folded.split("\n"), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    written = words.written.split("\n") if near else []
    return [(int(slips), written[place]) for _, slips, place in near]


def _begun_otherwise(typed: str) -> set[str]:
    """What is one slip away and begins with another letter."""
    rest = typed[1:]
    turned = typed[1:2] + typed[:1] + typed[2:]
    found = {rest, turned, *(letter + rest for letter in _LETTERS), *(letter + typed for letter in _LETTERS)}
    return {word for word in found if word and word[0] != typed[0]}
