"""DOC, RTF, PPT, ODP, XLS, ODS and EPUB: formats that another program turns into one we read."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from catalogue.errors import Unreadable
from ingest.parse.kinds import damaged
from ingest.parse.office import converted, package_properties, read_docx, read_pptx
from ingest.parse.sheets import read_xlsx
from ingest.parse.source import Source

_LIMIT_S: Final[float] = 100
_DIALOGUE_FREE: Final[tuple[str, ...]] = ("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo")


def read_by_writer(path: Path) -> Source:
    """DOC and RTF."""
    return read_docx(_office(path, "docx"))


def read_by_impress(path: Path) -> Source:
    """PPT and ODP."""
    return read_pptx(_on_the_slide(_office(path, "pptx")))


def _on_the_slide(path: Path) -> Path:
    """LibreOffice puts boxes that grow with their text above the slide, where `unstructured` leaves them out."""
    from pptx import Presentation

    slides = Presentation(str(path))
    for slide in slides.slides:
        for shape in slide.shapes:
            shape.top, shape.left = max(shape.top or 0, 0), max(shape.left or 0, 0)
    slides.save(str(path))
    return path


def read_by_calc(path: Path) -> Source:
    """XLS and ODS."""
    return read_xlsx(_office(path, "xlsx"))


def read_epub(path: Path) -> Source:
    from unstructured.partition.epub import partition_epub

    title, modified = package_properties(path.read_bytes())
    return Source(converted(partition_epub(filename=str(path), languages=["deu"])), title, modified_at=modified)


def _office(path: Path, target: str) -> Path:
    """Convert with LibreOffice, in a folder of its own.

    Raises: Unreadable (zeitlimit, beschaedigt, nicht-unterstuetzt where LibreOffice is missing).
    """
    folder = Path(tempfile.mkdtemp(prefix="office-"))
    # LibreOffice decides by the bytes and falls back on the name: a neutral name leaves only the bytes.
    source = folder / "file"
    source.symlink_to(path.resolve())
    profile = f"-env:UserInstallation={_profile().as_uri()}"
    command = ["soffice", profile, *_DIALOGUE_FREE, "--convert-to", target, "--outdir", str(folder), str(source)]
    try:
        # `soffice` is a script: with a group of its own, the program behind it can be ended too.
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0) as office:
            try:
                office.wait(_LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(office.pid, signal.SIGKILL)
                raise _too_slow() from None
    except FileNotFoundError as error:
        raise _missing() from error
    result = folder / f"file.{target}"
    if not result.exists():
        raise damaged()
    return result


@cache
def _profile() -> Path:
    """One profile per process: LibreOffice waits for ever when two share one. It lies in the process's own folder."""
    return Path(tempfile.mkdtemp(prefix="profile-"))


def _too_slow() -> Unreadable:
    return Unreadable(
        "zeitlimit",
        "Das Umwandeln der Datei dauert zu lange und wurde abgebrochen.",
        "Bitte in ihrem Programm öffnen und im heutigen Format (DOCX, PPTX, XLSX) speichern.",
    )


def _missing() -> Unreadable:
    return Unreadable(
        "nicht-unterstuetzt",
        "Für dieses ältere Format fehlt auf diesem Rechner LibreOffice.",
        "Bitte LibreOffice einspielen lassen oder die Datei als DOCX, PPTX oder XLSX speichern.",
    )
