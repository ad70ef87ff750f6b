"""Takes files in and sees them through until they can be found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, or_, select

from app.wiring import Archive, OnLearning, OnPages
from app.worker import POLL_S, work_off
from catalogue.errors import Conflict
from catalogue.lookup import ListedDocument, count_passages, get_family
from catalogue.places import ensure_collection
from catalogue.tables import Revision
from indexes.entries import current_revisions
from ingest.folder import accept_paths
from ingest.intake import Accepted, Outcome


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that cannot be found, and why."""

    source: str
    code: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """Everything there is to say of one file; `outcome` is None for what came inside another file.

    `state` is that of its newest revision, or "removed", or "refused" where not even the bytes could be kept.
    """

    source: str
    outcome: Outcome | None
    state: str
    title: str | None = None
    media_type: str | None = None
    language: str | None = None
    author_department: str | None = None
    pages: int | None = None
    passages: int = 0
    warnings: tuple[str, ...] = ()
    code: str | None = None
    text: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the reading has come: `left` files are not read or not shown yet; what was read here meanwhile."""

    left: int
    files: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What became of everything that was added. A file is counted once: as failed, or by what it was."""

    counts: dict[Outcome, int]
    failures: list[Failure]
    warnings: list[tuple[str, str]]


def take_in(
    opened: Archive, department: str, collection: str, paths: Sequence[Path], *, verify: bool = False
) -> Generator[Accepted]:
    """Keep the bytes of every file; department and collection are founded when they are new.

    Raises: BadInput when a path does not exist; Conflict when the collection belongs to another department.
    """
    with opened.sessions.begin() as session:
        place = ensure_collection(session, opened.tenant_id, department, collection).id
    yield from accept_paths(opened.sessions, opened.originals, place, paths, verify=verify)


def see_through(
    opened: Archive, on_pages: OnPages | None = None, on_learning: OnLearning = lambda: None
) -> Generator[Standing]:
    """Wait until nothing is left to be read or shown; yields how far it is.

    Works itself if nobody else does. Another worker may die meanwhile: then this one takes over.

    Raises: IndexUnavailable when no index can be built.
    """
    files, pages = 0, 0
    yield Standing(unsettled(opened))
    is_done = False
    while not is_done:
        try:
            with closing(work_off(opened, on_pages, on_learning)) as work:
                for finished in work:
                    files, pages = files + 1, pages + (finished.pages or 0)
                    yield Standing(unsettled(opened), files, pages)
            is_done = True
        except Conflict:
            time.sleep(POLL_S)
            left = unsettled(opened)
            yield Standing(left, files, pages)
            is_done = not left


def unsettled(opened: Archive) -> int:
    """How many files are not read yet, or read but not shown."""
    hidden = Revision.id.in_(current_revisions(opened.tenant_id)) & Revision.shown.is_(False)
    statement = select(func.count(Revision.id)).where(
        Revision.tenant_id == opened.tenant_id, or_(Revision.state.in_(("pending", "running")), hidden)
    )
    with opened.sessions() as session:
        return session.scalar(statement) or 0


def summarise(opened: Archive, accepted: Sequence[Accepted]) -> Report:
    """Look up how everything that was taken in has ended."""
    ids = [item.document_id for item in accepted if item.document_id is not None and item.revision_id is not None]
    with opened.sessions() as session:
        family = get_family(session, opened.reader, ids)
    read = [item for item in family if item.revision.state == "failed"]
    refused = [item for item in accepted if item.error is not None]
    failed_ids = {item.document.id for item in read}
    counts: Counter[Outcome] = Counter()
    counts.update(item.outcome for item in accepted if item.error is None and item.document_id not in failed_ids)
    failures = [
        Failure(item.source, item.error.code, item.error.text, item.error.hint) for item in refused if item.error
    ]
    warnings = [(item.document.source, text) for item in family for text in item.revision.warnings]
    return Report(dict(counts), failures + [to_failure(item) for item in read], warnings)


def describe(opened: Archive, accepted: Sequence[Accepted]) -> list[FileReport]:
    """Look up every file that was taken in, and what was inside it."""
    ids = [item.document_id for item in accepted if item.document_id is not None]
    outcomes = {item.document_id: item.outcome for item in accepted}
    with opened.sessions() as session:
        family = get_family(session, opened.reader, ids)
        passages = count_passages(session, [item.revision.id for item in family])
    files = [to_file(item, outcomes.get(item.document.id), passages.get(item.revision.id, 0)) for item in family]
    files += [FileReport(item.source, item.outcome, "removed") for item in accepted if item.outcome == "removed"]
    files += [
        FileReport(
            item.source, item.outcome, "refused", code=item.error.code, text=item.error.text, hint=item.error.hint
        )
        for item in accepted
        if item.error is not None
    ]
    return sorted(files, key=lambda file: file.source)


def to_file(item: ListedDocument, outcome: Outcome | None, passages: int) -> FileReport:
    """What the catalogue knows of a file."""
    revision = item.revision
    return FileReport(
        item.document.source,
        outcome,
        revision.state,
        title=revision.title,
        media_type=revision.media_type,
        language=revision.language,
        author_department=revision.author_department,
        pages=revision.pages,
        passages=passages,
        warnings=tuple(revision.warnings),
        code=revision.error_code,
        text=revision.error_text,
        hint=revision.error_hint,
    )


def to_failure(item: ListedDocument) -> Failure:
    """A document that could not be read."""
    revision = item.revision
    return Failure(
        item.document.source, revision.error_code or "", revision.error_text or "", revision.error_hint or ""
    )
