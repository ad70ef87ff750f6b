"""The values that travel between a question and its passages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

Scores = dict[int, float]
"""Chunk id to score, best first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage as the indexes see it: what is searched, and what it is filtered by.

    Units: `modified_s` is seconds since the epoch, UTC.
    """

    chunk_id: int
    revision_id: int
    document_id: int
    collection_id: int
    department_id: int
    title: str
    headings: tuple[str, ...]
    text: str
    media_type: str
    modified_s: int
    text_sha256: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What the candidates are filtered by before they are ranked; None admits everything. `until` is exclusive."""

    departments: frozenset[int] | None = None
    collections: frozenset[int] | None = None
    media_types: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate after fusion: still unread, and visible only if the catalogue says so."""

    chunk_id: int
    document_id: int
    score: float
