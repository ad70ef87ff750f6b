"""The receipt of a generation: which files it is made of, from what, and whether they are still the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from catalogue.errors import IndexUnavailable
from indexes.durable import sync

FORMAT = 3
MANIFEST = "manifest.json"
KNOWN_FILES = 4096
_digests: dict[tuple[int, int, int, int], str] = {}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The receipt of a generation: written last, so a folder without one was never finished.

    `analysis` names how texts were cut into terms, `vectors` the kind of index of each segment.

    Units: `files` maps the path inside the folder to its sha256; `revisions_sha256` stands for the revisions inside.
    """

    format: int
    generation: int
    tenant_id: int
    fingerprint: str
    dim: int
    analysis: str
    chunks: int
    last_revision_id: int
    revisions_sha256: str
    segments: tuple[str, ...]
    vectors: tuple[str, ...]
    files: dict[str, str]


def checksums(folder: Path) -> dict[str, str]:
    """Digest every file of a generation by its path inside the folder; lock files are none of its content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): known_digest(path) for path in files}


def digest_of(revisions: Iterable[int]) -> str:
    """One value that stands for a set of revisions."""
    return hashlib.sha256(",".join(map(str, sorted(revisions))).encode()).hexdigest()


def is_intact(path: Path, expected: str) -> bool:
    """Tell whether a file has the digest it should have."""
    try:
        return known_digest(path) == expected
    except OSError:
        return False


def known_digest(path: Path) -> str:
    """The digest of a file; one that this process has read and nobody touched since is not read again.

    Generations share files by hard links: what counts is the file, not the name.
    """
    stat = path.stat()
    identity = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    digest = _digests.get(identity)
    if digest is None:
        if len(_digests) > KNOWN_FILES:
            _digests.clear()
        digest = _digests[identity] = file_digest(path)
    return digest


def file_digest(path: Path) -> str:
    """The sha256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the receipt in one atomic step."""
    temporary = folder / f".{MANIFEST}"
    with temporary.open("w", encoding="utf-8") as stream:
        json.dump(asdict(manifest), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(folder / MANIFEST)
    sync(folder)
    sync(folder.parent)


def read_manifest(folder: Path, generation_id: int) -> Manifest:
    """Read the receipt, and refuse one that belongs to something else."""
    try:
        fields = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**{**fields, "segments": tuple(fields["segments"]), "vectors": tuple(fields["vectors"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise damaged(generation_id, "das Verzeichnis ist unvollständig") from error
    if manifest.format != FORMAT or manifest.generation != generation_id:
        raise damaged(generation_id, "das Verzeichnis gehört zu einer anderen Fassung")
    return manifest


def damaged(generation_id: int, reason: str) -> IndexUnavailable:
    """The refusal of a generation that cannot be trusted."""
    return IndexUnavailable(
        f"Der Index {generation_id} kann nicht benutzt werden: {reason}.",
        "Bitte „stadtwissen reindex“ ausführen; die Dokumente sind nicht betroffen.",
    )
