"""Versions of one document: which of them a reader may see, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_documents
from catalogue.tables import Document


@dataclass(frozen=True, slots=True)
class Version:
    """One document of a family."""

    document_id: int
    title: str
    source: str
    media_type: str
    modified_at: datetime


Families = Mapping[int, tuple[Version, ...]]
"""Document id → all visible versions of it, itself included, the newest first; documents without any are missing.

A file named after another of the family comes behind all that are not.
"""


def families_of(session: Session, reader: Reader, document_ids: Collection[int]) -> Families:
    """Read the families of these documents, as far as the reader may see them."""
    members: dict[int, list[Version]] = defaultdict(list)
    for row in session.execute(_members(reader), {"ids": list(document_ids)}):
        family_id, *version = row
        members[family_id].append(Version(*version))
    families = {}
    for versions in members.values():
        newest_first = sorted(versions, key=lambda item: (item.modified_at, item.document_id), reverse=True)
        sources = {version.source for version in versions}
        ordered = tuple(sorted(newest_first, key=lambda item: is_sidecar(item.source, sources)))
        families.update({version.document_id: ordered for version in ordered if len(ordered) > 1})
    return families


@lru_cache(maxsize=64)
def _members(reader: Reader) -> Select[Any]:
    """All of the families of some documents; building the statement takes longer than reading the rows."""
    given = Document.id.in_(bindparam("ids", expanding=True))
    named = select(Document.family_id).where(given, Document.family_id.is_not(None))
    columns: tuple[Any, ...] = (Document.family_id, Document.id, Document.title, Document.source)
    statement = visible_documents(reader).with_only_columns(*columns, Document.media_type, Document.modified_at)
    return statement.where(Document.tenant_id == reader.tenant_id, Document.family_id.in_(named))  # as the index has it


def is_sidecar(source: str, sources: Collection[str]) -> bool:
    """Whether a file is named after another one, as programs name the text they drew from it: "scan.pdf.txt".

    It is as old as its copying, which says nothing of the text: the file it came from speaks for both.
    """
    return any(source.startswith(f"{other}.") for other in sources)
