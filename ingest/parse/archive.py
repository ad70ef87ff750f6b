"""How much an archive may hold, decided from its directory before anything is unpacked.

The directory cannot understate: Python's `zipfile` reads no more of a member than its directory entry says.
"""

from __future__ import annotations

import zipfile
from typing import Final

from catalogue.errors import Unreadable

_MEBIBYTE: Final[int] = 1024**2
MAX_ENTRIES: Final[int] = 10_000
MAX_TOTAL_BYTES: Final[int] = 1024 * _MEBIBYTE
# One XML part becomes a tree of about ten times its size, except a sheet, which is read as a stream.
MAX_XML_BYTES: Final[int] = 100 * _MEBIBYTE
MAX_SHEET_BYTES: Final[int] = 500 * _MEBIBYTE
MAX_RATIO: Final[int] = 200
_SMALL_BYTES: Final[int] = 10 * _MEBIBYTE


def check_archive(archive: zipfile.ZipFile) -> None:
    """Raises: Unreadable (archiv) when it holds too many files, too much, or is packed suspiciously tight."""
    members = archive.infolist()
    if len(members) > MAX_ENTRIES:
        raise refused(f"enthält mehr als {MAX_ENTRIES} Dateien")
    if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
        raise refused(f"ist entpackt größer als {MAX_TOTAL_BYTES // _MEBIBYTE} MB")
    for member in members:
        if member.file_size > _SMALL_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise refused("ist so stark gepackt, wie es nur Schadprogramme sind")
        if member.filename.endswith((".xml", ".rels")) and member.file_size > _limit(member.filename):
            raise refused(f"enthält einen Teil, der entpackt größer als {_limit(member.filename) // _MEBIBYTE} MB ist")


def _limit(name: str) -> int:
    return MAX_SHEET_BYTES if "/worksheets/" in name else MAX_XML_BYTES


def refused(why: str) -> Unreadable:
    return Unreadable("archiv", f"Die Datei {why}.", "Bitte ihren Inhalt prüfen und in kleineren Teilen hochladen.")
