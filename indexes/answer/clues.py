"""What speaks for a unit as the answer to a question, and what speaks for the answer as a whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indexes.answer.units import Unit, units
from indexes.answer.wanted import STRICT, Kind, fit, kinds_asked
from indexes.embedder import Embedder
from indexes.german import Question, Word, roots_of, words
from indexes.lexical import LexicalIndex
from indexes.search import Passage

Floats = NDArray[np.float64]

UNIT_CLUES = (
    "passage", "first", "covered", "covered_with_context", "like_words", "like", "like_with_context", "fit", "misfit",
    "heading", "row", "short", "long", "begins",
)  # fmt: skip
"""Score and rank of the passage; share of the question's words in the unit, and in unit, heading and title, by rarity;
the same with near words counting in part; cosines; whether it holds the kind of thing asked for; what form it has."""

TRUST_CLUES = (
    "choice", "margin", "covered", "covered_with_context", "like_words", "least_like_word", "unknown", "like",
    "like_with_context", "fit", "misfit", "strict_misfit", "rarest_covered", "gap", "near_gap", "passage_margin",
    "nouns_covered", "nouns_near", "noun_gap", "words",
)  # fmt: skip
"""How clearly the unit was chosen; how far it covers the question, its rarest word and its nouns; the most telling word
it lacks; words nobody here has written; cosines; the kind of thing asked for; how far its passage is ahead."""

NOISE = frozenset(
    "viel viele hoch lange oft teuer kostet kosten gibt geben bekommt bekommen welche welcher welches darf dürfen muss "
    "müssen kann können soll sollen braucht brauchen machen macht gehen geht steht stehen eigenen eigene unser unsere "
    "bitte".split()
)
_NEAR = 0.35
_RARE = 6.0
_SHORT, _LONG, _BEGINNING = 40, 220, 8
_OF_THE_CHOICE = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit in its passage."""

    passage: Passage
    unit: Unit


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates with what speaks for each.

    Shapes: `clues` (len(candidates), len(UNIT_CLUES)); `trust` (len(candidates), len(TRUST_CLUES) - 3), to which
        `trusted` adds what is known once a unit is chosen.
    """

    candidates: tuple[Candidate, ...]
    clues: Floats
    trust: Floats


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word of the question: how rare it is, what it may be found as, and its vector."""

    weight: float
    wholes: frozenset[str]
    parts: tuple[tuple[str, float], ...]
    vector: NDArray[np.float32]


class Evidence:
    """Everything about one question that its candidates are judged by."""

    def __init__(self, question: Question, typed: str, lexical: LexicalIndex, embedder: Embedder) -> None:
        self.embedder = embedder
        self.kinds: list[Kind] = kinds_asked(typed)
        self.vector = embedder.encode_query(question.text)
        found = [word for word in words(typed) if word.terms and word.exact and word.exact not in NOISE]
        vectors = embedder.encode_documents([word.exact for word in found]) if found else ()
        rarity = _Rarity(lexical)
        self.asked = [_asked(word, vector, rarity) for word, vector in zip(found, vectors, strict=True)]
        self.weights = [one.weight for one in self.asked]
        self.nouns = [
            one.weight if typed[word.start].isupper() and word.start else 0.0
            for one, word in zip(self.asked, found, strict=True)
        ]
        self.unknown = _share(self.weights, [float(self._is_unknown(word, lexical)) for word in found])

    @staticmethod
    def _is_unknown(word: Word, lexical: LexicalIndex) -> bool:
        """Neither the word nor all of its parts stand anywhere."""
        whole, *parts = word.terms
        return not lexical.count_of(whole) and not (parts and all(map(lexical.count_of, parts)))

    def judge(self, passages: Sequence[Passage]) -> Judged:
        """Cut the passages into units and work out the clues for each."""
        candidates = tuple(Candidate(passage, unit) for passage in passages for unit in units(passage.text))
        if not candidates:
            return Judged((), np.zeros((0, len(UNIT_CLUES))), np.zeros((0, len(TRUST_CLUES) - _OF_THE_CHOICE)))
        said = [f"{_above(one)} {one.unit.shown}" for one in candidates]
        alike = zip(
            self.embedder.encode_documents([one.unit.shown for one in candidates]) @ self.vector,
            self.embedder.encode_documents(said) @ self.vector,
            _nearest(
                self.embedder, self.asked, [_read_above(one).words + _read(one.unit.shown).words for one in candidates]
            ),
            strict=True,
        )
        standing = _Standing(passages)
        rows = [self._row(one, likeness, standing) for one, likeness in zip(candidates, alike, strict=True)]
        return Judged(candidates, np.array([row for row, _ in rows]), np.array([trust for _, trust in rows]))

    def _row(
        self, one: Candidate, likeness: tuple[float, float, list[float]], standing: _Standing
    ) -> tuple[list[float], list[float]]:
        """The clues for a unit, and those for trusting it."""
        like, like_with, near = likeness
        forms = _read(one.unit.shown).forms
        own, context = self._covered(forms), self._covered(forms | _read_above(one).forms)
        near = [max(pair) for pair in zip(context, near, strict=True)]
        kind = fit(self.kinds, one.unit.shown)
        misfit = float(bool(self.kinds) and not kind)
        shares = [_share(self.weights, held) for held in (own, context, near)]
        heading = _share(self.weights, self._covered(_read(" ".join(one.passage.headings[-1:])).forms))
        length, score, rank = len(one.unit.shown), *standing.of(one.passage)
        form = (one.unit.is_row, length < _SHORT, length > _LONG, one.unit.start < _BEGINNING)
        row = [score / standing.best, rank, *shares, like, like_with, kind, misfit, heading, *form]
        strict = float(bool(misfit) and self.kinds[0].name in STRICT)
        rarest = context[int(np.argmax(self.weights))] if self.weights else 0.0
        gaps = [_gap(self.weights, context), _gap(self.weights, near)]
        margin = standing.margin(one.passage)
        nouns = [_share(self.nouns, held) for held in (context, near)]
        noun_gap = _gap(self.nouns, [float(held >= 1.0) for held in context])
        least = min(near, default=0.0)
        trust = [*shares, least, self.unknown, like, like_with, kind, misfit, strict, rarest, *gaps, margin]
        trust += [*nouns, noun_gap]
        return [float(value) for value in row], [float(value) for value in trust]

    def _covered(self, forms: frozenset[str]) -> list[float]:
        """For each word asked: 1 where a text holds it or its root, else the share of its parts that it holds."""
        return [_held(asked, forms) for asked in self.asked]


class _Standing:
    """How the passages stand among each other."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._scores = {passage.chunk_id: passage.score for passage in passages}
        self._ranks = {passage.chunk_id: 1.0 / (1 + place) for place, passage in enumerate(passages)}
        self.best = max(self._scores.values()) or 1.0

    def of(self, passage: Passage) -> tuple[float, float]:
        """Score, and the inverse of the rank."""
        return passage.score, self._ranks[passage.chunk_id]

    def margin(self, passage: Passage) -> float:
        """How far the passage is ahead of the best of the others."""
        return passage.score - max(
            (score for chunk, score in self._scores.items() if chunk != passage.chunk_id), default=0.0
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """A text after analysis: the forms its words are found by, and the words themselves."""

    forms: frozenset[str]
    words: tuple[str, ...]


@lru_cache(maxsize=8_000)
def _read(text: str) -> _Read:
    found = [word for word in words(text) if word.terms]
    stems = {term for word in found for term in word.terms}
    roots = {f"root:{one}" for word in found for one in roots_of(word)}
    return _Read(frozenset(stems | roots), tuple(dict.fromkeys(word.exact for word in found if word.exact)))


def _read_above(one: Candidate) -> _Read:
    return _read(_above(one))


def _nearest(embedder: Embedder, asked: Sequence[_Asked], texts: Sequence[tuple[str, ...]]) -> list[list[float]]:
    """For each text, how near the nearest of its words is to each word asked: 0 below `_NEAR`, else the cosine."""
    place = {word: number for number, word in enumerate(dict.fromkeys(word for text in texts for word in text))}
    if not place or not asked:
        return [[0.0] * len(asked) for _ in texts]
    cosines = embedder.encode_documents(list(place)) @ np.stack([one.vector for one in asked]).T
    cosines[cosines < _NEAR] = 0.0
    nothing = np.zeros(len(asked), np.float32)
    return [(cosines[[place[word] for word in text]].max(axis=0) if text else nothing).tolist() for text in texts]


class _Rarity(dict[str, float]):
    """Term to the logarithm of how few passages hold it."""

    def __init__(self, lexical: LexicalIndex) -> None:
        super().__init__()
        self._lexical = lexical

    def __missing__(self, term: str) -> float:
        self[term] = math.log((self._lexical.passages() + 1) / (self._lexical.count_of(term) + 0.5))
        return self[term]


def _asked(word: Word, vector: NDArray[np.float32], rarity: _Rarity) -> _Asked:
    whole, *parts = word.terms
    weights = [(part, rarity[part]) for part in parts]
    weight = min(rarity[whole], sum(one for _, one in weights)) if weights else rarity[whole]
    roots = [] if parts else roots_of(word)
    return _Asked(max(weight, 0.1), frozenset([whole, *(f"root:{one}" for one in roots)]), tuple(weights), vector)


def _held(asked: _Asked, forms: frozenset[str]) -> float:
    if not asked.wholes.isdisjoint(forms):
        return 1.0
    total = sum(weight for _, weight in asked.parts)
    return sum(weight for part, weight in asked.parts if part in forms) / total if total else 0.0


def _above(one: Candidate) -> str:
    return " ".join([one.passage.title, *one.passage.headings, one.unit.about])


def _gap(weights: Sequence[float], held: Sequence[float]) -> float:
    """The most telling word that is not held, by its rarity."""
    missing = (weight * (1 - share) for weight, share in zip(weights, held, strict=True))
    return max(missing, default=0.0) / _RARE


def _share(weights: Sequence[float], held: Sequence[float]) -> float:
    total = sum(weights)
    return sum(weight * share for weight, share in zip(weights, held, strict=True)) / total if total else 0.0


def trusted(judged: Judged, scores: Floats, chosen: int) -> Floats:
    """What speaks for trusting the chosen unit.

    Shapes: `scores` (len(candidates),), the choice's log weights; the result (len(TRUST_CLUES),).
    """
    powers = np.exp(scores - scores.max())
    share = powers / powers.sum()
    here = judged.candidates[chosen].passage.document_id
    elsewhere = [score for one, score in zip(judged.candidates, scores, strict=True) if one.passage.document_id != here]
    margin = min(float(scores[chosen] - max(elsewhere, default=scores[chosen] - 4.0)), 4.0)
    row = judged.trust[chosen]
    return np.array([float(share[chosen]), margin / 4.0, *row, math.log1p(len(judged.candidates)) / 5.0])
