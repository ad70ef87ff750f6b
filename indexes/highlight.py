"""Marks in passages the words a question was found by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from indexes.compounds import fold
from indexes.german import Question, placed, token_words

_BEGINNING = 4
_BARE = str.maketrans("äöü", "aou")
_SIGNS = str.maketrans("", "", " \t\n\r\f\v-./:*,’'–")


class Highlighter:
    """Looks at each different token of the passages once: they are about the same and share most of their words."""

    def __init__(self, question: Question) -> None:
        self._wanted = question.terms.keys()
        beginnings = {fold(term.translate(_SIGNS))[:_BEGINNING] for term in self._wanted}
        self._may_hold = re.compile("|".join(map(re.escape, sorted(beginnings))) or r"(?!)").search
        self._known: dict[str, tuple[tuple[int, int], ...]] = {}

    def marks(self, text: str) -> list[tuple[int, int]]:
        """Where words of the text share a stem or a compound part with the question, in reading order, merged.

        Units: code points, end exclusive.
        """
        marks: list[tuple[int, int]] = []
        known = self._known
        for offset, token in placed(text):
            found = known.get(token)
            if found is None:
                found = known[token] = self._in_token(token)
            for first, last in found:
                start, end = offset + first, offset + last
                if marks and start < marks[-1][1]:
                    marks[-1] = (marks[-1][0], max(marks[-1][1], end))
                else:
                    marks.append((start, end))
        return marks

    def _in_token(self, token: str) -> tuple[tuple[int, int], ...]:
        """Most tokens do not even hold the beginning of a stem: taking these apart would be in vain."""
        if not self._may_hold(stem_spellings(token)):
            return ()
        words = token_words(token)
        return tuple((word.start, word.end) for word in words if not self._wanted.isdisjoint(word.terms))


@lru_cache(maxsize=50_000)
def stem_spellings(token: str) -> str:
    """A token without signs, umlauts written with an e and without: every stem in it begins as something here."""
    plain = unicodedata.normalize("NFKC", token).lower().translate(_SIGNS)
    folded = fold(plain)
    if folded == plain and "ae" not in plain and "oe" not in plain and "ue" not in plain:
        return plain
    return f"{folded} {plain.translate(_BARE)} {folded.replace('ae', 'a').replace('oe', 'o').replace('ue', 'u')}"
