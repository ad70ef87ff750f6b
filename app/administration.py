"""What administrators see and set going; the page and the programming interface show the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adding import unsettled
from app.opinions import Opinions, gathered
from app.schemas_admin import FailureAnswer, GenerationAnswer, HandbookAnswer, JobAnswer, JobList, Overview
from app.wiring import Archive
from catalogue.access import visible_collections
from catalogue.errors import NotFound
from catalogue.feedback import remarks
from catalogue.lookup import DocumentFilter, list_documents, listed
from catalogue.tables import Collection, Generation, Job, Revision
from indexes.adaptation import learnt_from
from indexes.generation import generation_folder
from indexes.succession import roll_back
from ingest.reindex import ask_for, files_read, get_job, open_job
from ingest.work import writer_lock

SHOWN_JOBS, SHOWN_FAILURES = 20, 100


def start_reindex(opened: Archive, slug: str | None, asked_by: str) -> JobAnswer:
    """Ask for a re-index of a collection, or of everything.

    Raises: NotFound when there is no such collection; Conflict when a re-index is open.
    """
    with opened.sessions() as session:
        collection_id = None if slug is None else collection_of(session, opened.tenant_id, slug).id
    return job_answer(opened, ask_for(opened.sessions, opened.tenant_id, collection_id, asked_by))


def collection_of(session: Session, tenant_id: int, slug: str) -> Collection:
    """A collection by its slug.

    Raises: NotFound.
    """
    found = session.scalar(select(Collection).where(Collection.tenant_id == tenant_id, Collection.slug == slug))
    if found is None:
        raise NotFound(f"Die Sammlung „{slug}“ gibt es nicht.", "Die Kürzel stehen unter /api/v1/collections.")
    return found


def job_answer(opened: Archive, job_id: int) -> JobAnswer:
    """One job as it stands.

    Raises: NotFound.
    """
    with opened.sessions() as session:
        return describe(session, get_job(session, opened.tenant_id, job_id))


def jobs_answer(opened: Archive) -> JobList:
    """The last jobs, the newest first."""
    statement = select(Job).where(Job.tenant_id == opened.tenant_id).order_by(Job.id.desc()).limit(SHOWN_JOBS)
    with opened.sessions() as session:
        return JobList(jobs=[describe(session, job) for job in session.scalars(statement)])


def describe(session: Session, job: Job) -> JobAnswer:
    """A job, with what has become of its files."""
    read, failed = files_read(session, job) if job.collection_id else (0, 0)
    collection = session.get(Collection, job.collection_id) if job.collection_id else None
    return JobAnswer(
        id=str(job.id),
        kind=job.kind,
        collection=collection.slug if collection else None,
        state=job.state,
        step=job.step,
        asked_by=job.asked_by,
        read=read,
        failed=failed,
        files=job.total,
        passages=job.done,
        generation=str(job.generation_id) if job.generation_id else None,
        error=job.error_text,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def go_back(opened: Archive) -> int:
    """Let the generation before the last full build answer again.

    Raises: NotFound when none is kept; Conflict while another process writes.
    """
    with writer_lock(opened.settings.data_dir):
        return roll_back(opened.sessions, opened.settings.indexes_dir, opened.tenant_id)


def overview(opened: Archive) -> Overview:
    """Everything at one glance."""
    with opened.sessions() as session:
        job, repair = open_job(session, opened.tenant_id), last_repair(session, opened.tenant_id)
        failures, failed = failed_documents(session, opened)
        return Overview(
            handbooks=handbooks(session, opened),
            failures=failures,
            failed=failed,
            generations=generations(session, opened),
            waiting=waiting(session, opened.tenant_id),
            hidden=max(0, unsettled(opened) - waiting(session, opened.tenant_id)),
            job=describe(session, job) if job else None,
            last_repair=describe(session, repair) if repair else None,
        )


def opinions(opened: Archive) -> Opinions:
    """What people said about what they were shown."""
    with opened.sessions() as session:
        return gathered(remarks(session, opened.reader))


def handbooks(session: Session, opened: Archive) -> list[HandbookAnswer]:
    """Every collection with how many of its documents are in which state."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    rows = listed(opened.reader).with_only_columns(Collection.id, Revision.state, func.count(Revision.id))
    for collection_id, state, count in session.execute(rows.group_by(Collection.id, Revision.state)):
        counts[collection_id][state] = count
    return [
        HandbookAnswer(slug=item.slug, name=item.name, department_name=owner.name, states=dict(counts[item.id]))
        for item, owner in session.execute(visible_collections(opened.reader))
    ]


def failed_documents(session: Session, opened: Archive) -> tuple[list[FailureAnswer], int]:
    """The documents that could not be read, with the reason, and how many there are in all."""
    found, total = list_documents(session, opened.reader, DocumentFilter(state="failed"), SHOWN_FAILURES, 0)
    failures = [
        FailureAnswer(
            document_id=str(item.document.id),
            source=item.document.source,
            collection=item.collection.name,
            text=item.revision.error_text or "",
            hint=item.revision.error_hint or "",
        )
        for item in found
    ]
    return failures, total


def generations(session: Session, opened: Archive) -> list[GenerationAnswer]:
    """The indexes there are, the newest first."""
    rows = select(Generation).where(Generation.tenant_id == opened.tenant_id).order_by(Generation.id.desc())
    return [
        GenerationAnswer(
            id=str(row.id),
            state=row.state,
            passages=row.chunk_count,
            segments=list(row.manifest.get("vectors", [])),
            learnt_from=learnt_from(generation_folder(opened.settings.indexes_dir, row.id)),
            size_bytes=size_of(generation_folder(opened.settings.indexes_dir, row.id)),
            live_at=row.live_at,
        )
        for row in session.scalars(rows)
    ]


def size_of(folder: Path) -> int:
    """How many bytes the files below a folder have; it may vanish while they are counted."""
    total = 0
    with suppress(FileNotFoundError):
        for path in folder.rglob("*"):
            with suppress(FileNotFoundError):
                total += path.stat().st_size if path.is_file() else 0
    return total


def waiting(session: Session, tenant_id: int) -> int:
    """How many files wait or are being read."""
    statement = select(func.count(Revision.id)).where(
        Revision.tenant_id == tenant_id, Revision.state.in_(("pending", "running"))
    )
    return session.scalar(statement) or 0


def last_repair(session: Session, tenant_id: int) -> Job | None:
    """The last time something had to be put right after a crash."""
    statement = select(Job).where(Job.tenant_id == tenant_id, Job.kind == "repair").order_by(Job.id.desc()).limit(1)
    return session.scalar(statement)
