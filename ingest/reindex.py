"""Reading a handbook anew, or building the index of everything anew: asked for, followed, given up, or ended well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.connection import Sessions
from catalogue.errors import Conflict, GivenUp, NotFound
from catalogue.tables import Document, Job, Revision
from catalogue.tables.jobs import OPEN, JobStep
from catalogue.tables.row import now
from indexes.embedder import Embedder
from indexes.generation import OpenGeneration, build_generation
from indexes.succession import activate, clear
from indexes.verify import verify

WRITE_ROWS = 1_000
REPORT_EVERY = 5_000

Judge = Callable[[OpenGeneration], None]
"""Compares a new generation with the live one. Raises: GivenUp when it answers worse."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose index is built, with which model, and in how many processes."""

    tenant_id: int
    embedder: Embedder
    processes: int = 1


def ask_for(sessions: Sessions, tenant_id: int, collection_id: int | None, asked_by: str) -> int:
    """Write down that a re-index is wanted; the worker takes it up. Returns the job's id.

    Raises: Conflict when one is open; the text says who asked for it, and when.
    """
    try:
        with sessions.begin() as session:
            job = Job(tenant_id=tenant_id, kind="reindex", collection_id=collection_id, asked_by=asked_by)
            session.add(job)
            session.flush()
            return job.id
    except IntegrityError as error:
        with sessions() as session:
            other = open_job(session, tenant_id)
        raise busy(other) from error


def open_job(session: Session, tenant_id: int) -> Job | None:
    """The re-index that waits or runs, if there is one."""
    return session.scalar(select(Job).where(Job.tenant_id == tenant_id, Job.kind == "reindex", Job.state.in_(OPEN)))


def busy(job: Job | None) -> Conflict:
    """The refusal of a second re-index."""
    if job is None:
        return Conflict("Im selben Augenblick wurde ein Neuaufbau beendet.", "Bitte noch einmal versuchen.")
    since = job.created_at.astimezone()
    return Conflict(
        f"Es läuft schon Neuaufbau {job.id} (verlangt von: {job.asked_by}, seit {since:%d.%m.%Y %H:%M} Uhr).",
        "Bitte warten, bis er fertig ist, oder ihn abbrechen.",
    )


def get_job(session: Session, tenant_id: int, job_id: int) -> Job:
    """One job.

    Raises: NotFound.
    """
    job = session.scalar(select(Job).where(Job.id == job_id, Job.tenant_id == tenant_id))
    if job is None:
        raise NotFound("Diesen Vorgang gibt es nicht.", "Bitte die Nummer prüfen.")
    return job


def cancel(sessions: Sessions, tenant_id: int, job_id: int) -> None:
    """Give a re-index up: what it has read is thrown away, what is live stays.

    Raises: NotFound when there is none of this number; Conflict when it has ended already.
    """
    with sessions.begin() as session:
        job = get_job(session, tenant_id, job_id)
        if job.state not in OPEN:
            raise Conflict("Dieser Vorgang ist schon zu Ende.", "")
        job.state, job.finished_at = "cancelled", now()
        session.execute(delete(Revision).where(Revision.job_id == job_id, Revision.state == "pending"))


def begin(sessions: Sessions, tenant_id: int) -> Job | None:
    """Take up the re-index that waits: from now on every document of its handbook waits to be read anew."""
    with sessions.begin() as session:
        job = open_job(session, tenant_id)
        if job is not None and job.state == "waiting":
            job.state, job.step, job.started_at = "running", "reading", now()
            if job.collection_id is not None:
                job.total = read_again(session, job)
        return job


def read_again(session: Session, job: Job) -> int:
    """Let every document of a handbook wait once more, with the bytes it has; returns how many."""
    newest = select(func.max(Revision.id)).join(Document, Document.id == Revision.document_id)
    newest = newest.where(Document.collection_id == job.collection_id, Document.deleted_at.is_(None))
    last = session.scalars(
        select(Revision).where(Revision.id.in_(newest.group_by(Revision.document_id)), Revision.state != "pending")
    ).all()
    rows = [
        {
            "tenant_id": job.tenant_id,
            "document_id": one.document_id,
            "number": one.number + 1,
            "sha256": one.sha256,
            "size_bytes": one.size_bytes,
            "media_type": one.media_type,
            "state": "pending",
            "job_id": job.id,
        }
        for one in last
    ]
    for start in range(0, len(rows), WRITE_ROWS):
        session.execute(insert(Revision), rows[start : start + WRITE_ROWS])
    return len(rows)


def read_failed(sessions: Sessions, tenant_id: int, document_id: int) -> None:
    """Let a document that could not be read be tried again with the bytes it has.

    Raises: NotFound when its newest state is none that failed.
    """
    newest = select(func.max(Revision.id)).where(Revision.tenant_id == tenant_id, Revision.document_id == document_id)
    with sessions.begin() as session:
        revision = session.get(Revision, session.scalar(newest) or 0)
        if revision is None or revision.state != "failed":
            raise NotFound("Bei diesem Dokument gibt es nichts zu wiederholen.", "Bitte die Seite neu laden.")
        revision.state, revision.attempts = "pending", 0


def files_read(session: Session, job: Job) -> tuple[int, int]:
    """How many files of a re-index have been read, and how many of those could not be."""
    read = func.count(case((Revision.state.in_(("ready", "failed")), 1)))
    failed = func.count(case((Revision.state == "failed", 1)))
    row = session.execute(select(read, failed).where(Revision.job_id == job.id)).one()
    return row[0], row[1]


def complete(sessions: Sessions, indexes_dir: Path, identity: Identity, job: Job, judge: Judge | None) -> int | None:
    """Build the generation a re-index is for beside the live one, check it, and let it answer.

    Returns its id; None when the job was given up, which it says itself. Whatever else fails leaves the job open, and
    the next start of the worker takes it up again.
    """
    try:
        opened = build_generation(
            sessions, indexes_dir, identity.tenant_id, identity.embedder,
            job_id=job.id, progress=Reporter(sessions, job.id), processes=identity.processes,
        )  # fmt: skip
        note(sessions, job.id, "checking", opened.manifest.chunks)
        verify(sessions, opened)
        if judge is not None:
            judge(opened)
        activate(sessions, opened, keep_previous=False, job_id=job.id)
    except GivenUp as error:
        give_up(sessions, job.id, str(error))
        return None
    finally:
        clear(sessions, indexes_dir, identity.tenant_id)
    return opened.manifest.generation


class Reporter:
    """Writes down now and then how far a build is, and stops it when the job was cancelled."""

    def __init__(self, sessions: Sessions, job_id: int) -> None:
        self.sessions = sessions
        self.job_id = job_id
        self.told = -REPORT_EVERY

    def __call__(self, done: int) -> None:
        """Raises: GivenUp when the job was cancelled."""
        if done - self.told >= REPORT_EVERY:
            self.told = done
            note(self.sessions, self.job_id, "building", done)


def note(sessions: Sessions, job_id: int, step: JobStep, done: int) -> None:
    """Write down how far a running job is.

    Raises: GivenUp when it was cancelled.
    """
    with sessions.begin() as session:
        job = session.get_one(Job, job_id)
        if job.state != "running":
            raise GivenUp("Der Neuaufbau wurde abgebrochen.")
        job.step, job.done = step, done


def give_up(sessions: Sessions, job_id: int, reason: str) -> None:
    """Write down why a re-index failed; one that was cancelled stays so."""
    with sessions.begin() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == "running")
            .values(state="failed", error_text=reason, finished_at=now())
        )


def note_repair(sessions: Sessions, tenant_id: int, requeued: int, folders: int) -> None:
    """Remember a repair: files that wait again, and folders of the index that were cleared away."""
    at = now()
    with sessions.begin() as session:
        session.add(
            Job(
                tenant_id=tenant_id, kind="repair", state="done", asked_by="Worker",
                done=requeued, total=folders, started_at=at, finished_at=at,
            )
        )  # fmt: skip
