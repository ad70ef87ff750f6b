"""Versions of one document: which of them a reader may see, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

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
    family_ids = set(session.scalars(named))
    if not family_ids:
        return {}
    members: dict[int | None, list[Version]] = defaultdict(list)
    for document, _collection, _department in session.execute(
        visible_documents(reader).where(Document.family_id.in_(family_ids))
    ):
        version = Version(document.id, document.title, document.source, document.media_type, document.modified_at)
        members[document.family_id].append(version)
    families = {}
    for versions in members.values():
        ordered = tuple(sorted(versions, key=lambda item: (item.modified_at, item.document_id), reverse=True))
        families.update({version.document_id: ordered for version in ordered if len(ordered) > 1})
    return families
