"""What is served? One immutable folder per generation: vectors, lexical index, and a manifest that is the receipt."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Select, and_, delete, func, select, update
from sqlalchemy.orm import Session

from catalogue.connection import Sessions
from catalogue.errors import IndexUnavailable
from catalogue.tables import Chunk, Collection, Document, Embedding, Generation, Revision
from catalogue.tables.row import now
from indexes.durable import make_durable
from indexes.lexical import LexicalIndex, build_lexical, open_lexical
from indexes.manifest import FORMAT, Manifest, checksums, damaged, file_digest, read_manifest, write_manifest
from indexes.query import Entry
from indexes.vectors import VectorIndex, build_vectors, open_vectors

VECTORS = "vectors"
LEXICAL = "lexical"
READ_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A generation that passed its checks and can be searched."""

    manifest: Manifest
    vectors: VectorIndex
    lexical: LexicalIndex


def generation_folder(indexes_dir: Path, generation_id: int) -> Path:
    """Where a generation's files lie."""
    return indexes_dir / f"{generation_id:08d}"


def current_revisions(tenant_id: int) -> Select[int]:
    """The revisions an index should hold: of each document that exists, the newest one that is ready."""
    return (
        select(func.max(Revision.id))
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.tenant_id == tenant_id, Revision.state == "ready", Document.deleted_at.is_(None))
        .group_by(Revision.document_id)
    )


def digest_of(revisions: Iterable[int]) -> str:
    """One value that stands for a set of revisions."""
    return hashlib.sha256(",".join(map(str, sorted(revisions))).encode()).hexdigest()


def build_generation(
    sessions: Sessions, indexes_dir: Path, tenant_id: int, fingerprint: str, dim: int
) -> tuple[int, frozenset[int]]:
    """Build an index of everything that is ready now, beside the live one; serves nothing yet.

    Every passage must have its vector under `fingerprint`. Returns the generation's id and the revisions in it.
    A build that fails deletes only itself.

    Raises: IndexUnavailable when a vector is missing, or the disk does not take the files.
    """
    with sessions.begin() as session:
        row = Generation(tenant_id=tenant_id, state="building", fingerprint=fingerprint, dim=dim)
        session.add(row)
        session.flush()
        generation_id = row.id
    folder = generation_folder(indexes_dir, generation_id)
    try:
        with sessions() as session:
            revisions = frozenset(session.scalars(current_revisions(tenant_id)))
            entries, matrix = read_entries(session, tenant_id, revisions, fingerprint, dim)
        write_files(folder, entries, matrix)
        manifest = Manifest(
            format=FORMAT,
            generation=generation_id,
            tenant_id=tenant_id,
            fingerprint=fingerprint,
            dim=dim,
            chunks=len(entries),
            last_revision_id=max(revisions, default=0),
            revisions_sha256=digest_of(revisions),
            files=checksums(folder),
        )
        write_manifest(folder, manifest)
    except BaseException as error:
        abandon(sessions, folder, generation_id, error)
        if isinstance(error, OSError):
            raise IndexUnavailable(
                f"Der Index ließ sich nicht schreiben ({error.strerror}); der bisherige bleibt in Betrieb.",
                "Bitte Speicherplatz und Schreibrechte im Datenverzeichnis prüfen.",
            ) from error
        raise
    return generation_id, revisions


def read_entries(
    session: Session, tenant_id: int, revisions: frozenset[int], fingerprint: str, dim: int
) -> tuple[list[Entry], np.ndarray[Any, np.dtype[np.float32]]]:
    """Read passages and vectors, in the order of their ids.

    Shapes: the matrix is (passages, dim) float32, unit L2 norm.
    """
    count = session.scalar(select(func.count(Chunk.id)).where(Chunk.revision_id.in_(current_revisions(tenant_id)))) or 0
    entries: list[Entry] = []
    matrix = np.empty((count, dim), dtype=np.float32)
    for entry, revision_id, vector in entry_rows(session, tenant_id, fingerprint):
        if revision_id not in revisions:
            continue
        if vector is None or len(vector) != dim * 4:
            raise IndexUnavailable(
                f"Zur Passage {entry.chunk_id} fehlt der Vektor des Modells.",
                "Bitte „stadtwissen reindex“ wiederholen.",
            )
        matrix[len(entries)] = np.frombuffer(vector, dtype="<f4")
        entries.append(entry)
    return entries, matrix[: len(entries)]


def entry_rows(session: Session, tenant_id: int, fingerprint: str) -> Iterator[tuple[Entry, int, bytes | None]]:
    """Stream every passage of the current revisions with its vector."""
    own_vector = and_(
        Embedding.tenant_id == tenant_id,
        Embedding.fingerprint == fingerprint,
        Embedding.text_sha256 == Chunk.text_sha256,
    )
    statement = (
        select(
            Chunk.id,
            Chunk.revision_id,
            Chunk.headings,
            Chunk.text,
            Chunk.text_sha256,
            func.coalesce(Revision.title, Document.title),
            Document.id,
            Document.media_type,
            Document.modified_at,
            Collection.id,
            Collection.department_id,
            Embedding.vector,
        )
        .join(Revision, Revision.id == Chunk.revision_id)
        .join(Document, Document.id == Revision.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .join(Embedding, own_vector, isouter=True)
        .where(Chunk.revision_id.in_(current_revisions(tenant_id)))
        .order_by(Chunk.id)
        .execution_options(yield_per=READ_ROWS)
    )
    for row in session.execute(statement):
        (
            chunk_id,
            revision_id,
            headings,
            text,
            sha256,
            title,
            document_id,
            media_type,
            modified_at,
            place,
            owner,
            vector,
        ) = row
        yield (
            Entry(
                chunk_id=chunk_id,
                document_id=document_id,
                collection_id=place,
                department_id=owner,
                title=title,
                headings=tuple(headings),
                text=text,
                media_type=media_type,
                modified_s=int(modified_at.timestamp()),
                text_sha256=sha256,
            ),
            revision_id,
            vector,
        )


def write_files(folder: Path, entries: list[Entry], matrix: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    """Write both indexes into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in (VECTORS, LEXICAL):
        (folder / part).mkdir(parents=True)
    build_vectors(folder / VECTORS, entries, matrix)
    build_lexical(folder / LEXICAL, entries)
    make_durable(folder)


def abandon(sessions: Sessions, folder: Path, generation_id: int, error: BaseException) -> None:
    """Delete a build that failed, and write down why."""
    shutil.rmtree(folder, ignore_errors=True)
    with sessions.begin() as session:
        row = session.get(Generation, generation_id)
        if row is not None:
            row.state, row.error_text = "failed", str(error) or type(error).__name__


def open_generation(indexes_dir: Path, generation_id: int) -> OpenGeneration:
    """Open a generation's files, after checking every one of them against the manifest.

    Raises: IndexUnavailable when the folder is not there, unfinished, or was changed; the text says which file.
    """
    folder = generation_folder(indexes_dir, generation_id)
    manifest = read_manifest(folder, generation_id)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file() or file_digest(path) != expected:
            raise damaged(generation_id, f"die Datei {name} fehlt oder ist beschädigt")
    return OpenGeneration(manifest, open_vectors(folder / VECTORS), open_lexical(folder / LEXICAL))


def activate(
    sessions: Sessions, tenant_id: int, generation_id: int, revisions: frozenset[int], manifest: Manifest
) -> None:
    """Make a built generation the live one, and its revisions the ones that are shown: in one transaction."""
    with sessions.begin() as session:
        own = Generation.tenant_id == tenant_id
        session.execute(update(Generation).where(own, Generation.state == "previous").values(state="failed"))
        session.execute(update(Generation).where(own, Generation.state == "live").values(state="previous"))
        row = session.get_one(Generation, generation_id)
        row.state, row.live_at = "live", now()
        row.chunk_count, row.last_revision_id = manifest.chunks, manifest.last_revision_id
        row.manifest = asdict(manifest)
        show(session, tenant_id, revisions)


def show(session: Session, tenant_id: int, revisions: frozenset[int]) -> None:
    """Let `revisions`, and no others, be what people see."""
    shown = frozenset(session.scalars(select(Revision.id).where(Revision.tenant_id == tenant_id, Revision.shown)))
    for ids, value in ((shown - revisions, False), (revisions - shown, True)):
        for start in range(0, len(ids), READ_ROWS):
            part = sorted(ids)[start : start + READ_ROWS]
            session.execute(update(Revision).where(Revision.id.in_(part)).values(shown=value))


def live_generation(session: Session, tenant_id: int) -> Generation | None:
    """The generation that should be served now."""
    return session.scalar(select(Generation).where(Generation.tenant_id == tenant_id, Generation.state == "live"))


def remove_unused(sessions: Sessions, indexes_dir: Path, tenant_id: int) -> None:
    """Delete rows and folders of generations that are neither live nor kept for rollback."""
    with sessions.begin() as session:
        session.execute(
            delete(Generation).where(Generation.tenant_id == tenant_id, Generation.state.in_(("failed", "building")))
        )
        kept = {
            generation_folder(indexes_dir, generation_id).name
            for generation_id in session.scalars(select(Generation.id).where(Generation.tenant_id == tenant_id))
        }
    if indexes_dir.is_dir():
        for folder in indexes_dir.iterdir():
            if folder.is_dir() and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
