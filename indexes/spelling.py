"""Corrects what was mistyped, against the words of the passages the reader may see: nothing else is ever suggested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import Select, bindparam, func
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks
from catalogue.tables import Chunk, Document, Revision
from indexes.compounds import fold, is_part
from indexes.german import Question, Word, also, tokens, words
from indexes.lexical import LexicalIndex

_SHORTEST = 5
_TWO_SLIPS_FROM = 8
_PASSAGES_READ = 40
_MOST_CORRECTED = 5
_WEIGHT = 0.7
_ENGLISH = frozenset("the is are how much many what when where who which do does can could of for to my we you".split())
_ENGLISH_FROM = 2


def corrected(session: Session, reader: Reader, question: Question, lexical: LexicalIndex) -> tuple[Question, str]:
    """The question with its mistyped words set right beside them, and how it should have been typed, or "".

    Only words the index does not know are looked at, and none inside quotes.
    """
    text = question.text
    if len(_ENGLISH.intersection(text.lower().split())) >= _ENGLISH_FROM:
        return question, ""
    quoted = {form for phrase in question.phrases for form in phrase}
    unknown = [word for word in words(text) if word.exact not in quoted and _is_unknown(word, lexical)]
    meant = ((word, _nearest(session, reader, word, lexical)) for word in unknown[:_MOST_CORRECTED])
    found = [(word, form) for word, form in meant if form]
    for _word, form in found:
        question = also(question, form, _WEIGHT)
    for word, form in reversed(found):
        text = text[: word.start] + form + text[word.end :]
    return question, re.sub(r"\s+", " ", text).strip() if found else ""


def _is_unknown(word: Word, lexical: LexicalIndex) -> bool:
    """Neither in the index, nor made of words that are, nor a German word that just does not occur."""
    if len(word.exact) < _SHORTEST or not word.terms or not word.exact.replace("-", "").isalpha():
        return False
    stem, *parts = word.terms
    if lexical.count_of(stem) or is_part(fold(word.exact)):
        return False
    return not parts or not all(map(lexical.count_of, parts))


def _nearest(session: Session, reader: Reader, word: Word, lexical: LexicalIndex) -> str:
    """The visible word with the fewest letters changed; of several the one in most passages."""
    typed = fold(word.exact)
    allowed = 2 if len(typed) >= _TWO_SLIPS_FROM else 1
    for distance in range(1, allowed + 1):
        passages = lexical.spelt_like(word.exact, word.terms[0], distance, _PASSAGES_READ)
        best: list[tuple[int, int, str]] = []
        for found, form in _words_of(session, reader, passages, typed, allowed):
            slips = OSA.distance(typed, fold(found.exact), score_cutoff=allowed)
            if slips <= allowed and (slips < 2 or found.exact[0] == word.exact[0]):
                best.append((slips, -lexical.count_of(found.terms[0]), form))
        if best:
            return min(best)[2]
    return ""


def _words_of(
    session: Session, reader: Reader, passages: list[int], typed: str, allowed: int
) -> Iterator[tuple[Word, str]]:
    """Words of these passages that may be meant, each once, in the form it was first met in.

    A token is only looked at the first time, and taken apart only if it is near or has parts that may be: forty
    passages hold thousands, mostly the same few hundred.
    """
    met: set[str] = set()
    known: set[str] = set()
    for text, headings, title in session.execute(_texts(reader), {"ids": passages}):
        for token in tokens("\n".join([title, *headings, text])):
            if token in met:
                continue
            met.add(token)
            if token.isalpha() and OSA.distance(typed, fold(token.lower()), score_cutoff=allowed) > allowed:
                continue
            for word in words(token):
                if word.exact and word.terms and word.exact not in known:
                    known.add(word.exact)
                    yield word, token[word.start : word.end]


@lru_cache(maxsize=64)
def _texts(reader: Reader) -> Select[Any]:
    """Everything written in some passages; building the statement takes longer than reading it."""
    columns = (Chunk.text, Chunk.headings, func.coalesce(Revision.title, Document.title))
    return visible_chunks(reader, *columns).where(Chunk.id.in_(bindparam("ids", expanding=True)))
