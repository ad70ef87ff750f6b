"""What goes into an index: passages and their vectors, read from the catalogue revision by revision."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from catalogue.errors import IndexUnavailable
from catalogue.tables import Chunk, Document, Embedding, Revision
from catalogue.tables import Collection as Handbook
from indexes.query import Entry
from indexes.vectors import Vectors

READ_REVISIONS = 400


def current_revisions(tenant_id: int) -> Select[int]:
    """The revisions an index should hold: of each document that exists, the newest one that is ready."""
    return (
        select(func.max(Revision.id))
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.tenant_id == tenant_id, Revision.state == "ready", Document.deleted_at.is_(None))
        .group_by(Revision.document_id)
    )


def read_entries(
    session: Session, tenant_id: int, revisions: Collection[int], fingerprint: str, dim: int
) -> tuple[list[Entry], Vectors]:
    """Read the passages of these revisions with their vectors, in the order of their ids.

    Shapes: the vectors are (passages, dim) float32, unit L2 norm.
    Raises: IndexUnavailable when a passage has no vector under `fingerprint`.
    """
    entries: list[Entry] = []
    blocks = [np.empty((0, dim), np.float32)]
    ordered = sorted(revisions)
    for start in range(0, len(ordered), READ_REVISIONS):
        vectors = []
        for entry, vector in entry_rows(session, tenant_id, fingerprint, ordered[start : start + READ_REVISIONS]):
            if vector is None or len(vector) != dim * 4:
                raise IndexUnavailable(
                    f"Zur Passage {entry.chunk_id} fehlt der Vektor des Modells.",
                    "Bitte „stadtwissen reindex“ wiederholen.",
                )
            entries.append(entry)
            vectors.append(np.frombuffer(vector, dtype="<f4"))
        if vectors:
            blocks.append(np.stack(vectors))
    return entries, np.concatenate(blocks)


def entry_rows(
    session: Session, tenant_id: int, fingerprint: str, revisions: Sequence[int]
) -> Iterator[tuple[Entry, bytes | None]]:
    """Read every passage of these revisions, with its vector if there is one."""
    own_vector = and_(
        Embedding.tenant_id == tenant_id,
        Embedding.fingerprint == fingerprint,
        Embedding.text_sha256 == Chunk.text_sha256,
    )
    statement = (
        select(Chunk, func.coalesce(Revision.title, Document.title), Document, Handbook.department_id, Embedding.vector)
        .join(Revision, Revision.id == Chunk.revision_id)
        .join(Document, Document.id == Revision.document_id)
        .join(Handbook, Handbook.id == Document.collection_id)
        .join(Embedding, own_vector, isouter=True)
        .where(Chunk.revision_id.in_(revisions))
        .order_by(Chunk.revision_id, Chunk.ordinal)
    )
    for row in session.execute(statement):
        yield to_entry(row), row[4]
    session.expunge_all()


def to_entry(row: Row[Chunk, str, Document, int, bytes]) -> Entry:
    """A row of the statement above as what the indexes see of it."""
    chunk, title, document, department_id, _vector = row
    return Entry(
        chunk_id=chunk.id,
        revision_id=chunk.revision_id,
        document_id=document.id,
        collection_id=document.collection_id,
        department_id=department_id,
        title=title,
        headings=tuple(chunk.headings),
        text=chunk.text,
        media_type=document.media_type,
        modified_s=int(document.modified_at.timestamp()),
        text_sha256=chunk.text_sha256,
    )
