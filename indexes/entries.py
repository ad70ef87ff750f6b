"""What goes into an index: passages and their vectors, read from the catalogue revision by revision."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from catalogue.connection import Sessions
from catalogue.errors import IndexUnavailable
from catalogue.tables import Chunk, Document, Embedding, Job, Revision
from catalogue.tables import Collection as Handbook
from indexes.query import Entry
from indexes.vectors import Vectors

READ_REVISIONS = 400
COUNT_REVISIONS = 10_000


def current_revisions(tenant_id: int, job_id: int | None = None) -> Select[int]:
    """The revisions an index should hold: of each document that exists, the newest one that is ready.

    Those that a re-index asked for count once it has ended well, or for the one (`job_id`) that builds its index.
    """
    return (
        select(func.max(Revision.id))
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.tenant_id == tenant_id, Revision.state == "ready", Document.deleted_at.is_(None))
        .where(counts(Revision.job_id, job_id))
        .group_by(Revision.document_id)
    )


def counts(asked_by: Any, job_id: int | None = None) -> ColumnElement[bool]:
    """Whether a revision that the job `asked_by` asked for may be taken up."""
    ended_well = asked_by.in_(select(Job.id).where(Job.state == "done"))
    return or_(asked_by.is_(None), ended_well, *(() if job_id is None else (asked_by == job_id,)))


def entry_blocks(
    sessions: Sessions, tenant_id: int, revisions: Collection[int], fingerprint: str, dim: int
) -> Iterator[tuple[list[Entry], Vectors]]:
    """Read the passages of these revisions with their vectors, some whole revisions at a time, in the order of ids.

    Shapes: the vectors of a block are (passages, dim) float32, unit L2 norm.
    Raises: IndexUnavailable when a passage has no vector under `fingerprint`.
    """
    ordered = sorted(revisions)
    for start in range(0, len(ordered), READ_REVISIONS):
        with sessions() as session:
            rows = session.execute(entry_rows(tenant_id, fingerprint, ordered[start : start + READ_REVISIONS])).all()
        for row in rows:
            if row.vector is None or len(row.vector) != dim * 4:
                raise IndexUnavailable(
                    f"Zur Passage {row.id} fehlt der Vektor des Modells.", "Bitte „stadtwissen reindex“ wiederholen."
                )
        if rows:
            vectors = np.frombuffer(b"".join(row.vector for row in rows), "<f4").reshape(len(rows), dim)
            yield [to_entry(row) for row in rows], vectors


def entry_rows(tenant_id: int, fingerprint: str, revisions: Sequence[int]) -> Select[Any]:
    """Every passage of these revisions, with its vector if there is one."""
    own_vector = and_(
        Embedding.tenant_id == tenant_id,
        Embedding.fingerprint == fingerprint,
        Embedding.text_sha256 == Chunk.text_sha256,
    )
    columns: tuple[Any, ...] = (
        *(Chunk.id, Chunk.revision_id, Chunk.headings, Chunk.text, Chunk.text_sha256, Embedding.vector),
        func.coalesce(Revision.title, Document.title).label("title"),
        *(Document.id.label("document_id"), Document.collection_id, Document.media_type, Document.modified_at),
        Handbook.department_id,
    )
    return (
        select(*columns)
        .select_from(Chunk)
        .join(Revision, Revision.id == Chunk.revision_id)
        .join(Document, Document.id == Revision.document_id)
        .join(Handbook, Handbook.id == Document.collection_id)
        .join(Embedding, own_vector, isouter=True)
        .where(Chunk.revision_id.in_(revisions))
        .order_by(Chunk.revision_id, Chunk.ordinal)
    )


def to_entry(row: Row[Any]) -> Entry:
    """A row of the statement above as what the indexes see of it."""
    return Entry(
        chunk_id=row.id,
        revision_id=row.revision_id,
        document_id=row.document_id,
        collection_id=row.collection_id,
        department_id=row.department_id,
        title=row.title,
        headings=tuple(row.headings),
        text=row.text,
        media_type=row.media_type,
        modified_s=int(row.modified_at.timestamp()),
        text_sha256=row.text_sha256,
    )


def count_passages(session: Session, revisions: Collection[int]) -> int:
    """How many passages the catalogue has for these revisions."""
    ordered = sorted(revisions)
    parts = (ordered[start : start + COUNT_REVISIONS] for start in range(0, len(ordered), COUNT_REVISIONS))
    return sum(session.scalar(select(func.count(Chunk.id)).where(Chunk.revision_id.in_(part))) or 0 for part in parts)
