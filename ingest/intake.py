"""Files come in: their bytes are kept, and what changed gets a revision that waits to be read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_documents
from catalogue.connection import Sessions
from catalogue.errors import BadInput, NotFound, StadtwissenError, Unreadable
from catalogue.tables import Collection, Document, Revision
from catalogue.tables.row import now
from ingest.originals import Originals, Stored, too_large

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


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue remembers of a file: enough to tell that it has not changed."""

    document_id: int
    size_bytes: int
    mtime_ns: int
    settled: bool


def accept(sessions: Sessions, originals: Originals, arrival: Arrival, stream: BinaryIO) -> Accepted:
    """Keep the bytes, then write down what they mean for their document.

    Raises: Unreadable (zu-gross) when the file is over the limit.
    """
    stored = originals.put(stream)
    with sessions.begin() as session:
        return record(session, arrival, stored)


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
        document = new_document(session, arrival)
        return add_revision(session, document, arrival, stored, "new")
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


def new_document(session: Session, arrival: Arrival) -> Document:
    """Write down a document that was not known."""
    collection = session.get_one(Collection, arrival.collection_id)
    document = Document(
        tenant_id=collection.tenant_id,
        collection_id=collection.id,
        parent_id=arrival.parent_id,
        root=arrival.root,
        source=arrival.source,
        title=Path(arrival.source).stem or arrival.source,
        media_type=UNKNOWN_MEDIA_TYPE,
        size_bytes=0,
        file_mtime_ns=0,
        modified_at=arrival.modified_at,
    )
    session.add(document)
    session.flush()
    return document


def add_revision(session: Session, document: Document, arrival: Arrival, stored: Stored, outcome: Outcome) -> Accepted:
    """Write down a new state of the document's content, to be read by the worker."""
    settle(document, arrival, stored)
    document.modified_at = arrival.modified_at
    last = session.scalar(select(func.max(Revision.number)).where(Revision.document_id == document.id))
    revision = Revision(
        tenant_id=document.tenant_id,
        document_id=document.id,
        number=(last or 0) + 1,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        media_type=document.media_type,
        state="pending",
    )
    session.add(revision)
    session.flush()
    return Accepted(arrival.source, outcome, document.id, revision.id)


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


def accept_paths(
    sessions: Sessions, originals: Originals, collection_id: int, paths: Sequence[Path], *, verify: bool = False
) -> Iterator[Accepted]:
    """Take files and whole folders; what vanished from a folder since it was last added is removed from search.

    A file whose size and modification time are as before is not read again, unless `verify` asks for it.

    Raises: BadInput when a path does not exist, or a folder holds no file at all.
    """
    for path in paths:
        resolved = path.resolve()
        if resolved.is_dir():
            yield from accept_folder(sessions, originals, collection_id, resolved, verify=verify)
        elif resolved.is_file():
            known = {} if verify else known_files(sessions, collection_id, text_of(str(resolved.parent)))
            yield accept_file(sessions, originals, collection_id, resolved.parent, resolved, known)
        else:
            raise BadInput(f"„{path}“ gibt es nicht.", "Bitte den Pfad prüfen.")


def accept_folder(
    sessions: Sessions, originals: Originals, collection_id: int, folder: Path, *, verify: bool
) -> Iterator[Accepted]:
    """Take every file below `folder`, then remove what the catalogue knew and the folder no longer has."""
    files = list(files_below(folder))
    if not files:
        raise BadInput(
            f"Der Ordner „{folder}“ enthält keine Dateien.",
            "Ist das Laufwerk verbunden? Es wurde nichts entfernt.",
        )
    known = known_files(sessions, collection_id, text_of(str(folder)))
    for file in files:
        yield accept_file(sessions, originals, collection_id, folder, file, {} if verify else known)
    present = {source_of(folder, file) for file in files}
    yield from remove_vanished(sessions, known, present)


def files_below(folder: Path) -> Iterator[Path]:
    """List the files of a folder in a stable order, without hidden ones and the lock files of Office."""
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith((".", "~$")) for part in below) and path.name != "Thumbs.db":
            yield path


def source_of(folder: Path, file: Path) -> str:
    """The path of a file below its folder, as it is written down."""
    return text_of(file.relative_to(folder).as_posix())


def text_of(path: str) -> str:
    """A path as text: file names are bytes, and those of old shares are what Windows wrote."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path).decode("cp1252", errors="replace")
    return path


def known_files(sessions: Sessions, collection_id: int, root: str) -> dict[str, Known]:
    """Read what the catalogue remembers of the files below `root`, by source, in one statement."""
    newest = (
        select(Revision.document_id, func.max(Revision.id).label("revision_id"))
        .group_by(Revision.document_id)
        .subquery()
    )
    rows = (
        select(Document.source, Document.id, Document.size_bytes, Document.file_mtime_ns, Revision.state)
        .join(newest, newest.c.document_id == Document.id)
        .join(Revision, Revision.id == newest.c.revision_id)
        .where(
            Document.collection_id == collection_id,
            Document.root == root,
            Document.parent_id.is_(None),
            Document.deleted_at.is_(None),
        )
    )
    with sessions() as session:
        return {
            source: Known(document_id, size_bytes, mtime_ns, settled=state != "failed")
            for source, document_id, size_bytes, mtime_ns, state in session.execute(rows)
        }


def accept_file(
    sessions: Sessions,
    originals: Originals,
    collection_id: int,
    root: Path,
    file: Path,
    known: dict[str, Known],
) -> Accepted:
    """Take one file below `root`; a file that cannot be taken is refused, and the others go on."""
    source = source_of(root, file)
    try:
        stat = file.stat()
        before = known.get(source)
        if before and before.settled and (before.size_bytes, before.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            return Accepted(source, "unchanged", before.document_id)
        if originals.limit_bytes is not None and stat.st_size > originals.limit_bytes:
            raise too_large(originals.limit_bytes)
        modified_at = datetime.fromtimestamp(stat.st_mtime, UTC)
        arrival = Arrival(collection_id, text_of(str(root)), source, modified_at, stat.st_mtime_ns)
        with file.open("rb") as stream:
            return accept(sessions, originals, arrival, stream)
    except Unreadable as error:
        return Accepted(source, "refused", error=error)
    except OSError as error:
        refusal = Unreadable(
            "nicht-lesbar", f"Die Datei ließ sich nicht öffnen ({error.strerror}).", "Bitte Zugriffsrechte prüfen."
        )
        return Accepted(source, "refused", error=refusal)


def remove_vanished(sessions: Sessions, known: dict[str, Known], present: set[str]) -> Iterator[Accepted]:
    """Take documents out of search whose files are gone."""
    for source, before in known.items():
        if source not in present:
            with sessions.begin() as session:
                mark_deleted(session, before.document_id)
            yield Accepted(source, "removed", before.document_id)


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
