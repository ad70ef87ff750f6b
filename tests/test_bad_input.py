"""What hostile and oversized files do: each has its exact outcome."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from catalogue.errors import Unreadable
from ingest.parse.dispatch import parse_file
from ingest.parse.sheets import MAX_ROWS
from tests.documents import write_docx, zip_of

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'


def with_part(path: Path, name: str, content: str) -> Path:
    """A real DOCX with one part replaced."""
    write_docx(path)
    with zipfile.ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    path.write_bytes(zip_of({**parts, name: content.encode()}))
    return path


def document(prolog: str, text: str) -> str:
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return f'{prolog}<w:document xmlns:w="{namespace}">{body}</w:document>'


def outcome(path: Path) -> str:
    try:
        return " ".join(element.text for element in parse_file(path, path.name).elements)
    except Unreadable as error:
        return error.code


def everything(path: Path) -> str:
    """All that could be shown of a file; the code where it is refused."""
    try:
        parsed = parse_file(path, path.name)
    except Unreadable as error:
        return error.code
    return parsed.title + " ".join(element.text for element in parsed.elements)


def test_billion_laughs_are_not_laughed(tmp_path):
    path = with_part(tmp_path / "a.docx", "word/document.xml", document(BOMB, "&l8;"))
    assert outcome(path) in ("beschaedigt", "kein-text")
    page = tmp_path / "a.html"
    page.write_text(f"{BOMB}<html><body><p>Anfang &l8; Ende</p></body></html>")
    assert "haha" not in outcome(page)


def test_external_entities_are_not_fetched(tmp_path):
    secret = tmp_path / "geheim.txt"
    secret.write_text("Kennwort: Rathaus")
    prolog = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    for part in ("word/document.xml", "docProps/core.xml"):
        content = document(prolog, "&e;") if part.startswith("word") else f"{prolog}<t><title>&e;</title></t>"
        path = with_part(tmp_path / "a.docx", part, content)
        assert "Rathaus" not in everything(path)


def test_sheet_of_400_000_rows_is_read_up_to_its_limit_and_says_so(tmp_path):
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "".join(f'<row r="{n}"><c t="n"><v>{n}</v></c><c t="n"><v>7</v></c></row>' for n in range(1, 400_001))
    sheet = f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'
    from openpyxl import Workbook

    path = tmp_path / "a.xlsx"
    Workbook().save(path)
    with zipfile.ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    path.write_bytes(zip_of({**parts, "xl/worksheets/sheet1.xml": sheet.encode()}))
    parsed = parse_file(path, "a.xlsx")
    assert parsed.warnings == (f"Tabellenblatt „Sheet“: nur die ersten {MAX_ROWS} Zeilen wurden gelesen.",)
    assert parsed.elements[-1].rows == (1, MAX_ROWS)


@pytest.mark.parametrize("depth", [200, 5_000])
def test_deeply_nested_markup_is_read_or_refused(tmp_path, depth):
    path = tmp_path / "a.html"
    path.write_text("<div>" * depth + "Mitte" + "</div>" * depth)
    assert outcome(path) in ("Mitte", "beschaedigt", "kein-text")
