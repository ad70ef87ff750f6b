"""Files and folders on disk: what is new in them is taken in, what vanished from them is removed from search."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from catalogue.connection import Sessions
from catalogue.errors import BadInput, StadtwissenError, Unreadable, in_german
from catalogue.tables import Document, Revision
from ingest.intake import Accepted, Arrival, mark_deleted, record_all
from ingest.originals import Originals, Stored, too_large

BATCH = 64

Kept = Accepted | tuple[Arrival, Stored]
"""A file whose bytes were kept and that is to be written down, or what else became of it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue remembers of a file: enough to tell that it has not changed."""

    document_id: int
    size_bytes: int
    mtime_ns: int
    settled: bool


@dataclass(slots=True)
class Found:
    """What lies below a folder, in a stable order; `closed` are the folders in it that could not be opened."""

    files: list[Path] = field(default_factory=list)
    closed: list[tuple[Path, OSError]] = field(default_factory=list)


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
            yield from accept_files(sessions, originals, collection_id, resolved.parent, [resolved], known)
        else:
            raise BadInput(f"„{path}“ gibt es nicht.", "Bitte den Pfad prüfen.")


def accept_folder(
    sessions: Sessions, originals: Originals, collection_id: int, folder: Path, *, verify: bool
) -> Iterator[Accepted]:
    """Take every file below `folder`, then remove what the catalogue knew and the folder no longer has.

    What lies in a folder that cannot be opened now is neither taken nor removed.
    """
    found = files_below(folder)
    for closed, error in found.closed:
        if closed == folder:
            text = f"Der Ordner „{folder}“ lässt sich nicht öffnen: {in_german(error)}."
            raise BadInput(text, "Bitte Zugriffsrechte prüfen. Es wurde nichts entfernt.")
        yield Accepted(source_of(folder, closed), "refused", error=closed_folder(error))
    if not found.files:
        raise BadInput(
            f"Der Ordner „{folder}“ enthält keine Dateien.",
            "Ist das Laufwerk verbunden? Es wurde nichts entfernt.",
        )
    known = known_files(sessions, collection_id, text_of(str(folder)))
    yield from accept_files(sessions, originals, collection_id, folder, found.files, {} if verify else known)
    present = {source_of(folder, file) for file in found.files}
    hidden = tuple(f"{source_of(folder, closed)}/" for closed, _ in found.closed)
    gone = {source: before for source, before in known.items() if source not in present}
    yield from remove(sessions, {source: before for source, before in gone.items() if not source.startswith(hidden)})


def files_below(folder: Path) -> Found:
    """List the files of a folder, without hidden ones and the lock files of Office."""
    found = Found()

    def note(error: OSError) -> None:
        found.closed.append((Path(str(error.filename)), error))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if not name.startswith((".", "~$"))]
        files = (Path(parent, name) for name in names if not name.startswith((".", "~$")) and name != "Thumbs.db")
        found.files += (path for path in files if path.is_file())
    found.files.sort()
    return found


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


def accept_files(
    sessions: Sessions,
    originals: Originals,
    collection_id: int,
    root: Path,
    files: Iterable[Path],
    known: dict[str, Known],
) -> Iterator[Accepted]:
    """Take files below `root`, some at a time: the bytes of each are kept, then all are written down, then told."""
    kept: list[Kept] = []
    for file in files:
        try:
            kept.append(keep_file(originals, collection_id, root, file, known))
        except StadtwissenError:  # no room: what came before is taken
            yield from write_down(sessions, kept)
            raise
        if len(kept) >= BATCH:
            yield from write_down(sessions, kept)
            kept = []
    yield from write_down(sessions, kept)


def write_down(sessions: Sessions, kept: Sequence[Kept]) -> list[Accepted]:
    """What became of files, those whose bytes were kept among them, in their order."""
    arrived = [one for one in kept if not isinstance(one, Accepted)]
    if not arrived:
        return [one for one in kept if isinstance(one, Accepted)]
    with sessions.begin() as session:
        taken = iter(record_all(session, arrived))
    return [one if isinstance(one, Accepted) else next(taken) for one in kept]


def keep_file(originals: Originals, collection_id: int, root: Path, file: Path, known: dict[str, Known]) -> Kept:
    """Keep the bytes of one file below `root`, if they may have changed; one that cannot be taken is refused."""
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
            return arrival, originals.put(stream)
    except Unreadable as error:
        return Accepted(source, "refused", error=error)
    except OSError as error:
        return Accepted(source, "refused", error=unopened(error))


def unopened(error: OSError) -> Unreadable:
    """The verdict on a file that the system does not hand out."""
    return Unreadable(
        "nicht-lesbar", f"Die Datei ließ sich nicht öffnen: {in_german(error)}.", "Bitte Zugriffsrechte prüfen."
    )


def closed_folder(error: OSError) -> Unreadable:
    """The verdict on a folder that cannot be looked into."""
    return Unreadable(
        "nicht-lesbar",
        f"Der Ordner ließ sich nicht öffnen: {in_german(error)}.",
        "Bitte Zugriffsrechte prüfen. Was daraus schon eingelesen war, bleibt.",
    )


def remove(sessions: Sessions, gone: dict[str, Known]) -> Iterator[Accepted]:
    """Take documents out of search whose files are gone."""
    for source, before in gone.items():
        with sessions.begin() as session:
            mark_deleted(session, before.document_id)
        yield Accepted(source, "removed", before.document_id)
