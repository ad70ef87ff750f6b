"""What a person hands in over HTTP."""

from __future__ import annotations

from pathlib import PurePath

from fastapi import UploadFile

from app.wiring import Archive
from catalogue.errors import Unreadable
from catalogue.places import ensure_collection
from ingest.intake import Accepted, accept_upload
from ingest.parse.kinds import SUPPORTED_SUFFIXES


def take_upload(opened: Archive, file: UploadFile, department: str, collection: str) -> Accepted:
    """Refuse what can't be read anyway, then keep the bytes; from here on the file is not lost.

    Raises: Unreadable when the file is empty, too large or of a type nobody can read; BadInput without a file name;
        Conflict when the collection belongs to another department.
    """
    name = file.filename or ""
    suffix = PurePath(name).suffix.lower()
    if name and suffix not in SUPPORTED_SUFFIXES:
        what = f"Dateien mit der Endung „{suffix}“" if suffix else "Dateien ohne Endung"
        known = ", ".join(sorted(SUPPORTED_SUFFIXES))
        raise Unreadable("nicht-unterstuetzt", f"{what} können nicht gelesen werden.", f"Gelesen werden: {known}.")
    if file.size == 0:
        raise Unreadable("leer", "Die Datei ist leer.", "Bitte die Datei neu speichern und noch einmal hochladen.")
    with opened.sessions.begin() as session:
        place = ensure_collection(session, opened.tenant_id, department, collection).id
    return accept_upload(opened.sessions, opened.originals, place, name, file.file)
