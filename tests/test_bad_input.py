"""What hostile and oversized files do: each has its exact outcome."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from catalogue.errors import Unreadable
from ingest.parse.dispatch import parse_file
from ingest.parse.sheets import MAX_ROWS
from tests.documents import Text, write_docx, write_encrypted_odt, write_pdf, write_xlsx, zip_of

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
    assert outcome(path) == "beschaedigt"
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


def packed(size_bytes: int, parts: int = 1) -> dict[str, bytes]:
    """Parts of an archive that are hard to pack, so that only their size can give them away."""
    line = "".join(f"{number * 7919 % 99991:x} " for number in range(5_000)).encode()
    return {f"{part}.txt": line * (size_bytes // parts // len(line) + 1) for part in range(parts)}


def write_300_megabytes_of_docx(path: Path) -> Path:
    text = "wort " * 60_000_000
    return with_part(path, "word/document.xml", document("", text))


def write_encrypted_package(path: Path) -> Path:
    marker = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + marker + bytes(600))
    return path


def cut(path: Path) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


PAGES = [[Text("Seite eins")], [Text("Seite zwei")]]
CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "encrypted PDF": (lambda f: write_pdf(f / "a.pdf", PAGES, password="geheim"), "verschluesselt"),
    "encrypted DOCX": (lambda f: write_encrypted_package(f / "a.docx"), "verschluesselt"),
    "encrypted ODT": (lambda f: write_encrypted_odt(f / "a.odt"), "verschluesselt"),
    "truncated PDF": (lambda f: cut(write_pdf(f / "a.pdf", PAGES)), "beschaedigt"),
    "truncated DOCX": (lambda f: cut(write_docx(f / "a.docx")), "beschaedigt"),
    "truncated XLSX": (lambda f: cut(write_xlsx(f / "a.xlsx", [["A", "B"]])), "beschaedigt"),
    "no bytes": (lambda f: written(f / "a.pdf", b""), "leer"),
    "text named DOCX": (lambda f: written(f / "a.docx", b"Nur ein Text."), "falscher-typ"),
    "random bytes named DOC": (lambda f: written(f / "a.doc", bytes(range(1, 256)) * 99), "falscher-typ"),
    "PDF named TXT": (lambda f: write_pdf(f / "a.pdf", PAGES).rename(f / "a.txt"), "falscher-typ"),
    "unknown kind": (lambda f: written(f / "a.dwg", b"AC1032"), "nicht-unterstuetzt"),
    "zip bomb": (lambda f: written(f / "a.zip", zip_of({"0.txt": bytes(200_000_000)})), "archiv"),
    "zip of too many files": (
        lambda f: written(f / "a.zip", zip_of({f"{n}.txt": b"x" for n in range(10_001)})),
        "archiv",
    ),
    "zip that is too large inside": (lambda f: written(f / "a.zip", zip_of(packed(140_000_000, 4))), "archiv"),
    "DOCX of 300 MB": (lambda f: write_300_megabytes_of_docx(f / "a.docx"), "archiv"),
    "text of 40 MB": (lambda f: written(f / "a.txt", b"Die Geb\xfchr.\n" * 3_000_000), "zu-gross"),
}


@pytest.mark.parametrize("name", CASES)
def test_every_bad_file_has_its_exact_outcome(tmp_path, name):
    make, code = CASES[name]
    path = make(tmp_path)
    with pytest.raises(Unreadable) as caught:
        parse_file(path, path.name)
    assert caught.value.code == code
    assert caught.value.text.endswith((".", "“."))
    assert caught.value.hint.startswith("Bitte ")


def test_zip_nested_sixty_deep_is_opened_two_deep(tmp_path):
    content = zip_of({"tief.txt": b"tief"})
    for depth in range(60):
        content = zip_of({f"{depth}.zip": content})
    parsed = parse_file(written(tmp_path / "a.zip", content), "a.zip")
    assert parsed.attachments == ()
    assert parsed.warnings == ("1 Dateien im Archiv können nicht gelesen werden: 59.zip/58.zip",)


def test_long_csv_in_cp1252_is_read_up_to_its_limit_and_says_so(tmp_path):
    rows = "Straße;Länge\r\n" + "Mühlweg;300 m\r\n" * 400_000
    parsed = parse_file(written(tmp_path / "a.csv", rows.encode("cp1252")), "a.csv")
    assert parsed.warnings == (f"Tabelle: nur die ersten {MAX_ROWS} Zeilen wurden gelesen.",)
    assert parsed.elements[0].text.startswith("Straße | Länge\nMühlweg | 300 m\n")
