"""Asks for the German words too where somebody typed English ones: what the texts do not hold can only be found so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from indexes.german import Question, Word, ask, words
from indexes.lexical import LexicalIndex

TABLE = Path(__file__).parent / "words" / "english.txt"
"""An English word and what it means in German, a line each; written by `python -m quality.english`."""
_BETWEEN = frozenset(
    "a an the of for to on in at by from with and or is are was be how much many what when where who which why do does "
    "did can could my we you i it after before not no".split()
)
_ENGLISH_FROM = 2


def translated(question: Question, lexical: LexicalIndex) -> Question:
    """The question with the German meanings of the English words that no passage holds.

    Where it is English altogether, they stand in the place of its own words, and what stands between those is no word
    to look for. What it means is still taken from its own words: the model knows both languages.
    """
    said = [word for word in words(question.text) if word.exact and word.terms]
    known = meanings()
    foreign = [word for word in said if word.exact in known and not lexical.count_of(word.terms[0])]
    if not foreign:
        return question
    between = [word for word in said if word.exact in _BETWEEN]
    if len(foreign) + len(between) >= _ENGLISH_FROM:
        question = _without(question, between, foreign)
    more = ask(" ".join(known[word.exact] for word in foreign))
    return replace(
        question,
        terms=more.terms | question.terms,
        roots=more.roots | question.roots,
        exact=tuple(dict.fromkeys([*question.exact, *more.exact])),
    )


def _without(question: Question, between: Iterable[Word], foreign: Iterable[Word]) -> Question:
    """Words between others are not looked for; foreign ones stay as they are, but not for how they are spelt."""
    dropped = {term for word in between for term in word.terms}
    unspelt = {word.exact for word in (*between, *foreign)}
    return replace(
        question,
        terms={term: weight for term, weight in question.terms.items() if term not in dropped},
        roots={form: weight for form, weight in question.roots.items() if form not in dropped},
        exact=tuple(form for form in question.exact if form not in unspelt),
    )


@lru_cache(maxsize=1)
def meanings() -> dict[str, str]:
    """German meanings, the nearest first and with blanks between them, by the English word."""
    return dict(line.split(" ", 1) for line in TABLE.read_text("utf-8").splitlines())
