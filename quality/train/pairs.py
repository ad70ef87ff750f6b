"""Cut training pairs out of sections, questions, synonyms and translations: a query, and the passage it should find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import BadInput
from quality.train.words import Ids, Ragged

_PATIENCE = 50

Pair = tuple[Ids, Ids, int]
"""(query, passage, group) as words: one group's passages (-1: none) are no counter-examples of each other"""


@dataclass(frozen=True, slots=True)
class Material:
    """The training folder as numbered words.

    Shapes: `weight` (words,) float32: how telling a word is, 0 for stop words; `replacement` (words, 4) int32: words
        that mean the same, -1 where there are none; `translation` (words, 4) likewise, into the other language;
        of `german` and `english` the first `sentences` are sentences, the others entries of a dictionary;
        `source` (sections,) int8; `asked` (questions in the texts, 3) int32: section, first word, word past the "?".
    """

    titles: Ragged
    headings: Ragged
    texts: Ragged
    source: NDArray[np.int8]
    telling_heading: NDArray[np.bool_]
    group: Ids
    questions: Ragged
    answer_titles: Ragged
    answers: Ragged
    synonyms: Ragged
    synonym_group: NDArray[np.int64]
    german: Ragged
    english: Ragged
    sentences: int
    weight: NDArray[np.float32]
    replacement: Ids
    translation: Ids
    openers: tuple[Ids, ...]
    asked: Ids


@dataclass(frozen=True, slots=True)
class Mix:
    """What the batches are made of, and how queries and passages are varied.

    Each batch is of one family: beside passages of another kind or language, which a glance tells apart, a pair would
    learn nothing.
    """

    families: tuple[tuple[str, float], ...] = (
        ("sections", 0.5),
        ("answers", 0.22),
        ("synonyms", 0.04),
        ("foreign", 0.24),
    )
    heading: float = 0.22
    title: float = 0.18
    span: float = 0.36
    keywords: float = 0.24
    mate: float = 0.15
    answer: float = 0.5
    sentence: float = 0.2
    paragraph: float = 0.2
    english_question: float = 0.15
    entry: float = 0.5
    sources: tuple[float, ...] = (0.25, 0.55, 0.2)
    neighbours: int = 4
    longest: int = 140
    with_title: float = 0.5
    replaced: float = 0.12
    opener: float = 0.2


class Pairs:
    """An endless, seeded stream of batches; the same seed gives the same batches."""

    def __init__(self, material: Material, mix: Mix, seed: int) -> None:
        self._m, self._mix = material, mix
        self._rng = np.random.default_rng(seed)
        self._own: tuple[tuple[float, Callable[[int], Pair]], ...] = (
            (mix.heading, self._heading),
            (mix.title, self._title),
            (mix.span, self._span),
            (mix.keywords, self._keywords),
            (mix.mate, self._mate),
        )
        self._cuts = np.cumsum([share for share, _ in self._own])
        sources = int(material.source.max()) + 1
        shares = np.asarray(mix.sources if len(mix.sources) == sources else [1.0] * sources)
        per_section = shares[material.source] / np.bincount(material.source, minlength=sources)[material.source]
        self._chance = np.cumsum(per_section / per_section.sum())
        there = {"sections": 1, "answers": len(material.answers), "synonyms": len(material.synonyms)}
        there["foreign"] = len(material.german)
        self._families = [(family, share) for family, share in mix.families if there[family]]

    def batch(self, size: int) -> list[Pair]:
        """Pairs of one family, which is drawn by lot.

        Raises: BadInput when hardly a pair can be cut out of the texts, as out of columns of numbers.
        """
        shares = np.cumsum([share for _, share in self._families])
        family = self._families[int(np.searchsorted(shares, self._rng.random() * shares[-1]))][0]
        make: dict[str, Callable[[], list[Pair]]] = {
            "sections": self._sections,
            "answers": self._answers,
            "synonyms": lambda: [self._synonym()],
            "foreign": lambda: [self._foreign()],
        }
        pairs: list[Pair] = []
        for _ in range(_PATIENCE * size):
            pairs += [pair for pair in make[family]() if len(pair[0]) and len(pair[1])]
            if len(pairs) >= size:
                return pairs[:size]
        raise BadInput(
            "Aus diesen Texten lässt sich nichts lernen: Sie enthalten kaum Sätze.",
            "Bitte Dokumente mit Fließtext dazunehmen.",
        )

    def _sections(self) -> list[Pair]:
        """A section and the ones behind it: counter-examples near at hand."""
        first = int(np.searchsorted(self._chance, self._rng.random()))
        last = min(first + self._mix.neighbours, len(self._m.texts))
        return [self._from_section(index) for index in range(first, last)]

    def _from_section(self, index: int) -> Pair:
        kind = int(np.searchsorted(self._cuts, self._rng.random() * self._cuts[-1]))
        return self._own[kind][1](index)

    def _answers(self) -> list[Pair]:
        """Questions inside the texts, or several from one paper, whose answers only the matter tells apart."""
        if len(self._m.asked) and self._rng.random() >= self._mix.answer:
            return [self._asked_inside() for _ in range(self._mix.neighbours)]
        first = int(self._rng.integers(len(self._m.answers)))
        return [self._answer(index) for index in range(first, min(first + self._mix.neighbours, len(self._m.answers)))]

    def _foreign(self) -> Pair:
        lot = self._rng.random()
        if lot < self._mix.sentence:
            index = self._bilingual(1)[0]
            return self._m.german[index], self._m.english[index], -1
        if lot < self._mix.sentence + self._mix.paragraph:
            return self._paragraph()
        of_query = lot > 1 - self._mix.english_question
        return self._mixed_language(int(np.searchsorted(self._chance, self._rng.random())), of_query=of_query)

    def _bilingual(self, count: int) -> NDArray[np.int64]:
        """Sentences, or entries of the dictionary where there is one."""
        everything = len(self._m.german)
        entries = everything > self._m.sentences and self._rng.random() < self._mix.entry
        low, high = (self._m.sentences, everything) if entries else (0, self._m.sentences or everything)
        return self._rng.integers(low, high, count)

    def _heading(self, index: int) -> Pair:
        if not self._m.telling_heading[index]:
            return self._keywords(index)
        query = self._varied(self._m.headings[index])
        passage, _ = self._window(index, 0, 0)
        return self._asked(query), self._titled(index, passage), -1

    def _title(self, index: int) -> Pair:
        passage, _ = self._window(index, 0, 0)
        query = self._m.titles[index][:40]
        if self._rng.random() < 0.5 and self._m.telling_heading[index]:
            query = np.concatenate([query, self._m.headings[index]])
        return self._asked(self._varied(query)), passage, int(self._m.group[index])

    def _span(self, index: int) -> Pair:
        text = self._m.texts[index]
        length = int(np.exp(self._rng.uniform(np.log(3), np.log(28))))
        if len(text) < length + 10:
            return self._keywords(index)
        start = int(self._rng.integers(0, len(text) - length))
        passage, _ = self._window(index, start, length)
        return self._asked(self._varied(text[start : start + length])), self._titled(index, passage), -1

    def _keywords(self, index: int) -> Pair:
        """A few telling words of one neighbourhood, as staff type them; half the time gone from the passage."""
        text = self._m.texts[index]
        start = int(self._rng.integers(0, max(1, len(text) - 30)))
        near = text[start : start + 30]
        weight = self._m.weight[near]
        count = min(int(self._rng.integers(1, 6)), int((weight > 0).sum()))
        if count == 0:
            return near[:0], text[:0], -1
        # weighted draw without replacement (Efraimidis and Spirakis 2006)
        lots = np.log(self._rng.random(len(near))) / np.maximum(weight, 1e-9)
        chosen = np.sort(np.argpartition(-lots, count - 1)[:count])
        kept = self._rng.random() < 0.5
        passage, at = self._window(index, start, 0)
        if not kept:
            gone = chosen + start - at
            passage = np.delete(passage, gone[(gone >= 0) & (gone < len(passage))])
        return self._asked(self._varied(near[chosen])), self._titled(index, passage), -1

    def _mate(self, index: int) -> Pair:
        """Words of one section for another of its paper: what belongs together without being said in the same words."""
        group = self._m.group
        near = [
            other for other in range(index - 3, index + 4) if 0 <= other < len(group) and group[other] == group[index]
        ]
        near.remove(index)
        if not near:
            return self._span(index)
        query, _, _ = self._span(index) if self._rng.random() < 0.5 else self._keywords(index)
        passage, _ = self._window(near[int(self._rng.integers(len(near)))], 0, 0)
        return query, passage, int(group[index])

    def _mixed_language(self, index: int, *, of_query: bool) -> Pair:
        """A span and its passage, the words of one of them in the other language where the dictionary knows them."""
        query, passage, group = self._span(index)
        if of_query:
            return self._swapped(query, self._m.translation, 0.9), passage, group
        return query, self._swapped(passage, self._m.translation, 0.9), group

    def _asked_inside(self) -> Pair:
        """A question that stands in a text, and what stands behind it there: mostly its answer."""
        section, start, end = (int(value) for value in self._m.asked[self._rng.integers(len(self._m.asked))])
        text = self._m.texts[section]
        passage = text[end : end + int(self._rng.integers(40, self._mix.longest))]
        return self._varied(text[start:end]), self._titled(section, passage), -1

    def _answer(self, index: int) -> Pair:
        passage = self._m.answers[index][:200]
        if self._rng.random() < self._mix.with_title:
            passage = np.concatenate([self._m.answer_titles[index], passage])
        return self._varied(self._m.questions[index]), passage, index

    def _synonym(self) -> Pair:
        while True:
            left = int(self._rng.integers(len(self._m.synonyms)))
            group = int(self._m.synonym_group[left])
            low, high = np.searchsorted(self._m.synonym_group, [group, group + 1])
            right = int(self._rng.integers(low, high))
            if right != left and len(self._m.synonyms[left]) and len(self._m.synonyms[right]):
                return self._m.synonyms[left], self._m.synonyms[right], -2 - group

    def _paragraph(self) -> Pair:
        """Some English sentences one after the other, asked for by the German of one or two of them."""
        picked = self._bilingual(int(self._rng.integers(3, 10)))
        asked = picked[: int(self._rng.integers(1, 3))]
        german, english = (self._m.german[i] for i in asked), [self._m.english[i] for i in picked]
        return np.concatenate([*german]), np.concatenate(english), -1

    def _window(self, index: int, start: int, length: int) -> tuple[Ids, int]:
        """A stretch of the section around a cut-out span, without the span; and where the stretch begins."""
        text = self._m.texts[index]
        longest = int(self._rng.integers(40, self._mix.longest))
        if len(text) <= longest + length:
            low, high = 0, len(text)
        elif length or start:
            low = max(0, min(start - int(self._rng.integers(0, longest)), len(text) - longest - length))
            high = low + longest + length
        else:
            low = 0 if self._rng.random() < 0.5 else int(self._rng.integers(0, len(text) - longest))
            high = low + longest
        return (text[low:high] if not length else np.concatenate([text[low:start], text[start + length : high]])), low

    def _titled(self, index: int, passage: Ids) -> Ids:
        if self._rng.random() >= self._mix.with_title:
            return passage
        parts = [self._m.titles[index][:40], passage]
        if self._rng.random() < 0.5 and self._m.telling_heading[index]:
            parts.insert(1, self._m.headings[index])
        return np.concatenate(parts)

    def _asked(self, query: Ids) -> Ids:
        """Sometimes with the words a question begins with, which say nothing about what is asked for."""
        if not self._m.openers or self._rng.random() >= self._mix.opener:
            return query
        opener = self._m.openers[int(self._rng.integers(len(self._m.openers)))]
        parts = (opener, query) if self._rng.random() < 0.7 else (query, opener)
        return np.concatenate(parts)

    def _varied(self, query: Ids) -> Ids:
        return self._swapped(query, self._m.replacement, self._mix.replaced) if self._rng.random() < 0.5 else query

    def _swapped(self, words: Ids, other: Ids, share: float) -> Ids:
        found = other[words, self._rng.integers(0, other.shape[1], len(words))]
        return np.where((found >= 0) & (self._rng.random(len(words)) < share), found, words).astype(np.int32)


def tell_headings(headings: Ragged, groups: Ids, most: int) -> NDArray[np.bool_]:
    """True for headings that say something: short enough, and not shared by more than `most` documents."""
    seen: dict[bytes, set[int]] = {}
    for index in range(len(headings)):
        seen.setdefault(headings[index].tobytes(), set()).add(int(groups[index]))
    return np.asarray(
        [
            1 <= len(headings[index]) <= 30 and len(seen[headings[index].tobytes()]) <= most
            for index in range(len(headings))
        ]
    )


def number_groups(titles: Sequence[str]) -> Ids:
    """The same number for the same title, whatever its place."""
    numbers: dict[str, int] = {}
    return np.asarray([numbers.setdefault(title, len(numbers)) for title in titles], np.int32)


def find_questions(
    texts: Ragged,
    weight: NDArray[np.float32],
    ends: NDArray[np.bool_],
    mark: int,
    *,
    longest: int = 45,
    behind: int = 15,
) -> Ids:
    """Questions inside the texts that name their matter and have something behind them.

    Shapes: (questions, 3) int32: text, first word, word past the question mark `mark`; `ends` says which words end a
        sentence.
    """
    found = []
    for place in np.flatnonzero(texts.flat == mark):
        text = int(np.searchsorted(texts.offsets, place, "right")) - 1
        low, high = int(texts.offsets[text]), int(texts.offsets[text + 1])
        before = texts.flat[max(low, place - longest) : place]
        stops = np.flatnonzero(ends[before])
        start = place - len(before) + (int(stops[-1]) + 1 if len(stops) else 0)
        question = texts.flat[start:place]
        if len(question) >= 4 and (weight[question] > 0).sum() >= 2 and high - place > behind:
            found.append((text, start - low, place + 1 - low))
    return np.asarray(found, np.int32).reshape(-1, 3)
