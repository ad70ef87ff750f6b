"""One revision, from its bytes to passages with vectors: parse → chunk → embed what is missing → commit."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from catalogue.connection import Sessions
from catalogue.errors import Unreadable
from catalogue.tables import Chunk, Document, Revision
from catalogue.tables.documents import RevisionState
from catalogue.tables.row import now
from indexes.embedder import Embedder
from indexes.glossary import keep_read
from ingest.abbreviations import abbreviations
from ingest.chunk import ChunkDraft, context_text
from ingest.cut import Cut, cut_up
from ingest.embed import embed_missing
from ingest.intake import Arrival, mark_deleted, record
from ingest.originals import Originals, Stored
from ingest.parse.element import Attachment, Parsed
from ingest.versions import join_families

MAX_ATTEMPTS = 3
CLAIM_BYTES = 32 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A revision that was claimed and is to be read."""

    revision_id: int
    document_id: int
    tenant_id: int
    source: str
    sha256: str
    is_retry: bool = False
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Drafted:
    """A revision that was read and cut into passages, and is to be committed.

    `texts` is what is embedded of each passage, behind its digest.
    """

    task: Task
    parsed: Parsed
    cut: Cut
    texts: list[tuple[str, str]]
    attachments: list[tuple[Attachment, Stored]]


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


Found = TypeVar("Found", Revision, Document)
Read = tuple[Task, Parsed | Unreadable]
"""A claimed revision, and what the parser made of it."""


def claim(sessions: Sessions, tenant_id: int, count: int) -> list[Task]:
    """Take the oldest waiting revisions, and count the attempt; what a re-index asked for comes after all else.

    At most `count`, and together not much larger than `CLAIM_BYTES`. One that was begun before comes alone: should it
    end the process, no other file is blamed.
    """
    waiting = (
        select(Revision, Document.source)
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.tenant_id == tenant_id, Revision.state == "pending")
        .order_by(Revision.job_id.is_not(None), Revision.id)
        .limit(count)
        .with_for_update(skip_locked=True, of=Revision)
    )
    tasks: list[Task] = []
    size_bytes = 0
    with sessions.begin() as session:
        for revision, source in session.execute(waiting).all():
            is_retry = revision.attempts > 0
            if tasks and (is_retry or size_bytes + revision.size_bytes > CLAIM_BYTES):
                break
            revision.state = "running"
            revision.attempts += 1
            size_bytes += revision.size_bytes
            names = (revision.id, revision.document_id, tenant_id, source, revision.sha256)
            tasks.append(Task(*names, is_retry=is_retry, is_first=revision.number == 1 and not is_retry))
            if is_retry:
                break
    return tasks


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


def finish(sessions: Sessions, originals: Originals, read: Sequence[Read], embedder: Embedder) -> list[Finished]:
    """Turn what the parser made of claimed revisions into passages, or write down why there are none.

    One transaction for the vectors of all and one for their passages: files are small, and commits are dear.
    """
    drafted: list[Drafted] = []
    finished: list[Finished] = []
    for task, parsed in read:
        result = draft(originals, task, parsed, embedder)
        if isinstance(result, Drafted):
            drafted.append(result)
        else:
            finished.append(fail_task(sessions, task, result))
    texts = dict(text for one in drafted for text in one.texts)
    for _done in embed_missing(sessions, read[0][0].tenant_id, texts, embedder):
        pass
    if drafted:
        commit(sessions, drafted)
    return finished + [
        Finished(
            one.task.document_id, one.task.revision_id, one.task.source, "ready",
            one.parsed.warnings, None, len(one.cut.passages), one.parsed.pages,
        )
        for one in drafted
    ]  # fmt: skip


def draft(originals: Originals, task: Task, parsed: Parsed | Unreadable, embedder: Embedder) -> Drafted | Unreadable:
    """Cut one file into passages; a verdict on it if there are none."""
    if isinstance(parsed, Unreadable):
        return parsed
    cut = parsed.cut or cut_up(parsed, embedder.count_tokens)
    if not cut.passages:
        return no_text()
    attachments = [(item, originals.put(io.BytesIO(item.content))) for item in parsed.attachments]
    return Drafted(task, parsed, cut, [embedded(parsed.title, passage) for passage in cut.passages], attachments)


def commit(sessions: Sessions, drafted: Sequence[Drafted]) -> None:
    """Write everything down about some revisions: all of it, or nothing."""
    with sessions.begin() as session:
        documents = commit_chunks(session, drafted)
        join_families(session, [(documents[one.task.document_id], one.cut.signature) for one in drafted])
        for one in drafted:
            if one.attachments or not one.task.is_first:
                accept_attachments(session, one.task, one.attachments)


def no_text() -> Unreadable:
    """The verdict on a file that could be opened, but says nothing."""
    return Unreadable("kein-text", "In der Datei steht kein Text.", "Bitte prüfen, ob die richtige Datei gewählt ist.")


def embedded(title: str, draft: ChunkDraft) -> tuple[str, str]:
    """What is embedded of a passage, title and headings in front of the text, behind its key among the vectors."""
    text = context_text(title, draft.headings, draft.text)
    return hashlib.sha256(text.encode()).hexdigest(), text


def commit_chunks(session: Session, drafted: Sequence[Drafted]) -> dict[int, Document]:
    """Store all passages of some revisions and call these ready: both, or neither. Returns the documents by id."""
    rows = [
        chunk_row(one.task, passage, text_sha256)
        for one in drafted
        for passage, (text_sha256, _) in zip(one.cut.passages, one.texts, strict=True)
    ]
    session.connection().execute(insert(Chunk), rows)
    revisions = by_id(session, Revision, [one.task.revision_id for one in drafted])
    documents = by_id(session, Document, [one.task.document_id for one in drafted])
    read = {one.task.document_id: abbreviations(passage.text for passage in one.cut.passages) for one in drafted}
    known = [one.task.document_id for one in drafted if not one.task.is_first]
    keep_read(session, drafted[0].task.tenant_id, read, known)
    for one in drafted:
        mark_ready(revisions[one.task.revision_id], documents[one.task.document_id], one.parsed)
    return documents


def by_id(session: Session, table: type[Found], ids: Sequence[int]) -> dict[int, Found]:
    """Rows by their ids, read at once."""
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(ids)))}


def mark_ready(revision: Revision, document: Document, parsed: Parsed) -> None:
    """Write down what the parser found out about a file."""
    revision.state, revision.finished_at = "ready", now()
    revision.error_code = revision.error_text = revision.error_hint = None
    revision.title, revision.language, revision.pages = parsed.title, parsed.language, parsed.pages
    revision.author_department = parsed.author_department
    revision.media_type, revision.warnings = parsed.media_type, list(parsed.warnings)
    document.title, document.media_type = parsed.title, parsed.media_type
    if parsed.modified_at is not None:
        document.modified_at = parsed.modified_at


def chunk_row(task: Task, draft: ChunkDraft, text_sha256: str) -> dict[str, Any]:
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
        "text_sha256": text_sha256,
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
