"""Marks in passages the words a question was found by."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import accumulate

from indexes.compounds import SHORTEST_PART, fold
from indexes.german import JOINERS, Question, cut, token_words

Mark = tuple[int, int]

_BEGINNING = 6
"""So many letters of a stem are looked for: behind them a word may be spelt otherwise („Gerät|eübernahme“)."""
_UE = re.compile("(?<!q)ue")
_BARE = str.maketrans("äöü", "aou")
_SIGNS = str.maketrans("", "", f" \t\n\r\f\v-./:*,’'–{JOINERS}")


def highlights(question: Question, texts: Sequence[str]) -> list[list[Mark]]:
    """Where words of each text share a stem or a compound part with the question, in reading order, merged.

    Each different token of all the texts is looked at once: they are about the same and share most of their words.

    Units: code points, end exclusive.
    """
    wanted = question.terms.keys()
    pieces = [cut(text) for text in texts]
    tokens = list(set[str]().union(*(piece[1::2] for piece in pieces)))
    found = {token: marks for token in _candidates(wanted, tokens) if (marks := _in_token(wanted, token))}
    return [_merged(piece, found) for piece in pieces]


def _candidates(wanted: AbstractSet[str], tokens: Sequence[str]) -> list[str]:
    """The tokens that hold the beginning of a stem: taking the others apart would be in vain.

    So short a stem as „a“ or „2“ is no part of a compound: it stands by itself, or between the signs of a token.
    """
    lines = [*map(stem_spellings, tokens)]
    joined, ends = "".join(lines), list(accumulate(map(len, lines)))
    beginnings = {fold(term.translate(_SIGNS))[:_BEGINNING] for term in wanted}
    short = {beginning for beginning in beginnings if len(beginning) < SHORTEST_PART}
    odd = [number for number, token in enumerate(tokens) if len(token) < SHORTEST_PART or not token.isalnum()]
    holding = {number for number in odd if any(beginning in lines[number] for beginning in short)}
    for beginning in beginnings - short:
        place = joined.find(beginning)
        while place >= 0:
            number = bisect_right(ends, place)
            holding.add(number)
            place = joined.find(beginning, ends[number])
    return [tokens[number] for number in holding]


def _in_token(wanted: AbstractSet[str], token: str) -> list[Mark]:
    return [(word.start, word.end) for word in token_words(token) if not wanted.isdisjoint(word.terms)]


def _merged(pieces: Sequence[str], found: Mapping[str, Sequence[Mark]]) -> list[Mark]:
    """The marks of a text that was cut up, counted from its beginning."""
    marks: list[Mark] = []
    offset = number = 0
    for next_number in [2 * place + 1 for place, token in enumerate(pieces[1::2]) if token in found]:
        offset += len("".join(pieces[number:next_number]))
        number = next_number
        for first, last in found[pieces[number]]:
            start, end = offset + first, offset + last
            if marks and start < marks[-1][1]:
                marks[-1] = (marks[-1][0], max(marks[-1][1], end))
            else:
                marks.append((start, end))
    return marks


@lru_cache(maxsize=100_000)
def stem_spellings(token: str) -> str:
    """A line for a token without signs, umlauts with an e and without: every stem in it begins somewhere there."""
    plain = unicodedata.normalize("NFKC", token).lower().translate(_SIGNS)
    folded = fold(plain)
    if folded == plain and "ae" not in plain and "oe" not in plain and "ue" not in plain:
        return f"{plain}\n"
    return f"{folded} {plain.translate(_BARE)} {_UE.sub('u', folded.replace('ae', 'a').replace('oe', 'o'))}\n"
