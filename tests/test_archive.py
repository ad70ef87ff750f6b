"""Archives that would burst are refused before anything is unpacked."""

from __future__ import annotations

import io
import zipfile

import pytest

from catalogue.errors import Unreadable
from ingest.parse import archive, kinds
from ingest.parse.archive import check_archive
from ingest.parse.dispatch import parse_file
from tests.documents import zip_of


def verdict(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        try:
            check_archive(package)
        except Unreadable as error:
            return error.code if error.hint else "ohne Hinweis"
    return "gut"


def test_ordinary_archive_passes():
    assert verdict(zip_of({"a.txt": b"abc", "b.xml": b"<a/>" * 1000})) == "gut"


def test_member_that_is_packed_too_tightly_is_a_bomb():
    assert verdict(zip_of({"bild.png": bytes(11 * 1024**2)})) == "archiv"


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_ENTRIES", 1), ("MAX_TOTAL_BYTES", 3), ("MAX_XML_BYTES", 2), ("MAX_SHEET_BYTES", 2)]
)
def test_each_limit_holds(monkeypatch, limit, value):
    content = zip_of({"a.xml": b"abc", "xl/worksheets/sheet1.xml": b"abc"})
    assert verdict(content) == "gut"
    monkeypatch.setattr(archive, limit, value)
    assert verdict(content) == "archiv"


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".pptx", ".odt"])
def test_bomb_with_the_name_of_an_office_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(zip_of({"word/document.xml": b"<a>" + b" " * (12 * 1024**2)}))
    with pytest.raises(Unreadable) as caught:
        parse_file(path, path.name)
    assert caught.value.code == "archiv"
    assert path.stat().st_size < 1024**2


def test_forty_megabytes_of_text_are_too_much(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"Zeile um Zeile.\n" * (40 * 1024**2 // 16))
    with pytest.raises(Unreadable) as caught:
        parse_file(path, "a.txt")
    assert (caught.value.code, "30 MB" in caught.value.text) == ("zu-gross", True)


def test_docx_of_300_megabytes_is_too_big(tmp_path, monkeypatch):
    path = tmp_path / "a.docx"
    with path.open("wb") as file:
        file.truncate(300 * 1024**2)  # takes no room on the disk
    with pytest.raises(Unreadable) as caught:
        parse_file(path, "a.docx")
    assert (caught.value.code, path.stat().st_size > kinds.MAX_FILE_BYTES) == ("zu-gross", True)
