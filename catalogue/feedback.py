"""Keeping what people say about what they were shown, and reading it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks, visible_documents
from catalogue.errors import NotFound
from catalogue.tables import Chunk, Document, Feedback


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody thinks of a passage that was found for a question."""

    question: str
    helpful: bool
    reason: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark as it is read again; `title` is that of the document, where the reader may see it."""

    feedback: Feedback
    title: str | None


def keep_verdict(session: Session, reader: Reader, chunk_id: int, verdict: Verdict) -> None:
    """Keep what was thought of a passage.

    Raises: NotFound when the passage is gone, or not for this reader.
    """
    document_id = session.scalar(visible_chunks(reader, Document.id).where(Chunk.id == chunk_id))
    if document_id is None:
        raise NotFound("Diese Passage gibt es nicht mehr.", "Das Dokument wurde inzwischen geändert oder entfernt.")
    session.add(
        Feedback(
            tenant_id=reader.tenant_id,
            day=today(),
            subject="passage",
            question=verdict.question,
            document_id=document_id,
            chunk_id=chunk_id,
            helpful=verdict.helpful,
            reason=None if verdict.helpful else verdict.reason,
            comment=verdict.comment,
        )
    )


def keep_barrier(session: Session, tenant_id: int, comment: str) -> None:
    """Keep what somebody could not use."""
    session.add(Feedback(tenant_id=tenant_id, day=today(), subject="barriere", comment=comment))


def remarks(session: Session, reader: Reader) -> Sequence[Remark]:
    """Every remark, the latest first; those on documents the reader may not see are left out."""
    statement = select(Feedback).where(Feedback.tenant_id == reader.tenant_id).order_by(Feedback.id.desc())
    kept = session.scalars(statement).all()
    ids = {item.document_id for item in kept}
    seen = visible_documents(reader).with_only_columns(Document.id, Document.title).where(Document.id.in_(ids))
    titles: dict[int | None, str] = {row[0]: row[1] for row in session.execute(seen)}
    return [Remark(item, titles.get(item.document_id)) for item in kept if item.document_id in {None, *titles}]


def today() -> date:
    """The day, by the clock of the world: the hour would tell too much."""
    return datetime.now(UTC).date()
