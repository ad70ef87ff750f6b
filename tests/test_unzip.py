"""Archives and mails: the files inside become documents of their own."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from catalogue.errors import Unreadable
from ingest.parse import unzip
from ingest.parse.dispatch import parse_file
from ingest.parse.element import Attachment, Parsed
from ingest.parse.unzip import named_apart, safe_name
from tests.documents import mail, zip_of


def read(path: Path, content: bytes) -> Parsed:
    path.write_bytes(content)
    return parse_file(path, path.name)


def code(path: Path, content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(path, content)
    return caught.value.code


def test_files_in_an_archive_keep_their_path(tmp_path):
    parsed = read(tmp_path / "a.zip", zip_of({"Amt/Brief.txt": b"Text", "b.csv": b"a;b"}))
    assert [(file.name, file.content) for file in parsed.attachments] == [("Amt/Brief.txt", b"Text"), ("b.csv", b"a;b")]
    assert [element.text for element in parsed.elements] == ["Inhalt des Archivs:", "Amt/Brief.txt", "b.csv"]


def test_archives_in_archives_are_opened_two_deep(tmp_path):
    inner = zip_of({"tief.txt": b"3", "noch.zip": zip_of({"tiefer.txt": b"4"})})
    parsed = read(tmp_path / "a.zip", zip_of({"innen.zip": inner}))
    assert [file.name for file in parsed.attachments] == ["innen.zip/tief.txt"]
    assert parsed.warnings == ("1 Dateien im Archiv können nicht gelesen werden: innen.zip/noch.zip",)


def test_unreadable_kinds_are_named_and_litter_is_not(tmp_path):
    parsed = read(tmp_path / "a.zip", zip_of({"a.exe": b"MZ", "__MACOSX/x": b"", "b.txt": b"x"}))
    assert parsed.warnings == ("1 Dateien im Archiv können nicht gelesen werden: a.exe",)


def test_empty_and_encrypted_archives_are_refused(tmp_path):
    assert code(tmp_path / "a.zip", b"PK\x05\x06" + bytes(18)) in ("leer", "falscher-typ")
    locked = bytearray(zip_of({"a.txt": b"geheim"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        place = locked.find(mark)
        locked[place + (6 if mark.endswith(b"\x04") else 8)] |= 1
    assert code(tmp_path / "b.zip", bytes(locked)) == "verschluesselt"


@pytest.mark.parametrize(("limit", "value"), [("MAX_FILES", 1), ("MAX_BYTES", 3)])
def test_limits_hold_over_all_levels(tmp_path, monkeypatch, limit, value):
    content = zip_of({"a.txt": b"ab", "b.zip": zip_of({"c.txt": b"cd"})})
    assert len(read(tmp_path / "a.zip", content).attachments) == 2
    monkeypatch.setattr(unzip, limit, value)
    assert code(tmp_path / "b.zip", content) == "archiv"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/wurzel.txt", "wurzel.txt"),
        ("C:\\Amt\\a.txt", "Amt/a.txt"),
        ("a\x00b\n.txt", "ab.txt"),
        ("..", "unbenannt"),
    ],
)
def test_names_cannot_leave_their_place(name, safe):
    assert safe_name(name) == safe


def test_same_names_are_told_apart():
    files = named_apart(tuple(Attachment("Bild.pdf", bytes([n])) for n in range(3)))
    assert [file.name for file in files] == ["Bild.pdf", "Bild (2).pdf", "Bild (3).pdf"]


def nested(depth: int) -> EmailMessage:
    message = mail()
    message.replace_header("Subject", f"Ebene {depth}")
    if depth > 1:
        message.add_attachment(nested(depth - 1))
    return message


def test_mail_in_a_mail_is_a_document_of_its_own(tmp_path):
    parsed = read(tmp_path / "a.eml", nested(3).as_bytes())
    assert [file.name for file in parsed.attachments] == ["Ebene 2.eml"]
    inner = read(tmp_path / "b.eml", parsed.attachments[0].content)
    assert (inner.title, [file.name for file in inner.attachments]) == ("Ebene 2", ["Ebene 1.eml"])


def test_sixty_nested_mails_are_read_at_the_top_with_a_warning(tmp_path):
    parsed = read(tmp_path / "a.eml", nested(60).as_bytes())
    assert parsed.title == "Ebene 60"
    assert parsed.attachments == ()
    assert "10 Nachrichten sind ineinander verschachtelt" in parsed.warnings[0]


def test_ornaments_of_a_signature_are_no_documents_but_are_named(tmp_path):
    message = mail()
    message.add_attachment(b"\x89PNG" + bytes(500), maintype="image", subtype="png", filename="logo.png")
    parsed = read(tmp_path / "a.eml", message.as_bytes())
    assert parsed.attachments == ()
    assert "Anhänge: logo.png" in parsed.elements[0].text
