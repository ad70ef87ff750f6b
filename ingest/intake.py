"""Files come in: their bytes are kept, and what changed gets a revision that waits to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_documents
from catalogue.connection import Sessions
from catalogue.errors import BadInput, NotFound, StadtwissenError
from catalogue.tables import Collection, Document, Revision
from catalogue.tables.row import now
from ingest.originals import Originals, Stored

UPLOAD_ROOT = "upload:"
UNKNOWN_MEDIA_TYPE = "application/octet-stream"

Outcome = Literal["new", "changed", "unchanged", "restored", "retried", "removed", "refused"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one file. `revision_id` is None when there is nothing to read."""

    source: str
    outcome: Outcome
    document_id: int | None = None
    revision_id: int | None = None
    error: StadtwissenError | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file on its way in: where it belongs, and what the file system says of it."""

    collection_id: int
    root: str
    source: str
    modified_at: datetime
    mtime_ns: int
    parent_id: int | None = None


def accept(sessions: Sessions, originals: Originals, arrival: Arrival, stream: BinaryIO) -> Accepted:
    """Keep the bytes, then write down what they mean for their document.

    Raises: Unreadable (zu-gross) when the file is over the limit.
    """
    stored = originals.put(stream)
    with sessions.begin() as session:
        return record(session, arrival, stored)


def record_all(session: Session, arrived: Sequence[tuple[Arrival, Stored]]) -> list[Accepted]:
    """Write down what arrived in one root of a collection, in its order; what is new there in a few statements."""
    first: dict[str, tuple[Arrival, Stored]] = {}
    for pair in arrived:
        first.setdefault(pair[0].source, pair)
    place = arrived[0][0]
    named = select(Document.source).where(
        Document.collection_id == place.collection_id, Document.root == place.root, Document.source.in_(first)
    )
    known = set(session.scalars(named))
    new = record_new(session, [pair for source, pair in first.items() if source not in known])
    return [
        new.pop(arrival.source) if arrival.source in new else record(session, arrival, stored)
        for arrival, stored in arrived
    ]


def record_new(session: Session, arrived: Sequence[tuple[Arrival, Stored]]) -> dict[str, Accepted]:
    """Write down files that were not known, each of another source; returns what became of them, by source."""
    documents = [new_document(session, *pair) for pair in arrived]
    session.flush()
    revisions = [new_revision(document, stored, 1) for document, (_, stored) in zip(documents, arrived, strict=True)]
    session.add_all(revisions)
    session.flush()
    return {
        document.source: Accepted(document.source, "new", document.id, revision.id)
        for document, revision in zip(documents, revisions, strict=True)
    }


def record(session: Session, arrival: Arrival, stored: Stored) -> Accepted:
    """Write down an arrival whose bytes are kept already."""
    document = session.scalar(
        select(Document).where(
            Document.collection_id == arrival.collection_id,
            Document.root == arrival.root,
            Document.source == arrival.source,
        )
    )
    if document is None:
        return record_new(session, [(arrival, stored)])[arrival.source]
    newest = session.scalar(newest_revision(document.id))
    if document.deleted_at is not None:
        return add_revision(session, document, arrival, stored, "restored")
    if newest is None or newest.sha256 != stored.sha256:
        return add_revision(session, document, arrival, stored, "changed")
    settle(document, arrival, stored)
    if newest.state != "failed":
        return Accepted(arrival.source, "unchanged", document.id)
    newest.state, newest.attempts = "pending", 0
    return Accepted(arrival.source, "retried", document.id, newest.id)


def new_document(session: Session, arrival: Arrival, stored: Stored) -> Document:
    """A document that was not known, to be written with the session."""
    collection = session.get_one(Collection, arrival.collection_id)
    document = Document(
        tenant_id=collection.tenant_id,
        collection_id=collection.id,
        parent_id=arrival.parent_id,
        root=arrival.root,
        source=arrival.source,
        title=Path(arrival.source).stem or arrival.source,
        media_type=UNKNOWN_MEDIA_TYPE,
        size_bytes=stored.size_bytes,
        file_mtime_ns=arrival.mtime_ns,
        modified_at=arrival.modified_at,
    )
    session.add(document)
    return document


def add_revision(session: Session, document: Document, arrival: Arrival, stored: Stored, outcome: Outcome) -> Accepted:
    """Write down a new state of the document's content, to be read by the worker."""
    settle(document, arrival, stored)
    document.modified_at = arrival.modified_at
    last = session.scalar(select(func.max(Revision.number)).where(Revision.document_id == document.id))
    revision = new_revision(document, stored, (last or 0) + 1)
    session.add(revision)
    session.flush()
    return Accepted(arrival.source, outcome, document.id, revision.id)


def new_revision(document: Document, stored: Stored, number: int) -> Revision:
    """A state of the document's content that waits to be read."""
    return Revision(
        tenant_id=document.tenant_id,
        document_id=document.id,
        number=number,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        media_type=document.media_type,
        state="pending",
    )


def settle(document: Document, arrival: Arrival, stored: Stored) -> None:
    """Bring the document's row up to what just arrived; the same bytes with a newer time are no newer content."""
    document.deleted_at = None
    document.size_bytes = stored.size_bytes
    document.file_mtime_ns = arrival.mtime_ns


def newest_revision(document_id: int) -> Select[Revision]:
    """The statement that finds a document's newest revision."""
    return select(Revision).where(Revision.document_id == document_id).order_by(Revision.number.desc()).limit(1)


def accept_upload(
    sessions: Sessions, originals: Originals, collection_id: int, name: str, stream: BinaryIO
) -> Accepted:
    """Take a file that came over HTTP; the same name in the same collection is the same document.

    Raises: Unreadable (zu-gross); BadInput when the file has no usable name.
    """
    source = Path(name.replace("\\", "/")).name.replace("\x00", "").strip()
    if not source or source in {".", ".."}:
        raise BadInput("Die Datei hat keinen Namen.", "Bitte mit Dateinamen hochladen.")
    arrival = Arrival(collection_id, UPLOAD_ROOT, source, modified_at=now(), mtime_ns=0)
    return accept(sessions, originals, arrival, stream)


def delete_document(sessions: Sessions, reader: Reader, document_id: int) -> None:
    """Take a document, and what was inside it, out of search from this moment on.

    Raises: NotFound when it does not exist, or not for this reader.
    """
    with sessions.begin() as session:
        if session.execute(visible_documents(reader).where(Document.id == document_id)).first() is None:
            raise NotFound("Dieses Dokument gibt es nicht.", "Vielleicht wurde es schon entfernt.")
        mark_deleted(session, document_id)


def mark_deleted(session: Session, document_id: int) -> None:
    """Mark a document and its attachments as deleted, and show nothing of them any more."""
    family = [document_id]
    while family:
        session.execute(update(Document).where(Document.id.in_(family)).values(deleted_at=now()))
        session.execute(update(Revision).where(Revision.document_id.in_(family)).values(shown=False))
        family = list(
            session.scalars(select(Document.id).where(Document.parent_id.in_(family), Document.deleted_at.is_(None)))
        )
