"""What is served? One immutable folder per generation: vector segments, a lexical index, and a manifest as receipt.

    00000007/manifest.json      which files, with checksums; written last
             revisions.npy      the revisions inside, sorted
             words.safetensors  what the model had learnt from the passages when it made the vectors, if it had
             segment-00000005/  vectors and what each row belongs to, shared with generation 5 by hard links
             segment-00000007/  what is new
             lexical/           tantivy's files, those that did not change shared as well

A small change makes a new generation that shares most of its files with the one before: it is made in a second, and
either exists as a whole or does not. A full build shares nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalogue.connection import Sessions
from catalogue.errors import IndexUnavailable
from catalogue.tables import Generation
from indexes.adaptation import FILE as ADAPTATION
from indexes.adaptation import write_adaptation
from indexes.analysts import Block, analysed
from indexes.columns import rows_from
from indexes.durable import make_durable
from indexes.embedder import Embedder
from indexes.entries import current_revisions, entry_blocks
from indexes.fields import Fields
from indexes.german import ANALYSIS
from indexes.lexical import LexicalIndex, LexicalWriter, new_lexical, open_lexical
from indexes.manifest import FORMAT, Manifest, checksums, damaged, digest_of, is_intact, read_manifest, write_manifest
from indexes.segments import SegmentedVectors, open_vectors
from indexes.static import StaticEmbedder
from indexes.texts import spelt_passage
from indexes.vectors import Segment, SegmentWriter

LEXICAL = "lexical"
REVISIONS = "revisions.npy"
GROWTH = 2
"""A segment at most so many times as large as what is added to it is written anew with it: their number stays small."""

DISK_ERRORS = (OSError, RuntimeError, ValueError)
"""What Python, FAISS and tantivy raise when the disk is full or must not be written to."""

Revisions = NDArray[np.int64]
Progress = Callable[[int], None]
"""Called with the number of passages done; may raise to give a build up."""


def nothing(_done: int) -> None:
    """For whoever does not want to know."""


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A generation that passed its checks and can be searched."""

    manifest: Manifest
    vectors: SegmentedVectors
    lexical: LexicalIndex
    revisions: frozenset[int]
    folder: Path


def generation_folder(indexes_dir: Path, generation_id: int) -> Path:
    """Where a generation's files lie."""
    return indexes_dir / f"{generation_id:08d}"


def build_generation(
    sessions: Sessions,
    indexes_dir: Path,
    tenant_id: int,
    embedder: Embedder,
    *,
    job_id: int | None = None,
    progress: Progress = nothing,
    processes: int = 1,
) -> OpenGeneration:
    """Build an index of everything that is ready now, beside the live one; serves nothing yet.

    Every passage must have its vector by the `embedder`. A build that fails deletes only itself. With `job_id` what
    that re-index has read is part of it. Many passages are analysed in so many `processes`.

    Raises: IndexUnavailable when a vector is missing, or the disk does not take the files; whatever `progress` raises.
    """
    identity = (tenant_id, embedder.fingerprint, embedder.dim)
    with new_folder(sessions, indexes_dir, *identity) as (generation_id, folder):
        if isinstance(embedder, StaticEmbedder) and (adaptation := embedder.adaptation) is not None:
            write_adaptation(folder, adaptation)
        with sessions() as session:
            revisions = sorted(session.scalars(current_revisions(tenant_id, job_id)))
        lexical = new_lexical(folder / LEXICAL)
        with closing(SegmentWriter(embedder.dim, folder)) as vectors:
            blocks = entry_blocks(sessions, tenant_id, revisions, *identity[1:])
            for block, fields in analysed(blocks, processes):
                add_passages(vectors, lexical, block, fields)
                progress(len(vectors))
            lexical.commit()
            segments = write_segment(folder, segment_name(generation_id), vectors)
        seal(folder, generation_id, identity, np.array(revisions, np.int64), segments)
    return open_generation(indexes_dir, generation_id)


def extend_generation(
    sessions: Sessions, indexes_dir: Path, base: OpenGeneration, *, processes: int = 1
) -> OpenGeneration:
    """Build the successor of `base` out of its files and what has changed since; serves nothing yet.

    Raises: IndexUnavailable when a vector is missing, or the disk does not take the files.
    """
    old = base.manifest
    identity = (old.tenant_id, old.fingerprint, old.dim)
    with new_folder(sessions, indexes_dir, *identity) as (generation_id, folder):
        with sessions() as session:
            wanted = set(session.scalars(current_revisions(old.tenant_id)))
        share(base.folder / LEXICAL, folder / LEXICAL)
        if ADAPTATION in old.files:
            os.link(base.folder / ADAPTATION, folder / ADAPTATION)
        lexical = LexicalWriter(folder / LEXICAL)
        lexical.remove(sorted(base.revisions - wanted))
        with closing(SegmentWriter(old.dim, folder)) as vectors:
            blocks = entry_blocks(sessions, old.tenant_id, wanted - base.revisions, *identity[1:])
            for block, fields in analysed(blocks, processes):
                add_passages(vectors, lexical, block, fields)
            lexical.commit()
            revisions = np.array(sorted(wanted), np.int64)
            kept = merge_small(base.vectors, vectors, revisions)
            added = write_segment(folder, segment_name(generation_id), vectors)
        for segment in kept:
            share_segment(segment, folder / segment.folder.name)
        seal(folder, generation_id, identity, revisions, (*(segment.folder.name for segment in kept), *added))
    return open_generation(indexes_dir, generation_id)


def add_passages(vectors: SegmentWriter, lexical: LexicalWriter, block: Block, fields: Fields) -> None:
    """Put passages into both kinds of index."""
    vectors.add(rows_from(block.entries), block.vectors, [spelt_passage(entry) for entry in block.entries])
    lexical.write(block.entries, fields)


def segment_name(generation_id: int) -> str:
    """The folder of the segment that a generation adds."""
    return f"segment-{generation_id:08d}"


@contextmanager
def new_folder(
    sessions: Sessions, indexes_dir: Path, tenant_id: int, fingerprint: str, dim: int
) -> Iterator[tuple[int, Path]]:
    """Write down that a generation is being built, and give it an empty folder; both are given up on an error.

    Raises: IndexUnavailable in the place of what a disk is to blame for.
    """
    with sessions.begin() as session:
        row = Generation(tenant_id=tenant_id, state="building", fingerprint=fingerprint, dim=dim)
        session.add(row)
        session.flush()
        generation_id = row.id
    folder = generation_folder(indexes_dir, generation_id)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield generation_id, folder
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        with sessions.begin() as session:
            row = session.get_one(Generation, generation_id)
            row.state, row.error_text = "failed", str(error) or type(error).__name__
        if isinstance(error, DISK_ERRORS):
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise IndexUnavailable(
                f"Der Index ließ sich nicht schreiben ({reason}); der bisherige bleibt in Betrieb.",
                "Bitte Speicherplatz und Schreibrechte im Datenverzeichnis prüfen.",
            ) from error
        raise


def share(source: Path, target: Path) -> None:
    """Give a folder the files of another by hard links; the small ones that are replaced in place are copied."""
    target.mkdir()
    for path in source.iterdir():
        if path.is_dir():
            share(path, target / path.name)
        elif path.suffix == ".json":
            shutil.copyfile(path, target / path.name)
        elif path.suffix != ".lock":
            os.link(path, target / path.name)


def merge_small(vectors: SegmentedVectors, added: SegmentWriter, revisions: Revisions) -> list[Segment]:
    """Take over what is alive in segments about as small as what is added; returns the segments that stay."""
    kept = list(vectors.segments)
    size = len(added)
    absorbed = list[Segment]()
    while kept and len(kept[-1].columns) <= GROWTH * size:
        absorbed.append(kept.pop())
        size += len(absorbed[-1].columns)
    for segment in absorbed:
        alive = segment.columns.of_revisions(revisions)
        rows = np.flatnonzero(alive)
        added.add(segment.columns.take(alive), segment.vectors(rows), segment.texts.read(rows))
    return kept


def write_segment(folder: Path, name: str, vectors: SegmentWriter) -> tuple[str, ...]:
    """Write what is new, if anything is; returns the names of the segments written."""
    if not len(vectors):
        return ()
    vectors.write(folder / name)
    return (name,)


def share_segment(segment: Segment, target: Path) -> None:
    """Give a new generation a segment of the one before: its files never change, so a link does."""
    target.mkdir()
    for path in segment.folder.iterdir():
        os.link(path, target / path.name)


def seal(
    folder: Path, generation_id: int, identity: tuple[int, str, int], revisions: Revisions, segments: tuple[str, ...]
) -> None:
    """Make the files durable and write the receipt: from here on the generation exists."""
    np.save(folder / REVISIONS, revisions)
    make_durable(folder)
    opened = open_vectors([folder / name for name in segments], revisions)
    tenant_id, fingerprint, dim = identity
    manifest = Manifest(
        format=FORMAT,
        generation=generation_id,
        tenant_id=tenant_id,
        fingerprint=fingerprint,
        dim=dim,
        analysis=ANALYSIS,
        chunks=len(opened),
        last_revision_id=int(revisions.max(initial=0)),
        revisions_sha256=digest_of(revisions.tolist()),
        segments=segments,
        vectors=tuple(segment.kind for segment in opened.segments),
        files=checksums(folder),
    )
    write_manifest(folder, manifest)


def revisions_in(indexes_dir: Path, generation: Generation | None) -> frozenset[int]:
    """The revisions inside a generation; none when there is no generation, or its files are gone."""
    if generation is None:
        return frozenset()
    try:
        return frozenset(np.load(generation_folder(indexes_dir, generation.id) / REVISIONS).tolist())
    except (OSError, ValueError):
        return frozenset()


def open_generation(indexes_dir: Path, generation_id: int) -> OpenGeneration:
    """Open a generation's files, after checking every one of them against the manifest.

    Raises: IndexUnavailable when the folder is not there, unfinished, or was changed; the text says which file.
    """
    folder = generation_folder(indexes_dir, generation_id)
    manifest = read_manifest(folder, generation_id)
    for name, expected in manifest.files.items():
        if not is_intact(folder / name, expected):
            raise damaged(generation_id, f"die Datei {name} fehlt oder ist beschädigt")
    revisions = np.load(folder / REVISIONS)
    vectors = open_vectors([folder / name for name in manifest.segments], revisions)
    return OpenGeneration(manifest, vectors, open_lexical(folder / LEXICAL), frozenset(revisions.tolist()), folder)
