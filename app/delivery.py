"""Hands out originals so that no browser runs what is in them."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from fastapi.responses import FileResponse

from app.wiring import Archive
from catalogue.access import Reader
from catalogue.errors import NotFound
from catalogue.lookup import get_original
from ingest.parse.kinds import MEDIA_TYPES

PDF = "application/pdf"
UNKNOWN = "application/octet-stream"
# Shown as the text they are. HTML is not among them: it would be text nobody can read, so it is saved instead.
TEXTS = frozenset({"text/plain", "text/markdown", "text/csv", "message/rfc822"})
SAVED_AS_THEY_ARE = frozenset(MEDIA_TYPES.values()) - TEXTS - {PDF, "text/html"}
PROBE_BYTES = 64 << 10
# Browsers show a PDF in a page of their own making, which a sandbox would forbid.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
OTHER_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def original(opened: Archive, reader: Reader, document_id: int) -> FileResponse:
    """The document's bytes as they were handed in, with a type and a name that are safe to open.

    Raises: NotFound when there is no such document, not for this reader, or its bytes are gone from the disk.
    """
    with opened.sessions() as session:
        document, revision = get_original(session, reader, document_id)
    path = opened.originals.path(revision.sha256)
    if not path.is_file():
        raise NotFound("Die Originaldatei fehlt im Datenverzeichnis.", "Bitte die Administration verständigen.")
    media_type, is_shown = safe_type(document.media_type, path)
    headers = {
        "Content-Disposition": disposition(PurePosixPath(document.source).name, is_shown=is_shown),
        "Content-Security-Policy": PDF_POLICY if media_type == PDF else OTHER_POLICY,
        "ETag": f'"{revision.sha256}"',
        "Cache-Control": "private, no-cache",
    }
    return FileResponse(path, media_type=media_type, headers=headers)


def safe_type(media_type: str, path: Path) -> tuple[str, bool]:
    """The type to send a file with, and whether a browser may show it instead of saving it."""
    if media_type == PDF:
        return PDF, True
    if media_type in TEXTS:
        return f"text/plain; charset={charset_of(path)}", True
    return (media_type if media_type in SAVED_AS_THEY_ARE else UNKNOWN), False


def charset_of(path: Path) -> str:
    """How a text file is encoded, as far as its beginning tells: UTF-8, UTF-16, or else what Windows wrote."""
    with path.open("rb") as file:
        head = file.read(PROBE_BYTES)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # A character cut in two by the end of the sample is no fault.
        return "utf-8" if error.start > len(head) - 4 and len(head) == PROBE_BYTES else "windows-1252"
    return "utf-8"


def disposition(name: str, *, is_shown: bool) -> str:
    """Tell the browser to show or save a file, and its name, in both spellings there are.

    Source: RFC 6266, RFC 8187.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(letter if letter.isalnum() or letter in "-_. ()" else "_" for letter in plain) or "datei"
    kind = "inline" if is_shown else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
