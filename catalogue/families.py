"""Versions of one document: which of them a reader may see, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
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
"""Document id → all visible versions of it, itself included, the newest first; documents without any are missing."""


def families_of(session: Session, reader: Reader, document_ids: Collection[int]) -> Families:
    """Read the families of these documents, as far as the reader may see them."""
    named = select(Document.family_id).where(Document.id.in_(document_ids), Document.family_id.is_not(None))
    members: dict[int, list[Version]] = defaultdict(list)
    columns: tuple[Any, ...] = (Document.family_id, Document.id, Document.title, Document.source)
    statement = visible_documents(reader).with_only_columns(*columns, Document.media_type, Document.modified_at)
    for row in session.execute(statement.where(Document.family_id.in_(named))):
        family_id, *version = row
        members[family_id].append(Version(*version))
    families = {}
    for versions in members.values():
        ordered = tuple(sorted(versions, key=lambda item: (item.modified_at, item.document_id), reverse=True))
        families.update({version.document_id: ordered for version in ordered if len(ordered) > 1})
    return families
