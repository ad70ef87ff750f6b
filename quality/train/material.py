"""From a corpus to numbered words, with what is known of each: how telling it is, what else is called so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from quality.train.corpus import Answer, Corpus
from quality.train.names import surnames
from quality.train.pairs import Material, find_questions, number_groups, tell_headings
from quality.train.words import Ids, Ragged, Words, split

Index = NDArray[np.int64]
_CHOICES = 4
_COMMON_HEADING = 40
_OF_AN_ENTRY = 3
# What the short questions of staff carry beside their keywords.
_ENDINGS = (
    "wie? wann? wer? was? welche? wo? wie viel? wie lange? wie hoch? ab wann? pflicht? möglich? erlaubt? zuständig?"
).split(" ")
_ENDS = frozenset(".?!:;•")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The material, the words by their numbers, how often each counts for the tokenizer, and the names among them."""

    material: Material
    words: list[str]
    counts: dict[str, int]
    names: frozenset[str]


def prepare(corpus: Corpus) -> Prepared:
    """Number all words of the corpus and work out the word tables; a few minutes for 45 million words."""
    words = Words()
    sections = corpus.sections
    headings = words.number(section.heading for section in sections)
    titles = words.number(section.title for section in sections)
    texts = words.number(section.text for section in sections)
    questions = words.number(answer.question for answer in corpus.answers)
    answer_titles = words.number(answer.title for answer in corpus.answers)
    answers = words.number(answer.text for answer in corpus.answers)
    synonyms = words.number(name for names in corpus.synonyms for name in names)
    bilingual = [*corpus.sentences, *corpus.entries]
    german = words.number(ours for ours, _ in bilingual)
    english = words.number(theirs for _, theirs in bilingual)
    endings = words.number(_ENDINGS if corpus.answers else [])
    spelled, size = words.spelled(), len(words)
    prose = _count(size, texts, titles, headings, questions, answers)
    everyday = _count(size, synonyms, german.first(len(corpus.sentences)))
    foreign, entries = _count(size, english.first(len(corpus.sentences))), _count(size, english)
    weight = _telling(prose, spelled)
    groups = number_groups([section.title for section in sections])
    material = Material(
        titles=titles,
        headings=headings,
        texts=texts,
        source=np.asarray([section.source for section in sections], np.int8),
        telling_heading=tell_headings(headings, groups, _COMMON_HEADING),
        group=groups,
        questions=questions,
        answer_titles=answer_titles,
        answers=answers,
        synonyms=synonyms,
        synonym_group=np.repeat(np.arange(len(corpus.synonyms)), [len(names) for names in corpus.synonyms]),
        german=german,
        english=english,
        sentences=len(corpus.sentences),
        weight=weight,
        replacement=_replacements(synonyms, [len(names) for names in corpus.synonyms], size),
        translation=translations(german, english, size),
        openers=(*_openers(questions, weight), *(endings[i] for i in range(len(endings)) for _ in range(20))),
        asked=find_questions(
            texts, weight, np.asarray([word in _ENDS for word in spelled]), spelled.index("?") if "?" in spelled else -1
        ),
    )
    # Everyday and English words are few beside the law: they count more, so that the tokenizer knows them whole.
    total = prose + 10 * everyday + 15 * foreign + _OF_AN_ENTRY * entries
    counts = {word: int(count) for word, count in zip(spelled, total, strict=True) if count}
    ordinary = frozenset(word for word, count in zip(spelled, everyday + foreign, strict=True) if count)
    names = surnames((section.text for section in sections), ordinary)
    return Prepared(material, spelled, counts, names)


def with_answers(prepared: Prepared, answers: Sequence[Answer]) -> Prepared:
    """The same words with more answered questions; words nobody numbered are left out of them."""
    number = {word: place for place, word in enumerate(prepared.words)}
    material = prepared.material

    def more(rows: Ragged, texts: Sequence[str]) -> Ragged:
        added = [[number[word] for word in split(text) if word in number] for text in texts]
        flat = np.concatenate([rows.flat, np.fromiter(chain.from_iterable(added), np.int32)])
        ends = rows.offsets[-1] + np.cumsum([len(words) for words in added], dtype=np.int64)
        return Ragged(flat, np.concatenate([rows.offsets, ends]))

    return replace(
        prepared,
        material=replace(
            material,
            questions=more(material.questions, [answer.question for answer in answers]),
            answer_titles=more(material.answer_titles, [answer.title for answer in answers]),
            answers=more(material.answers, [answer.text for answer in answers]),
        ),
    )


def _count(size: int, *texts: Ragged) -> NDArray[np.int64]:
    total = np.zeros(size, np.int64)
    for text in texts:
        total += np.bincount(text.flat, minlength=size)
    return total


def _telling(counts: NDArray[np.int64], spelled: Sequence[str]) -> NDArray[np.float32]:
    """How rare each word is, 0 for the few hundred most frequent ones, for signs, numbers and one-off words."""
    information = np.log(counts.sum() / np.maximum(counts, 1))
    wordlike = np.asarray([len(word) > 2 and word.isalpha() for word in spelled], dtype=bool) & (counts >= 3)
    common = min(7.0, float(np.median(information[wordlike]))) if wordlike.any() else 7.0
    weight = np.clip(information - common, 0.0, 5.0) * wordlike
    return np.asarray(weight, dtype=np.float32)


def _openers(questions: Ragged, weight: NDArray[np.float32]) -> tuple[Ids, ...]:
    """What questions begin with before they come to their matter."""
    found: dict[bytes, Ids] = {}
    for index in range(len(questions)):
        question = questions[index]
        telling = np.flatnonzero(weight[question] > 0.5)
        opener = question[: int(telling[0]) if len(telling) else 0][:6]
        if len(opener):
            found[opener.tobytes()] = opener
    return tuple(found.values())


def _replacements(names: Ragged, sizes: Sequence[int], size: int) -> Ids:
    """For each word up to four single words of a synonym set it stands in."""
    found: list[set[int]] = [set() for _ in range(size)]
    start = 0
    for count in sizes:
        single = [int(names[index][0]) for index in range(start, start + count) if len(names[index]) == 1]
        for word in single:
            found[word].update(other for other in single if other != word)
        start += count
    return _table([sorted(others) for others in found])


def _table(choices: Sequence[Sequence[int]]) -> Ids:
    table = np.full((len(choices), _CHOICES), -1, np.int32)
    for word, others in enumerate(choices):
        if others:
            table[word] = [others[place * len(others) // _CHOICES] for place in range(_CHOICES)]
    return table


def translations(german: Ragged, english: Ragged, size: int, *, least: float = 0.15) -> Ids:
    """For each German word the English ones that both directions of translation believe in.

    Source: Brown et al., "The Mathematics of Statistical Machine Translation", 1993, model 1; both directions because
        one alone gives every rare word "the".
    """
    key, ours, theirs = _cooccurrences(german, english, size)
    unique, where = np.unique(key, return_inverse=True)
    source, target = unique // size, unique % size
    there, back = _believe(where, theirs, source, size), _believe(where, ours, target, size)
    choices: list[list[int]] = [[] for _ in range(size)]
    # an English word stands for many forms of a German one, which share the way back
    kept = np.flatnonzero((there >= least) & (back >= least / 5) & (np.bincount(where, minlength=len(unique)) >= 2))
    for index in kept[np.argsort(-there[kept] * back[kept], kind="stable")]:
        choices[int(source[index])].append(int(target[index]))
    return _table([words[:_CHOICES] for words in choices])


def _believe(where: Index, explained: Index, source: Index, size: int, rounds: int = 6) -> NDArray[np.float64]:
    """Expectation maximisation: each word to be explained shares itself among the source words beside it."""
    belief: NDArray[np.float64] = np.ones(len(source))
    for _ in range(rounds):
        share = belief[where]
        share /= np.bincount(explained, share)[explained]
        given = np.bincount(where, share, minlength=len(source))
        belief = given / np.bincount(source, given, minlength=size)[source]
    return belief


def _cooccurrences(german: Ragged, english: Ragged, size: int) -> tuple[Index, Index, Index]:
    """Every German with every English word of its pair: a joint number, and the places of both words."""
    keys, left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for index in range(len(german)):
        ours, theirs = np.unique(german[index]).astype(np.int64), np.unique(english[index])
        keys.append((ours[:, None] * size + theirs).ravel())
        left.append(np.repeat(np.arange(len(ours)) + german.offsets[index], len(theirs)))
        right.append(np.tile(np.arange(len(theirs)) + english.offsets[index], len(ours)))
    return np.concatenate(keys), np.concatenate(left), np.concatenate(right)
