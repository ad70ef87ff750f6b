"""What a German text is searched by: one analysis for indexing and for asking.

A text becomes words; a word becomes its stem and, if it is a compound, the stems of its parts. Umlauts and ß fold into
the stem, so „Gebuehr“ finds „Gebühr“; the exact form is kept beside it, so the exact spelling comes first. Numbers,
paragraphs („§ 4a“) and file references („10.2-4711“) also stay whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import local

import Stemmer

from indexes.compounds import fold, parts
from indexes.minus import split_unwanted
from indexes.roots import root

ANALYSIS = "de-3"
"""Changes whenever the same text would give other terms: an index of another analysis must be rebuilt."""

STOP_WORDS = frozenset((Path(__file__).parent / "words" / "stop_words.txt").read_text("utf-8").split())

_LONGEST_TERM = 60
_LONGEST_QUERY = 400
_LONGEST_TEXT = 10_000
JOINERS = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""What stands within words and is not seen: soft hyphens and their like."""
# Letters are named in both cases: letting the expression ignore case would cost a third more.
_WORD = re.compile(
    rf"\w[\w\u0300-\u036f{JOINERS}]*(?:[-./:*,’'–]\w[\w\u0300-\u036f{JOINERS}]*)*|§+\s*\d+[a-zA-Zıİſ\u212a]?\b"
)
_CUT = re.compile(f"({_WORD.pattern})")
_PIECE = re.compile(rf"\w[\w\u0300-\u036f{JOINERS}]*(?:[*:](?=inn?(?:en)?\b)\w+)?", re.IGNORECASE)
_PHRASE = re.compile(r"[\"„“”«»]([^\"„“”«»]{1,300})[\"„“”«»]")
_INVISIBLE = re.compile(f"[{JOINERS}*:]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text with what it is found by.

    `terms` is empty for a stop word; `exact` is empty for a whole whose pieces follow („10.2-4711“).

    Units: `start` and `end` count code points of the text as given, end exclusive.
    """

    start: int
    end: int
    exact: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A query after analysis: terms and roots with their weight, exact forms, the phrases that stood in quotes.

    `text` is what its meaning is taken from; `excluded` must not be found: a stem, or the exact forms of a phrase.
    """

    text: str
    terms: dict[str, float]
    roots: dict[str, float]
    exact: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    excluded: tuple[tuple[str, ...], ...] = ()


def words(text: str) -> Iterator[Word]:
    """Every word in reading order; a number or reference of several pieces comes once more as a whole, first."""
    for match in _WORD.finditer(text):
        offset = match.start()
        for word in token_words(match.group()):
            yield Word(offset + word.start, offset + word.end, word.exact, word.terms) if offset else word


@lru_cache(maxsize=100_000)
def token_words(token: str) -> tuple[Word, ...]:
    """The words of one token, their places counted from its beginning.

    Texts repeat their words: looking one up is several times as fast as looking at it again.
    """
    return tuple(_words_of(token, 0))


def cut(text: str) -> list[str]:
    """The whole text in pieces: what lies between two tokens, a token, what lies between, and so on."""
    return _CUT.split(text)


def terms(text: str) -> list[str]:
    """What a text is indexed under, in reading order, with repetitions and without stop words."""
    return [term for word in words(text) for term in word.terms]


def tokens(text: str) -> list[str]:
    """The text cut up as `words` sees it, before any token is looked at."""
    return _WORD.findall(text)


@lru_cache(maxsize=300_000)
def indexed_as(token: str) -> tuple[str, str, str]:
    """The terms, roots and exact forms of one token, each joined by blanks; texts repeat their words."""
    found = list(_words_of(token, 0))
    return (
        " ".join(term for word in found for term in word.terms),
        " ".join(form for word in found for form in roots_of(word)),
        " ".join(word.exact for word in found if word.exact),
    )


def roots_of(word: Word) -> list[str]:
    """The roots of a compound's parts, or of the word itself; numbers and references have none."""
    stems = word.terms[1:] or word.terms
    return [root(stem) for stem in stems if stem[0].isalpha()]


def stem_of(exact: str) -> str:
    """The stem of a word in lower case, spelt as stems are: without umlauts and ß."""
    return _stem(fold(exact))


def exact_forms(text: str) -> list[str]:
    """Every word as it is written, lower-cased, stop words too: the ground for phrases and exact spelling."""
    return [word.exact for word in words(text) if word.exact]


def ask(text: str) -> Question:
    """Analyse a query; whatever was typed gives an answer, beyond 400 words only the first ones count."""
    text, unwanted = split_unwanted(text[:_LONGEST_TEXT])
    found = list(islice(words(text), _LONGEST_QUERY))
    if any(word.terms for word in found):
        stems = Counter(term for word in found for term in word.terms)
    else:  # nothing but stop words: better those than no answer
        stems = Counter(stem_of(word.exact) for word in found if word.exact)
    roots = Counter(form for word in found for form in roots_of(word))
    exact = dict.fromkeys(word.exact for word in found if word.exact and word.terms)
    phrases = [tuple(exact_forms(match.group(1))) for match in _PHRASE.finditer(text)]
    excluded = tuple(form for form in map(_excluded, unwanted) if form)
    return Question(text, _weighted(stems), _weighted(roots), tuple(exact), tuple(p for p in phrases if p), excluded)


def also(question: Question, text: str, weight: float) -> Question:
    """The question asked in other words as well: what it does not hold yet counts `weight`."""
    more = ask(text)
    return replace(
        question,
        text=f"{question.text} {more.text}",
        terms={form: count * weight for form, count in more.terms.items()} | question.terms,
        roots={form: count * weight for form, count in more.roots.items()} | question.roots,
        exact=tuple(dict.fromkeys([*question.exact, *more.exact])),
    )


def _excluded(text: str) -> tuple[str, ...]:
    found = [word for word in words(text) if word.exact]
    if len(found) > 1:
        return tuple(word.exact for word in found)
    return found[0].terms[:1] if found else ()


def _weighted(counts: Counter[str]) -> dict[str, float]:
    return {form: float(count) for form, count in counts.items()}


def _words_of(token: str, offset: int) -> Iterator[Word]:
    pieces = list(_PIECE.finditer(token))
    if len(pieces) != 1 or pieces[0].group() != token:
        whole = _whole(token)
        if whole:
            yield Word(offset, offset + len(token), "", (whole,))
    for piece in pieces:
        exact = _normal(piece.group())
        yield Word(offset + piece.start(), offset + piece.end(), exact, _terms_of(exact))


def _whole(token: str) -> str:
    """What a token of several pieces is called as one: „§ 4a“ → „§4a“, „IT-Sicherheit“ → „itsicherheit“."""
    token = _normal(token)
    if token.startswith("§"):
        return "§" + re.sub(r"[§\s]", "", token)
    if any(letter.isdigit() for letter in token):
        return token[:_LONGEST_TERM]
    return stem_of(token.replace("-", "")) if "-" in token and not re.search(r"[./,’']", token) else ""


def _normal(form: str) -> str:
    form = unicodedata.normalize("NFKC", form).lower()
    return _INVISIBLE.sub("", form).replace(" ", "")[:_LONGEST_TERM]


@lru_cache(maxsize=200_000)
def _terms_of(exact: str) -> tuple[str, ...]:
    """The stem of a word and, if it is a compound, the stems of its parts; empty for a stop word."""
    if exact in STOP_WORDS or exact == "_":
        return ()
    folded = fold(exact)
    return tuple(dict.fromkeys([_stem(folded), *map(_stem, parts(folded))]))


class _Stemmers(local):
    """A stemmer per thread: the C library keeps its working state in the object."""

    def __init__(self) -> None:
        self.german = Stemmer.Stemmer("german", 0)


_stemmers = _Stemmers()


@lru_cache(maxsize=200_000)
def _stem(folded: str) -> str:
    return str(_stemmers.german.stemWord(folded))
