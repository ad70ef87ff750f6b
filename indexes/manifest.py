"""The receipt of a generation: which files it is made of, from what, and whether they are still the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from catalogue.errors import IndexUnavailable
from indexes.durable import sync

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The receipt of a generation: written last, so a folder without one was never finished.

    Units: `files` maps the path inside the folder to its sha256; `revisions_sha256` stands for the revisions inside.
    """

    format: int
    generation: int
    tenant_id: int
    fingerprint: str
    dim: int
    chunks: int
    last_revision_id: int
    revisions_sha256: str
    segments: tuple[str, ...]
    files: dict[str, str]


def checksums(folder: Path) -> dict[str, str]:
    """Digest every file of a generation by its path inside the folder; lock files are none of its content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in files}


def digest_of(revisions: Iterable[int]) -> str:
    """One value that stands for a set of revisions."""
    return hashlib.sha256(",".join(map(str, sorted(revisions))).encode()).hexdigest()


def is_intact(path: Path, expected: str) -> bool:
    """Tell whether a file has the digest it should have; one that was read before and not touched since is trusted."""
    try:
        stat = path.stat()
        return digest_once(path, (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)) == expected
    except OSError:
        return False


@lru_cache(maxsize=4096)
def digest_once(path: Path, _identity: tuple[int, int, int, int]) -> str:
    """The digest of a file in the state that `_identity` stands for."""
    return file_digest(path)


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
        manifest = Manifest(**{**fields, "segments": tuple(fields["segments"])})
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
