"""The bytes as they were handed in, each kept once, under their own digest."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from catalogue.errors import Unreadable, no_room
from indexes.durable import sync

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are safely on disk."""

    sha256: str
    size_bytes: int


class Originals:
    """A folder of files named by the sha256 of their content."""

    def __init__(self, folder: Path, limit_bytes: int | None = None) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes

    def path(self, sha256: str) -> Path:
        """Tell where the bytes with this digest lie, whether or not they do."""
        return self.folder / sha256[:2] / sha256

    def put(self, stream: BinaryIO) -> Stored:
        """Keep what `stream` holds; on return it survives a power cut. Same bytes, same file.

        Raises: Unreadable (zu-gross) as soon as the limit is passed; DiskFull. Nothing stays behind then.
        """
        try:
            return self._kept(stream)
        except OSError as error:
            raise no_room(error, self.folder) or error from error

    def _kept(self, stream: BinaryIO) -> Stored:
        self.folder.mkdir(parents=True, exist_ok=True)
        with temporary_file(self.folder) as (handle, name):
            digest, size = hashlib.sha256(), 0
            while block := stream.read(BLOCK_BYTES):
                size += len(block)
                if self.limit_bytes is not None and size > self.limit_bytes:
                    raise too_large(self.limit_bytes)
                digest.update(block)
                handle.write(block)
            stored = Stored(digest.hexdigest(), size)
            target = self.path(stored.sha256)
            if not target.exists():
                handle.flush()
                os.fsync(handle.fileno())
                target.parent.mkdir(exist_ok=True)
                name.replace(target)
                sync(target.parent)
        return stored


def too_large(limit_bytes: int) -> Unreadable:
    """The refusal of a file over the limit."""
    return Unreadable(
        "zu-gross",
        f"Die Datei ist größer als {limit_bytes // (1 << 20)} MB.",
        "Bitte aufteilen oder verkleinern, oder STADTWISSEN_UPLOAD_LIMIT_MB erhöhen.",
    )


@contextmanager
def temporary_file(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a new file in `folder` that is gone at the end unless it was renamed."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".neu-")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            yield handle, path
    finally:
        path.unlink(missing_ok=True)
