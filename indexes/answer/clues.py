"""What speaks for a unit as the answer to a question, and what speaks for the answer as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indexes.answer.units import Unit, units
from indexes.answer.wanted import NOISE, STRICT, Kind, fit, kinds_asked
from indexes.embedder import Embedder
from indexes.german import Question, Word, roots_of, words
from indexes.lexical import LexicalIndex
from indexes.search import Passage
from indexes.static import Vectors

Floats = NDArray[np.float64]

UNIT_CLUES = (
    "passage", "like_with_context", "passage_like", "near_words", "alike_alone", "fit", "digit", "row", "short",
)  # fmt: skip
"""Score of the passage; cosines of unit and passage; share of the question's words, by rarity, that stand in unit,
headings and title or are near one there, and that are like one in the unit alone; whether it holds the kind of thing
asked for, and a figure where one is; what form it has."""

TRUST_CLUES = (
    "choice", "margin", "fit", "strict_misfit", "permission", "passage_margin", "passage_like",
    "nouns_near", "noun_gap", "alike", "least_alike", "passage_near", "evidence",
)  # fmt: skip
"""How clearly the unit was chosen; the kind of thing asked for; how far its passage is ahead, and how like the question
it is; nouns found, and the most telling one that isn't; words found in part, and the one found least; words found
anywhere in the passage; how much all that was found tells."""

_NEAR = 0.35
_RARE = 6.0
_SHORT = 40
_MOST_MARGIN = 4.0
_OF_THE_CHOICE = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit in its passage."""

    passage: Passage
    unit: Unit


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates with what speaks for each.

    Shapes: `clues` (len(candidates), len(UNIT_CLUES)); `trust` (len(candidates), len(TRUST_CLUES) - 2), to which
        `trusted` adds what is known once a unit is chosen.
    """

    candidates: tuple[Candidate, ...]
    clues: Floats
    trust: Floats


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word of the question: how rare it is, what it may be found as."""

    weight: float
    wholes: frozenset[str]
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """How far each word asked is found with each candidate: 1 where it stands, less for parts and for words like it.

    Shapes: each (candidates, words asked); `stands` in unit, headings and title, without likeness; `near` with that
        from `_NEAR` on, `alike` with any; `alone` in the unit only; `passage` as `near`, anywhere in the passage.
    """

    stands: Floats
    near: Floats
    alike: Floats
    alone: Floats
    passage: Floats


class Evidence:
    """Everything about one question that its candidates are judged by."""

    def __init__(self, question: Question, typed: str, lexical: LexicalIndex, embedder: Embedder) -> None:
        self.embedder = embedder
        self.kinds: list[Kind] = kinds_asked(typed)
        self.vector = embedder.encode_query(question.text)
        found = [word for word in words(typed) if word.terms and word.exact and word.exact not in NOISE]
        rarity = _Rarity(lexical)
        self.most = rarity[""]
        self.asked = [_asked(word, rarity) for word in found]
        self.vectors = embedder.encode_documents([word.exact for word in found]) if found else self.vector[:0]
        self.weights = np.array([one.weight for one in self.asked])
        self.nouns = self.weights * [typed[word.start].isupper() and word.start > 0 for word in found]

    def judge(self, passages: Sequence[Passage]) -> Judged:
        """Cut the passages into units and work out the clues for each; none where nothing was asked in words."""
        candidates = tuple(Candidate(passage, unit) for passage in passages for unit in units(passage.text))
        if not candidates or not self.asked:
            return Judged((), np.zeros((0, len(UNIT_CLUES))), np.zeros((0, len(TRUST_CLUES) - _OF_THE_CHOICE)))
        found = self._find(candidates)
        place = {passage.chunk_id: number for number, passage in enumerate(passages)}
        of = [place[one.passage.chunk_id] for one in candidates]
        scores = np.array([passage.score for passage in passages])
        like_passage = self._likeness([f"{_heads(one)} {one.text}" for one in passages])[of]
        fits = np.array([fit(self.kinds, one.unit.shown) for one in candidates])
        is_strict = bool(self.kinds) and self.kinds[0].name in STRICT
        clues = [
            scores[of] / (scores.max() or 1.0),
            self._likeness([f"{_above(one)} {one.unit.shown}" for one in candidates]),
            like_passage,
            _share(self.weights, found.near),
            _share(self.weights, found.alone),
            fits,
            [is_strict and any(map(str.isdigit, one.unit.shown)) for one in candidates],
            [one.unit.is_row for one in candidates],
            [len(one.unit.shown) < _SHORT for one in candidates],
        ]
        trust = [
            fits,
            is_strict & (fits == 0.0),
            np.full(len(of), bool(self.kinds) and self.kinds[0].name == "erlaubnis"),
            _ahead(scores)[of],
            like_passage,
            *self._words_found(found),
        ]
        return Judged(candidates, np.array(clues, np.float64).T, np.array(trust, np.float64).T)

    def _words_found(self, found: _Found) -> list[Floats]:
        """The clues to trust, from `nouns_near` on."""
        gap = (self.nouns * (found.stands < 1.0)).max(axis=1) / _RARE
        return [
            _share(self.nouns, found.near), gap, _share(self.weights, found.alike), found.alike.min(axis=1),
            _share(self.weights, found.passage), np.log1p(found.alike @ self.weights / self.most),
        ]  # fmt: skip

    def _likeness(self, texts: Sequence[str]) -> Floats:
        """Shapes: (len(texts),), cosines with the question."""
        return (self.embedder.encode_documents(texts) @ self.vector).astype(np.float64)

    def _find(self, candidates: Sequence[Candidate]) -> _Found:
        own = [_read(one.unit.shown) for one in candidates]
        above = [_read(_above(one)) for one in candidates]
        cosines = _Cosines(self.embedder, self.vectors, [*own, *above])
        stands = self._held(one.forms | over.forms for one, over in zip(own, above, strict=True))
        like_own = cosines.nearest(own)
        alike = np.maximum(np.maximum(stands, like_own), cosines.nearest(above))
        near = np.where(alike >= _NEAR, alike, stands)
        of = np.array([one.passage.chunk_id for one in candidates])
        passage = np.zeros_like(near)
        for chunk in set(of.tolist()):
            passage[of == chunk] = near[of == chunk].max(axis=0)
        return _Found(stands, near, alike, np.maximum(self._held(one.forms for one in own), like_own), passage)

    def _held(self, texts: Iterable[frozenset[str]]) -> Floats:
        """For each text and word asked: 1 where it holds the word or its root, else the share of its parts it holds."""
        rows = [[_held(asked, forms) for asked in self.asked] for forms in texts]
        return np.array(rows, np.float64).reshape(-1, len(self.asked))


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


class _Cosines:
    """How like each word of some texts is to each word asked."""

    def __init__(self, embedder: Embedder, asked: Vectors, texts: Sequence[_Read]) -> None:
        there = list(dict.fromkeys(word for text in texts for word in text.words))
        self._place = {word: number for number, word in enumerate(there)}
        self._cosines = (embedder.encode_documents(there) @ asked.T).astype(np.float64)

    def nearest(self, texts: Sequence[_Read]) -> Floats:
        """Shapes: (len(texts), words asked), the best of each text's words, 0 where it has none."""
        nothing = np.zeros(self._cosines.shape[1])
        return np.array([
            self._cosines[[self._place[word] for word in text.words]].max(axis=0) if text.words else nothing
            for text in texts
        ])  # fmt: skip


class _Rarity(dict[str, float]):
    """Term to the logarithm of how few passages hold it."""

    def __init__(self, lexical: LexicalIndex) -> None:
        super().__init__()
        self._lexical = lexical

    def __missing__(self, term: str) -> float:
        self[term] = math.log((self._lexical.passages() + 1) / (self._lexical.count_of(term) + 0.5))
        return self[term]


def _asked(word: Word, rarity: _Rarity) -> _Asked:
    whole, *parts = word.terms
    weights = [(part, rarity[part]) for part in parts]
    weight = min(rarity[whole], sum(one for _, one in weights)) if weights else rarity[whole]
    roots = [] if parts else roots_of(word)
    return _Asked(max(weight, 0.1), frozenset([whole, *(f"root:{one}" for one in roots)]), tuple(weights))


def _held(asked: _Asked, forms: frozenset[str]) -> float:
    if not asked.wholes.isdisjoint(forms):
        return 1.0
    total = sum(weight for _, weight in asked.parts)
    return sum(weight for part, weight in asked.parts if part in forms) / total if total else 0.0


def _heads(passage: Passage) -> str:
    return " ".join([passage.title, *passage.headings])


def _above(one: Candidate) -> str:
    return f"{_heads(one.passage)} {one.unit.about}".rstrip()


def _ahead(scores: Floats) -> Floats:
    """How far each passage is ahead of the best of the others, which may be nothing."""
    best, second = np.sort(np.append(scores, [0.0, 0.0]))[::-1][:2]
    ahead: Floats = np.where(scores == best, scores - second, scores - best)
    return ahead


def _share(weights: Floats, held: Floats) -> Floats:
    """Shapes: `weights` (words,), `held` (candidates, words); the result (candidates,), 0 without weights."""
    total = float(weights.sum())
    return held @ weights / total if total else np.zeros(len(held))


def trusted(judged: Judged, scores: Floats, chosen: int) -> Floats:
    """What speaks for trusting the chosen unit.

    Shapes: `scores` (len(candidates),), the choice's log weights; the result (len(TRUST_CLUES),).
    """
    powers = np.exp(scores - scores.max())
    share = powers / powers.sum()
    here = judged.candidates[chosen].passage.document_id
    elsewhere = [score for one, score in zip(judged.candidates, scores, strict=True) if one.passage.document_id != here]
    margin = min(float(scores[chosen] - max(elsewhere, default=scores[chosen] - _MOST_MARGIN)), _MOST_MARGIN)
    return np.array([float(share[chosen]), margin / _MOST_MARGIN, *judged.trust[chosen]])
