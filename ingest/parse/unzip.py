"""ZIP archives: their files become documents of their own, two archives deep, within what `archive` allows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from ingest.parse.archive import check_archive, refused
from ingest.parse.element import Attachment, Element
from ingest.parse.kinds import SUPPORTED_SUFFIXES, encrypted
from ingest.parse.source import Source

MAX_DEPTH: Final[int] = 2
MAX_FILES: Final[int] = 1_000
MAX_BYTES: Final[int] = 128 * 1024**2
_LISTED: Final[int] = 200
_ENCRYPTED_FLAG: Final[int] = 0x1


@dataclass(slots=True)
class _Opened:
    """What came out so far."""

    files: list[Attachment] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    size: int = 0


def read_zip(path: Path) -> Source:
    """The archive itself is a list of its files.

    Raises: Unreadable (archiv, verschluesselt).
    """
    opened = _Opened()
    with zipfile.ZipFile(path) as archive:
        _open(archive, "", 1, opened)
    if opened.locked and not opened.files:
        raise encrypted()
    names = [item.name for item in opened.files] + opened.left_out
    elements = [Element("text", "Inhalt des Archivs:")] if names else []
    elements += [Element("list", name) for name in names[:_LISTED]]
    return Source(elements, warnings=tuple(_warnings(opened)), attachments=tuple(opened.files))


def _open(archive: zipfile.ZipFile, prefix: str, depth: int, opened: _Opened) -> None:
    check_archive(archive)
    for member in archive.infolist():
        name = prefix + safe_name(member.filename)
        suffix = PurePosixPath(name).suffix.lower()
        if member.is_dir() or _is_litter(name):
            continue
        if member.flag_bits & _ENCRYPTED_FLAG:
            opened.locked.append(name)
        elif suffix == ".zip" and depth < MAX_DEPTH:
            with zipfile.ZipFile(io.BytesIO(_content(archive, member, opened))) as inner:
                _open(inner, f"{name}/", depth + 1, opened)
        elif suffix in SUPPORTED_SUFFIXES and suffix != ".zip":
            opened.files.append(Attachment(name, _content(archive, member, opened)))
        else:
            opened.left_out.append(name)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, opened: _Opened) -> bytes:
    opened.size += member.file_size
    if opened.size > MAX_BYTES:
        raise refused(f"ist entpackt größer als {MAX_BYTES // 1024**2} MB")
    if len(opened.files) >= MAX_FILES:
        raise refused(f"enthält mehr als {MAX_FILES} Dokumente")
    return archive.read(member)


def safe_name(name: str) -> str:
    """A path that stays where it is put: no drive, no root, no way up, no control characters."""
    parts = [part.strip() for part in name.replace("\\", "/").split("/")]
    kept = ["".join(char for char in part if char.isprintable()) for part in parts if part not in ("", ".", "..")]
    return "/".join(part for part in kept if not part.endswith(":")) or "unbenannt"


def named_apart(files: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """The same files under safe names of which none occurs twice."""
    taken: set[str] = set()
    result: list[Attachment] = []
    for file in files:
        name = next(name for name in _variants(safe_name(file.name)) if name not in taken)
        taken.add(name)
        result.append(Attachment(name, file.content))
    return tuple(result)


def _variants(name: str) -> Iterator[str]:
    yield name
    path = PurePosixPath(name)
    for number in range(2, 100_000):
        yield str(path.with_name(f"{path.stem} ({number}){path.suffix}"))


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _warnings(opened: _Opened) -> Iterator[str]:
    if opened.locked:
        yield f"{len(opened.locked)} Dateien im Archiv sind mit einem Kennwort geschützt und wurden nicht gelesen."
    if opened.left_out:
        yield f"{len(opened.left_out)} Dateien im Archiv können nicht gelesen werden: {', '.join(opened.left_out[:5])}"
