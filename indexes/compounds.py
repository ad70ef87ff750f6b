"""Takes German compounds apart: „Hundesteuerbescheid“ is also Hund, Steuer and Bescheid."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

PARTS = Path(__file__).parent / "words" / "compound_parts.txt"
LINKS = {"s": ("s",), "e": ("es", "en", "er", "e"), "n": ("n",)}
"""Linking forms by their first letter."""
SHORTEST_PART = 3
_SHORTEST_COMPOUND = 7
_LONGEST_WORD = 40
_COST_OF_A_PART = 6.0  # in nats: one frequent long part is worth more than two rare short ones
_COST_OF_A_LINK = 0.5


def fold(word: str) -> str:
    """One spelling for „Gebühr“ and „Gebuehr“, „Straße“ and „Strasse“; expects lower case."""
    return word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")


def _read_costs() -> dict[str, float]:
    """Shapes: folded part to -ln(its share of all occurrences)."""
    counts = dict(line.split(" ") for line in PARTS.read_text("utf-8").splitlines())
    total = sum(int(count) for count in counts.values())
    return {part: math.log(total / int(count)) for part, count in counts.items()}


@lru_cache(maxsize=1)
def _costs() -> dict[str, float]:
    return _read_costs()


@lru_cache(maxsize=200_000)
def parts(word: str) -> tuple[str, ...]:
    """The smallest known words a folded word is made of; empty where it is no compound of known words."""
    halves = _cheapest_split(word)
    return tuple(atom for half in halves for atom in (parts(half) or (half,)))


def _cheapest_split(word: str) -> tuple[str, ...]:
    """Dynamic programme over the cut points; the whole word is never one of its parts.

    Source: Koehn and Knight, "Empirical Methods for Compound Splitting", EACL 2003, with unigram costs
        in place of the geometric mean.
    """
    length = len(word)
    if not _SHORTEST_COMPOUND <= length <= _LONGEST_WORD:
        return ()
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for start in range(length - SHORTEST_PART + 1):
        if start in best:
            _extend(best, word, start)
    return best[length][1] if length in best else ()


def _extend(best: dict[int, tuple[float, tuple[str, ...]]], word: str, start: int) -> None:
    """Try every known part that begins at `start`, with every linking form behind it."""
    costs, length = _costs(), len(word)
    so_far, before = best[start]
    for end in range(start + SHORTEST_PART, length + 1):
        cost = costs.get(word[start:end])
        if cost is None or (start == 0 and end == length):
            continue
        total = so_far + cost + _COST_OF_A_PART
        taken = (*before, word[start:end])
        if end not in best or total < best[end][0]:
            best[end] = (total, taken)
        for link in LINKS.get(word[end : end + 1], ()):
            after = end + len(link)
            if length - after < SHORTEST_PART or not word.startswith(link, end):
                continue
            if after not in best or total + _COST_OF_A_LINK < best[after][0]:
                best[after] = (total + _COST_OF_A_LINK, taken)


def is_part(word: str) -> bool:
    """Whether a folded word is one of the known words that compounds are made of."""
    return word in _costs()
