"""Corrects what was mistyped, against the words of the passages the reader may see: nothing else is ever suggested."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks
from catalogue.tables import Chunk, Document, Revision
from indexes.compounds import fold, is_part
from indexes.german import STOP_WORDS, Question, Word, also, tokens, words
from indexes.known import is_known
from indexes.lexical import LexicalIndex
from indexes.query import Scope

_SHORTEST = 5
_TWO_SLIPS_FROM = 8
_PASSAGES_READ = 40
_MOST_TRIED = 10
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
    if lexical.count_of(stem) or is_part(fold(word.exact)) or is_known(word.exact):
        return False
    return not parts or not all(map(lexical.count_of, parts))


def _nearest(session: Session, reader: Reader, word: Word, lexical: LexicalIndex) -> str:
    """The visible word with the fewest letters changed; of several the one in most passages."""
    allowed = 2 if len(fold(word.exact)) >= _TWO_SLIPS_FROM else 1
    near = [one for one in lexical.vocabulary.near(word.exact, allowed) if one[1] not in STOP_WORDS]
    best = sorted(near, key=lambda one: (one[0], -lexical.count_of_form(one[1]), one[1]))
    seen = (_as_written(session, reader, form, lexical) for _slips, form in best[:_MOST_TRIED])
    return next(filter(None, seen), "")


def _as_written(session: Session, reader: Reader, form: str, lexical: LexicalIndex) -> str:
    """A word as it stands in a passage that the reader may see; empty where there is none."""
    passages = lexical.holding(form, _PASSAGES_READ, Scope(departments=reader.departments))
    found = session.execute(_text(reader), {"ids": passages}).first() if passages else None
    if found is None:
        return ""
    text, headings, title = found
    for token in tokens("\n".join([title, *headings, text])):
        if not token.isalpha() or token.lower() == form:
            for word in words(token):
                if word.exact == form:
                    return token[word.start : word.end]
    return ""


@lru_cache(maxsize=64)
def _text(reader: Reader) -> Select[Any]:
    """Everything written in one of some passages; building the statement takes longer than reading it."""
    columns = (Chunk.text, Chunk.headings, func.coalesce(Revision.title, Document.title))
    return visible_chunks(reader, *columns).where(Chunk.id.in_(bindparam("ids", expanding=True))).limit(1)
