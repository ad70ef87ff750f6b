"""Which generation reigns: going live, going back, and clearing away what is no longer needed."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from catalogue.connection import Sessions
from catalogue.errors import NotFound
from catalogue.tables import Chunk, Document, Embedding, Generation, Revision
from catalogue.tables.row import now
from indexes.entries import current_revisions
from indexes.generation import OpenGeneration, generation_folder, open_generation, revisions_in

WRITE_ROWS = 1_000


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


def activate(sessions: Sessions, opened: OpenGeneration, *, keep_previous: bool) -> None:
    """Make a built generation the live one, and its revisions the ones that are shown: in one transaction.

    After a full build the one that was live stays for rollback; after a small change (`keep_previous`) the one that
    was kept already does, since the files of the two last hardly differ.
    """
    tenant_id = opened.manifest.tenant_id
    with sessions.begin() as session:
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


def clear(sessions: Sessions, indexes_dir: Path, tenant_id: int) -> None:
    """Remove generations that are neither live nor kept for rollback, and what only they needed."""
    with sessions.begin() as session:
        spent = Generation.state.in_(("failed", "building"))
        session.execute(delete(Generation).where(Generation.tenant_id == tenant_id, spent))
        kept = {generation_folder(indexes_dir, row).name for row in session.scalars(select(Generation.id))}
        previous = previous_generation(session, tenant_id)
    if indexes_dir.is_dir():
        for folder in indexes_dir.iterdir():
            if folder.is_dir() and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
    with sessions.begin() as session:
        purge(session, tenant_id, revisions_in(indexes_dir, previous))


def purge(session: Session, tenant_id: int, kept: frozenset[int]) -> None:
    """Remove passages nobody can reach any more, and the vectors that only they used.

    Those of `kept` revisions stay for a rollback, unless their document was deleted.
    """
    replaced = Revision.id.not_in(current_revisions(tenant_id)) & Revision.id.not_in(kept)
    gone = (
        select(Revision.id)
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.tenant_id == tenant_id, Revision.shown.is_(False))
        .where(or_(Document.deleted_at.is_not(None), replaced))
    )
    session.execute(delete(Chunk).where(Chunk.revision_id.in_(gone)).execution_options(synchronize_session=False))
    models = select(Generation.fingerprint).where(Generation.tenant_id == tenant_id)
    unused = or_(
        ~exists().where(and_(Chunk.tenant_id == Embedding.tenant_id, Chunk.text_sha256 == Embedding.text_sha256)),
        Embedding.fingerprint.not_in(models),
    )
    session.execute(
        delete(Embedding).where(Embedding.tenant_id == tenant_id, unused).execution_options(synchronize_session=False)
    )
