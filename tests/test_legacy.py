"""Older formats, which LibreOffice turns into today's."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from catalogue.errors import Unreadable
from ingest.parse import legacy
from ingest.parse.dispatch import parse_file
from tests.documents import write_docx, write_pptx, write_xlsx, zip_of
from tests.test_room import is_running

needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice fehlt: scripts/install.sh system"
)
RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\pard Die Geb\'fchr betr\'e4gt 12 \'80.\par}"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files as Office 97 wrote them, and as LibreOffice does."""
    folder = tmp_path_factory.mktemp("old")
    for path, target in (
        (write_docx(folder / "a.docx"), "doc"),
        (write_xlsx(folder / "a.xlsx", [["Leistung", "Gebühr"], ["Ausweis", 37]]), "xls"),
        (write_pptx(folder / "a.pptx"), "ppt"),
        (folder / "a.xlsx", "ods"),
        (folder / "a.pptx", "odp"),
    ):
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", target, "--outdir", str(folder), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder


def code(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        parse_file(path, path.name)
    return caught.value.code


@needs_office
def test_doc_keeps_headings_lists_and_tables(old):
    parsed = parse_file(old / "a.doc", "a.doc")
    kinds = [(element.kind, element.level) for element in parsed.elements]
    assert kinds == [("title", 1), ("title", 2), ("text", 0), ("list", 0), ("list", 0), ("table", 0)]
    assert parsed.media_type == "application/msword"
    assert "0,30 €" in parsed.elements[-1].text


@needs_office
@pytest.mark.parametrize("name", ["a.xls", "a.ods"])
def test_old_and_open_sheets_are_read(old, name):
    assert parse_file(old / name, name).elements[-1].text == "Leistung | Gebühr\nAusweis | 37"


@needs_office
@pytest.mark.parametrize("name", ["a.ppt", "a.odp"])
def test_old_and_open_slides_are_read(old, name):
    texts = [element.text for element in parse_file(old / name, name).elements]
    assert texts == ["Onboarding", "Willkommen", "Ihr erster Tag", "Schlüssel", "Zugangsdaten"]


@needs_office
def test_rtf_is_read_with_its_umlauts(tmp_path):
    path = tmp_path / "a.rtf"
    path.write_bytes(RTF)
    assert [element.text for element in parse_file(path, "a.rtf").elements] == ["Die Gebühr beträgt 12 €."]


@needs_office
def test_truncated_and_mislabelled_old_files_are_refused(old, tmp_path):
    content = (old / "a.doc").read_bytes()
    assert code(tmp_path / "a.doc", content[: len(content) // 2]) == "beschaedigt"
    assert code(tmp_path / "a.xls", content) == "falscher-typ"
    assert code(tmp_path / "b.doc", (old / "a.xls").read_bytes()) == "falscher-typ"


@pytest.mark.parametrize("suffix", [".doc", ".xls", ".ppt", ".rtf", ".msg"])
def test_random_bytes_with_the_name_of_an_old_file_are_mislabelled(tmp_path, suffix):
    assert code(tmp_path / f"a{suffix}", bytes(range(1, 256)) * 40) == "falscher-typ"


def test_missing_office_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code(tmp_path / "a.rtf", RTF) == "nicht-unterstuetzt"


def test_office_that_hangs_is_ended_with_all_it_started(tmp_path, monkeypatch):
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nsleep 60 &\necho $! > " + str(tmp_path / "pid") + "\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(legacy, "_LIMIT_S", 1)
    assert code(tmp_path / "a.rtf", RTF) == "zeitlimit"
    pid = int((tmp_path / "pid").read_text())
    for _ in range(200):
        if not is_running(pid):
            return
        time.sleep(0.05)  # the kernel needs a moment
    pytest.fail("das Programm läuft noch")


def test_epub_is_read_chapter_by_chapter(tmp_path):
    container = (
        b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile '
    )
    container += b'full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Ratgeber Pflege</dc:title></metadata><manifest><item id='a' href='a.xhtml' "
        "media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>"
    )
    page = (
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><h1>Pflegegrad</h1><p>Es gibt fünf Grade.</p></body></html>"
    )
    path = tmp_path / "a.epub"
    parts = {"mimetype": b"application/epub+zip", "META-INF/container.xml": container, "b.opf": book.encode()}
    path.write_bytes(zip_of({**parts, "a.xhtml": page.encode()}))
    parsed = parse_file(path, "a.epub")
    assert parsed.title == "Ratgeber Pflege"
    assert [element.text for element in parsed.elements][-2:] == ["Pflegegrad", "Es gibt fünf Grade."]
