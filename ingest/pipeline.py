"""One revision, from its bytes to passages with vectors: parse → chunk → embed what is missing → commit."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from catalogue.connection import Sessions
from catalogue.errors import Unreadable
from catalogue.tables import Chunk, Document, Revision
from catalogue.tables.documents import RevisionState
from catalogue.tables.row import now
from indexes.embedder import Embedder
from indexes.glossary import keep
from ingest.abbreviations import abbreviations
from ingest.chunk import ChunkDraft, chunk_elements, context_text
from ingest.embed import embed_missing
from ingest.intake import Arrival, mark_deleted, record
from ingest.originals import Originals, Stored
from ingest.parse.element import Attachment, Parsed
from ingest.versions import join_family, signature_of

MAX_ATTEMPTS = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A revision that was claimed and is to be read."""

    revision_id: int
    document_id: int
    tenant_id: int
    source: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Finished:
    """How the reading of one revision ended."""

    document_id: int
    revision_id: int
    source: str
    state: RevisionState
    warnings: tuple[str, ...] = ()
    error: Unreadable | None = None
    chunks: int = 0
    pages: int | None = None


def claim(sessions: Sessions, tenant_id: int) -> Task | None:
    """Take the oldest waiting revision, and count the attempt; None when nothing waits."""
    waiting = (
        select(Revision, Document.source)
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.tenant_id == tenant_id, Revision.state == "pending")
        .order_by(Revision.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Revision)
    )
    with sessions.begin() as session:
        row = session.execute(waiting).first()
        if row is None:
            return None
        revision, source = row
        revision.state = "running"
        revision.attempts += 1
        return Task(revision.id, revision.document_id, tenant_id, source, revision.sha256)


def release_interrupted(sessions: Sessions, tenant_id: int) -> int:
    """Put back what a killed worker had claimed; a file that killed it three times is given up. Returns how many."""
    with sessions.begin() as session:
        interrupted = session.scalars(
            select(Revision).where(Revision.tenant_id == tenant_id, Revision.state == "running")
        ).all()
        for revision in interrupted:
            if revision.attempts >= MAX_ATTEMPTS:
                fail(revision, crash())
            else:
                revision.state = "pending"
    return len(interrupted)


def give_back(sessions: Sessions, tasks: Iterable[Task]) -> None:
    """Let claimed revisions that were not finished wait again: being stopped is no failed attempt."""
    ids = [task.revision_id for task in tasks]
    if ids:
        with sessions.begin() as session:
            session.execute(
                update(Revision)
                .where(Revision.id.in_(ids), Revision.state == "running")
                .values(state="pending", attempts=Revision.attempts - 1)
            )


def crash() -> Unreadable:
    """The verdict on a file that ends the process that reads it."""
    return Unreadable(
        "absturz",
        "Beim Lesen der Datei ist das Programm mehrmals abgestürzt.",
        "Bitte die Datei in ihrem Programm öffnen und neu speichern.",
    )


def finish(
    sessions: Sessions, originals: Originals, task: Task, parsed: Parsed | Unreadable, embedder: Embedder
) -> Finished:
    """Turn what the parser made of a claimed revision into passages, or write down why there are none."""
    if isinstance(parsed, Unreadable):
        return fail_task(sessions, task, parsed)
    drafts = chunk_elements(parsed, count_tokens=embedder.count_tokens)
    if not drafts:
        return fail_task(sessions, task, no_text())
    texts = {digest(text): text for text in (embedded_text(parsed.title, draft) for draft in drafts)}
    for _done in embed_missing(sessions, task.tenant_id, texts, embedder):
        pass
    attachments = [(item, originals.put(io.BytesIO(item.content))) for item in parsed.attachments]
    signature = signature_of(draft.text for draft in drafts)
    with sessions.begin() as session:
        commit_chunks(session, task, parsed, drafts)
        join_family(session, session.get_one(Document, task.document_id), signature)
        accept_attachments(session, task, attachments)
    warnings = parsed.warnings
    return Finished(task.document_id, task.revision_id, task.source, "ready", warnings, None, len(drafts), parsed.pages)


def no_text() -> Unreadable:
    """The verdict on a file that could be opened, but says nothing."""
    return Unreadable("kein-text", "In der Datei steht kein Text.", "Bitte prüfen, ob die richtige Datei gewählt ist.")


def embedded_text(title: str, draft: ChunkDraft) -> str:
    """What is embedded of a passage: title and headings in front of the text."""
    return context_text(title, draft.headings, draft.text)


def digest(text: str) -> str:
    """The key of a text among the vectors."""
    return hashlib.sha256(text.encode()).hexdigest()


def commit_chunks(session: Session, task: Task, parsed: Parsed, drafts: list[ChunkDraft]) -> None:
    """Store all passages of a revision and call it ready: both, or neither."""
    session.execute(insert(Chunk), [chunk_row(task, parsed, draft) for draft in drafts])
    keep(session, task.tenant_id, abbreviations(draft.text for draft in drafts), task.document_id)
    revision = session.get_one(Revision, task.revision_id)
    revision.state, revision.finished_at = "ready", now()
    revision.error_code = revision.error_text = revision.error_hint = None
    revision.title, revision.language, revision.pages = parsed.title, parsed.language, parsed.pages
    revision.author_department = parsed.author_department
    revision.media_type, revision.warnings = parsed.media_type, list(parsed.warnings)
    document = session.get_one(Document, task.document_id)
    document.title, document.media_type = parsed.title, parsed.media_type
    if parsed.modified_at is not None:
        document.modified_at = parsed.modified_at


def chunk_row(task: Task, parsed: Parsed, draft: ChunkDraft) -> dict[str, Any]:
    """A passage as its row."""
    return {
        "tenant_id": task.tenant_id,
        "revision_id": task.revision_id,
        "ordinal": draft.ordinal,
        "kind": draft.kind,
        "text": draft.text,
        "html": draft.html,
        "headings": list(draft.headings),
        "citation": draft.citation,
        "page_first": draft.page_first,
        "page_last": draft.page_last,
        "sheet": draft.sheet,
        "row_first": draft.rows[0] if draft.rows else None,
        "row_last": draft.rows[1] if draft.rows else None,
        "warnings": list(draft.warnings),
        "text_sha256": digest(embedded_text(parsed.title, draft)),
    }


def accept_attachments(session: Session, task: Task, attachments: Iterable[tuple[Attachment, Stored]]) -> None:
    """Take files inside the file as documents of their own, and drop those that are no longer in it."""
    parent = session.get_one(Document, task.document_id)
    inside = select(Document.source, Document.id).where(Document.parent_id == parent.id, Document.deleted_at.is_(None))
    stale = {row.source: row.id for row in session.execute(inside)}
    for attachment, stored in attachments:
        source = f"{parent.source}/{attachment.name}"
        stale.pop(source, None)
        arrival = Arrival(parent.collection_id, parent.root, source, parent.modified_at, 0, parent_id=parent.id)
        record(session, arrival, stored)
    for document_id in stale.values():
        mark_deleted(session, document_id)


def fail_task(sessions: Sessions, task: Task, error: Unreadable) -> Finished:
    """Write down why a revision could not be read; its bytes stay, and so does the revision shown before."""
    with sessions.begin() as session:
        fail(session.get_one(Revision, task.revision_id), error)
    log.info("revision %d failed: %s", task.revision_id, error.code)
    return Finished(task.document_id, task.revision_id, task.source, "failed", error=error)


def fail(revision: Revision, error: Unreadable) -> None:
    """Mark the row as failed, with the reason people will read."""
    revision.state, revision.finished_at = "failed", now()
    revision.error_code, revision.error_text, revision.error_hint = error.code, error.text, error.hint
