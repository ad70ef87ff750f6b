"""What a file is, decided by its first bytes and its name together: a name alone is a claim, not a fact."""

from __future__ import annotations

import codecs
import struct
import zipfile
import zlib
from importlib import import_module
from pathlib import Path
from typing import Final

from catalogue.errors import Unreadable
from ingest.parse.archive import check_archive

MEDIA_TYPES: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "csv": "text/csv",
    "txt": "text/plain",
    "md": "text/markdown",
    "html": "text/html",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "png": "image/png",
    "jpg": "image/jpeg",
    "tif": "image/tiff",
    "doc": "application/msword",
    "rtf": "application/rtf",
    "ppt": "application/vnd.ms-powerpoint",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "epub": "application/epub+zip",
    "zip": "application/zip",
}

_SUFFIXES: Final[dict[str, str]] = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".docm": "docx",
    ".dotx": "docx",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".ppsx": "pptx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".odt": "odt",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".eml": "eml",
    ".msg": "msg",
    ".png": "png",
    ".jpg": "jpg",
    ".jpeg": "jpg",
    ".tif": "tif",
    ".tiff": "tif",
    ".doc": "doc",
    ".dot": "doc",
    ".rtf": "rtf",
    ".ppt": "ppt",
    ".pps": "ppt",
    ".odp": "odp",
    ".xls": "xls",
    ".ods": "ods",
    ".epub": "epub",
    ".zip": "zip",
}
SUPPORTED_SUFFIXES: Final[frozenset[str]] = frozenset(_SUFFIXES)

_TEXT_KINDS: Final[frozenset[str]] = frozenset({"csv", "txt", "md", "html", "eml"})
_OLE: Final[bytes] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: Final[dict[str, tuple[bytes, ...]]] = {
    "msg": (_OLE,),
    "rtf": (b"{\\rtf",),
    "doc": (_OLE,),
    "ppt": (_OLE,),
    "xls": (_OLE,),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
}
_BINARY_MAGIC: Final[tuple[bytes, ...]] = (
    _OLE,
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x1f\x8b",
    b"\x7fELF",
    b"MZ\x90",
)
_HEAD_BYTES: Final[int] = 8192
_MEBIBYTE: Final[int] = 1024**2
# Measured: `unstructured` needs 2.5 s and 50 MB for each MB of plain text, and lxml about ten times a part's size.
_MAX_BYTES: Final[dict[str, int]] = {
    "txt": 30 * _MEBIBYTE,
    "md": 10 * _MEBIBYTE,
    "html": 10 * _MEBIBYTE,
    "csv": 50 * _MEBIBYTE,
}
MAX_FILE_BYTES: Final[int] = 200 * _MEBIBYTE


def kind_of(path: Path, name: str) -> str:
    """The key into MEDIA_TYPES for this file.

    Raises: Unreadable (leer, falscher-typ, nicht-unterstuetzt, verschluesselt, beschaedigt).
    """
    if path.stat().st_size == 0:
        raise Unreadable("leer", "Die Datei ist leer (0 Byte).", "Bitte die Datei erneut speichern oder hochladen.")
    suffix = Path(name).suffix.lower()
    claimed = _SUFFIXES.get(suffix)
    if claimed is None:
        raise _unsupported(suffix)
    _check_size(path, claimed)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n"):
        raise Unreadable("leer", "Die Datei enthält keinen Inhalt.", "Bitte die Datei erneut speichern oder hochladen.")
    _check_magic(path, head, claimed, suffix)
    return claimed


def _check_size(path: Path, claimed: str) -> None:
    limit = _MAX_BYTES.get(claimed, MAX_FILE_BYTES)
    if path.stat().st_size > limit:
        raise Unreadable(
            "zu-gross",
            f"Die Datei ist größer als {limit // _MEBIBYTE} MB.",
            "Bitte in kleinere Dateien teilen oder enthaltene Bilder verkleinern.",
        )


def _check_magic(path: Path, head: bytes, claimed: str, suffix: str) -> None:
    if claimed == "pdf":
        if b"%PDF-" not in head[:1024]:
            raise _mislabelled(suffix)
    elif claimed in _PACKAGE_PART:
        _check_package(path, head, claimed, suffix)
    elif claimed in _MAGIC:
        if not head.startswith(_MAGIC[claimed]):
            raise _mislabelled(suffix)
        if claimed in _STREAMS:
            _check_compound(path, claimed, suffix)
    elif claimed in _TEXT_KINDS and not _looks_like_text(head):
        raise _mislabelled(suffix)


def _check_package(path: Path, head: bytes, claimed: str, suffix: str) -> None:
    """An Office package is a ZIP with the parts of its kind; an encrypted one is an OLE container."""
    if head.startswith(_OLE):
        if b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P" in path.read_bytes():
            raise encrypted()
        raise _mislabelled(suffix)
    if not head.startswith(b"PK\x03\x04"):
        raise _mislabelled(suffix)
    names, manifest = _contents(path)
    if claimed in ("odt", "odp", "ods") and b"encryption-data" in manifest:
        raise encrypted()
    if not names:
        raise Unreadable("leer", "Das Archiv ist leer.", "Bitte neu packen und hochladen.")
    if not any(part.startswith(_PACKAGE_PART[claimed]) for part in names):
        raise _mislabelled(suffix)


def _contents(path: Path) -> tuple[list[str], bytes]:
    """The names in a package, and the OpenDocument manifest where there is one."""
    try:
        with zipfile.ZipFile(path) as package:
            check_archive(package)
            names = package.namelist()
            return names, package.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise damaged() from error


def _check_compound(path: Path, claimed: str, suffix: str) -> None:
    """An old Office file is a small file system; its main stream must be there, whole, and not encrypted."""
    olefile = import_module("olefile")
    try:
        with olefile.OleFileIO(path, raise_defects=olefile.DEFECT_INCORRECT) as container:
            found = [name for name in _STREAMS[claimed] if container.exists(name)]
            locked = container.exists("EncryptedPackage") or container.exists("EncryptedSummary")
            for name in found[:1]:
                if container.get_type(name) == olefile.STGTY_STREAM:
                    container.openstream(name).read()
    except (OSError, ValueError, IndexError, KeyError, TypeError) as error:
        raise damaged() from error
    if locked or (found and _is_locked(path)):
        raise encrypted()
    if not found:
        raise _mislabelled(suffix)


def _is_locked(path: Path) -> bool:
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import FileFormatError

    try:
        with path.open("rb") as file:
            return bool(OfficeFile(file).is_encrypted())
    except (FileFormatError, OSError, ValueError, IndexError, struct.error, AttributeError):
        return False  # a kind it does not know, like a mail


_PACKAGE_PART: Final[dict[str, str]] = {
    "docx": "word/",
    "pptx": "ppt/",
    "xlsx": "xl/",
    "odt": "content.xml",
    "odp": "content.xml",
    "ods": "content.xml",
    "epub": "META-INF/container.xml",
    "zip": "",
}
_STREAMS: Final[dict[str, tuple[str, ...]]] = {
    "doc": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
    "msg": ("__properties_version1.0", "__nameid_version1.0"),
}


def _looks_like_text(head: bytes) -> bool:
    """Text has no control characters; UTF-16 has many zero bytes but says so by its mark or its pattern."""
    if head.startswith(_BINARY_MAGIC):
        return False
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or utf16_without_mark(head):
        return True
    control = sum(1 for byte in head if byte < 32 and byte not in b"\t\n\r\x0c\x1b")
    return control <= len(head) * 0.005


def utf16_without_mark(head: bytes) -> str | None:
    """The byte order of UTF-16 text that lacks its mark: nearly every second byte of Latin text is zero."""
    even, odd = head[0::2], head[1::2]
    if not odd:
        return None
    if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def encrypted() -> Unreadable:
    return Unreadable("verschluesselt", "Die Datei ist mit einem Kennwort geschützt.", "Bitte ohne Kennwort speichern.")


def damaged() -> Unreadable:
    return Unreadable(
        "beschaedigt",
        "Die Datei ist beschädigt oder unvollständig.",
        "Bitte in ihrem Programm öffnen, neu speichern und noch einmal hochladen.",
    )


def _mislabelled(suffix: str) -> Unreadable:
    return Unreadable(
        "falscher-typ",
        f"Der Inhalt passt nicht zur Endung „{suffix}“.",
        "Bitte mit der richtigen Endung speichern oder im passenden Programm neu speichern.",
    )


def _unsupported(suffix: str) -> Unreadable:
    what = f"Dateien mit der Endung „{suffix}“" if suffix else "Dateien ohne Endung"
    return Unreadable(
        "nicht-unterstuetzt", f"{what} können nicht gelesen werden.", "Bitte als PDF oder DOCX speichern."
    )
