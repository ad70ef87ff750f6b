"""Which generation reigns: going live, going back, and clearing away what is no longer needed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from catalogue.connection import Sessions
from catalogue.errors import GivenUp, NotFound
from catalogue.tables import Chunk, Document, Embedding, Generation, Job, Revision
from catalogue.tables.row import now
from indexes.entries import counts
from indexes.generation import OpenGeneration, generation_folder, open_generation, revisions_in

WRITE_ROWS = 1_000
DROP_VECTORS = 10_000
"""So many are removed at once, that nobody who writes waits for long."""


def live_generation(session: Session, tenant_id: int) -> Generation | None:
    """The generation that should be served now."""
    return in_state(session, tenant_id, "live")


def previous_generation(session: Session, tenant_id: int) -> Generation | None:
    """The generation that was live before the last full build."""
    return in_state(session, tenant_id, "previous")


def in_state(session: Session, tenant_id: int, state: str) -> Generation | None:
    """The newest generation in this state."""
    return session.scalar(
        select(Generation)
        .where(Generation.tenant_id == tenant_id, Generation.state == state)
        .order_by(Generation.id.desc())
        .limit(1)
    )


def activate(sessions: Sessions, opened: OpenGeneration, *, keep_previous: bool, job_id: int | None = None) -> None:
    """Make a built generation the live one, its revisions the ones shown, and the job done: in one transaction.

    After a full build the one that was live stays for rollback; after a small change (`keep_previous`) the one that
    was kept already does, since the files of the two last hardly differ.

    Raises: GivenUp when the job was cancelled meanwhile.
    """
    tenant_id = opened.manifest.tenant_id
    with sessions.begin() as session:
        if job_id is not None:
            complete(session, job_id, opened.manifest.generation)
        own = Generation.tenant_id == tenant_id
        if not keep_previous:
            session.execute(update(Generation).where(own, Generation.state == "previous").values(state="failed"))
        session.execute(
            update(Generation)
            .where(own, Generation.state == "live")
            .values(state="failed" if keep_previous else "previous")
        )
        row = session.get_one(Generation, opened.manifest.generation)
        row.state, row.live_at = "live", now()
        row.chunk_count, row.last_revision_id = opened.manifest.chunks, opened.manifest.last_revision_id
        row.manifest = asdict(opened.manifest)
        show(session, tenant_id, opened.revisions)


def complete(session: Session, job_id: int, generation_id: int) -> None:
    """Write down that a job has ended well.

    Raises: GivenUp when it was cancelled.
    """
    job = session.get_one(Job, job_id, with_for_update=True)
    if job.state != "running":
        raise GivenUp("Das Neuaufbauen wurde abgebrochen.")
    job.state, job.finished_at, job.generation_id = "done", now(), generation_id


def roll_back(sessions: Sessions, indexes_dir: Path, tenant_id: int) -> int:
    """Let the generation before the last full build answer again; returns its id. The two change places.

    What was deleted since stays deleted. Whatever else has changed since comes with the worker's next small change.

    Raises: NotFound when none is kept; IndexUnavailable when its files are damaged or gone.
    """
    with sessions() as session:
        previous = previous_generation(session, tenant_id)
    if previous is None:
        raise NotFound("Es gibt keinen früheren Index.", "Einer wird bei jedem „stadtwissen reindex“ aufgehoben.")
    opened = open_generation(indexes_dir, previous.id)
    activate(sessions, opened, keep_previous=False)
    return previous.id


def show(session: Session, tenant_id: int, revisions: frozenset[int]) -> None:
    """Let `revisions`, and no others, be what people see; those of deleted documents stay hidden."""
    existing = select(Revision.id).join(Document, Document.id == Revision.document_id)
    existing = existing.where(Revision.tenant_id == tenant_id, Document.deleted_at.is_(None))
    wanted = revisions.intersection(session.scalars(existing))
    shown = frozenset(session.scalars(select(Revision.id).where(Revision.tenant_id == tenant_id, Revision.shown)))
    for ids, value in ((shown - wanted, False), (wanted - shown, True)):
        ordered = sorted(ids)
        for start in range(0, len(ordered), WRITE_ROWS):
            part = ordered[start : start + WRITE_ROWS]
            session.execute(update(Revision).where(Revision.id.in_(part)).values(shown=value))


def clear(sessions: Sessions, indexes_dir: Path, tenant_id: int, *, thorough: bool = False) -> int:
    """Remove generations that are neither live nor kept for rollback, and what only they needed.

    `thorough` also looks for vectors that a crash left without a passage. Returns how many folders were removed.
    """
    with sessions.begin() as session:
        spent = Generation.state.in_(("failed", "building"))
        session.execute(delete(Generation).where(Generation.tenant_id == tenant_id, spent))
        kept = {generation_folder(indexes_dir, row).name for row in session.scalars(select(Generation.id))}
        previous = previous_generation(session, tenant_id)
    stale = [path for path in indexes_dir.glob("*") if path.is_dir() and path.name not in kept]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    with sessions.begin() as session:
        purge(session, tenant_id, revisions_in(indexes_dir, previous))
        if thorough:
            drop_orphans(session, tenant_id)
    drop_other_models(sessions, tenant_id)
    return len(stale)


def purge(session: Session, tenant_id: int, kept: frozenset[int]) -> None:
    """Remove passages nobody can reach any more, and the vectors that only they used.

    Those of `kept` revisions stay for a rollback, unless their document was deleted. Of a re-index that was given up
    nothing stays. What this costs depends on what has gone, not on how much there is.
    """
    given_up = Revision.job_id.in_(select(Job.id).where(Job.state.in_(("failed", "cancelled"))))
    newer = aliased(Revision)
    replaced = exists().where(
        newer.document_id == Revision.document_id,
        newer.id > Revision.id,
        newer.state == "ready",
        counts(newer.job_id),
    )
    gone = (
        select(Revision.id, Document.deleted_at.is_not(None) | given_up)
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.tenant_id == tenant_id, Revision.shown.is_(False))
        .where(or_(Document.deleted_at.is_not(None), given_up, replaced))
        .where(exists().where(Chunk.revision_id == Revision.id))
    )
    drop_passages(session, tenant_id, [row[0] for row in session.execute(gone) if row[1] or row[0] not in kept])
    settled = Revision.state.in_(("ready", "failed", "pending"))
    session.execute(
        delete(Revision)
        .where(Revision.tenant_id == tenant_id, given_up, settled)
        .execution_options(synchronize_session=False)
    )


def drop_passages(session: Session, tenant_id: int, revisions: Sequence[int]) -> None:
    """Remove the passages of these revisions, and the vectors that only they used."""
    for start in range(0, len(revisions), WRITE_ROWS):
        part = Chunk.revision_id.in_(revisions[start : start + WRITE_ROWS])
        texts = sorted(set(session.scalars(select(Chunk.text_sha256).where(part))))
        session.execute(delete(Chunk).where(part).execution_options(synchronize_session=False))
        for first in range(0, len(texts), WRITE_ROWS):
            unused = Embedding.text_sha256.in_(texts[first : first + WRITE_ROWS]) & ~is_used()
            drop_vectors(session, tenant_id, unused)


def drop_other_models(sessions: Sessions, tenant_id: int) -> None:
    """Remove the vectors of models that neither the live generation nor one being built has, some at a time.

    One that is kept for a rollback has its own; what is added to it later is embedded then.
    """
    used = (Generation.tenant_id == tenant_id) & (Generation.state != "previous")
    own = Embedding.tenant_id == tenant_id
    last = ""
    while True:
        with sessions.begin() as session:
            # from one to the next by the key, instead of through all vectors
            found = session.scalar(select(func.min(Embedding.fingerprint)).where(own, Embedding.fingerprint > last))
            if found is None:
                return
            if found in set(session.scalars(select(Generation.fingerprint).where(used))):
                last = found
                continue
            some = select(Embedding.text_sha256).where(own, Embedding.fingerprint == found).limit(DROP_VECTORS)
            drop_vectors(session, tenant_id, and_(Embedding.fingerprint == found, Embedding.text_sha256.in_(some)))


def drop_orphans(session: Session, tenant_id: int) -> None:
    """Remove vectors no passage uses: a crash after they were made, and before their passages were."""
    drop_vectors(session, tenant_id, ~is_used())


def is_used() -> ColumnElement[bool]:
    """Whether some passage has this vector's text."""
    return exists().where(and_(Chunk.tenant_id == Embedding.tenant_id, Chunk.text_sha256 == Embedding.text_sha256))


def drop_vectors(session: Session, tenant_id: int, which: ColumnElement[bool]) -> None:
    """Remove some vectors of a tenant."""
    session.execute(
        delete(Embedding).where(Embedding.tenant_id == tenant_id, which).execution_options(synchronize_session=False)
    )
