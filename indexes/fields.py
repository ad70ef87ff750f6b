"""What passages and documents are found by in the lexical index: strings of terms, which its fields split at blanks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from indexes.german import indexed_as, tokens
from indexes.query import Entry


class Searched(NamedTuple):
    """What of a passage is searched."""

    revision_id: int
    title: str
    headings: tuple[str, ...]
    text: str


class Terms(NamedTuple):
    """The three kinds of terms of a text."""

    stems: str
    roots: str
    exact: str


@dataclass(frozen=True, slots=True)
class Fields:
    """The terms of passages, in their order, and the stems of the documents they make up, by revision."""

    passages: list[Terms]
    documents: dict[int, str]


def searched(entries: Sequence[Entry]) -> list[Searched]:
    """The part of these passages that is analysed."""
    return [Searched(entry.revision_id, entry.title, entry.headings, entry.text) for entry in entries]


def context(entry: Entry | Searched) -> tuple[str, ...]:
    """What stands in front of a passage's text where it is searched: title and heading path, each line once."""
    return tuple(dict.fromkeys(line for line in (entry.title, *entry.headings) if line))


def fields_of(passages: Sequence[Searched]) -> Fields:
    """Analyse passages; all passages of a revision come in the same call.

    A document has its title and headings once, and the text of every passage.
    """
    found: list[Terms] = []
    above: dict[int, dict[str, None]] = {}
    texts: dict[int, list[str]] = {}
    for passage in passages:
        lines, own = context(passage), terms_of(passage.text)
        found.append(Terms(*map(" ".join, zip(_terms_once("\n".join(lines)), own, strict=True))))
        above.setdefault(passage.revision_id, {}).update(dict.fromkeys(lines))
        texts.setdefault(passage.revision_id, []).append(own.stems)
    return Fields(found, {key: " ".join([terms_of("\n".join(above[key])).stems, *own]) for key, own in texts.items()})


def terms_of(text: str) -> Terms:
    """Analyse one text."""
    columns = zip(*map(indexed_as, tokens(text)), strict=True)
    return Terms(*([" ".join(filter(None, column)) for column in columns] or ("", "", "")))


@lru_cache(maxsize=512)
def _terms_once(text: str) -> Terms:
    """What stands above a passage stands above its neighbours too."""
    return terms_of(text)
