"""Every format becomes elements, and every file that cannot be read says why."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from catalogue.errors import Unreadable
from ingest.parse.dispatch import parse_file
from ingest.parse.element import Element, Parsed
from tests.documents import Text as Line
from tests.documents import mail, write_docx, write_encrypted_odt, write_odt, write_pdf, write_pptx, write_xlsx, zip_of

REAL = Path("../shared/data/documents")
needs_real_files = pytest.mark.skipif(not REAL.exists(), reason="the folder of real documents is not there")


def refused(path: Path, content: bytes | None = None) -> Unreadable:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        parse_file(path, path.name)
    assert caught.value.text.endswith((".", "“."))
    assert caught.value.hint
    return caught.value


def written(path: Path, content: str | bytes) -> Parsed:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return parse_file(path, path.name)


def shape(parsed: Parsed) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in parsed.elements]


def test_docx_gives_headings_lists_and_tables_with_their_header(tmp_path):
    parsed = parse_file(write_docx(tmp_path / "a.docx"), "a.docx")
    assert [(e.kind, e.level, e.text) for e in parsed.elements] == [
        ("title", 1, "Dienstanweisung Reisekosten"),
        ("title", 2, "Erstattung"),
        ("text", 0, "Fahrtkosten werden auf Antrag erstattet, wenn die Dienstreise vorher genehmigt wurde."),
        ("list", 0, "Bahnfahrten zweiter Klasse"),
        ("list", 0, "Straßenbahn und Bus"),
        ("table", 0, "Verkehrsmittel | Satz\nKraftwagen | 0,30 €\nFahrrad | 0,10 €"),
    ]
    assert "<thead>" in (parsed.elements[-1].html or "")
    assert parsed.title == "Dienstanweisung Reisekosten"
    assert parsed.language == "de"


def test_stated_title_wins_unless_a_program_put_it_there(tmp_path):
    stated = parse_file(write_docx(tmp_path / "a.docx", title="Reisekostenrichtlinie 2026"), "a.docx")
    machine = parse_file(write_docx(tmp_path / "b.docx", title="Microsoft Word - Dokument1"), "b.docx")
    assert (stated.title, machine.title) == ("Reisekostenrichtlinie 2026", "Dienstanweisung Reisekosten")


def test_bold_lines_are_headings_where_nobody_used_styles(tmp_path):
    from docx import Document

    document: Any = Document()
    for text, bold in (
        ("Merkblatt Fundsachen", True),
        ("Fundsachen werden sechs Monate lang aufbewahrt.", False),
        ("Wo werden sie abgegeben?", True),
        ("Abgegeben werden sie im Bürgerbüro.", False),
        ("Bitte beachten:", True),
        ("Bargeld wird gezählt.", False),
    ):
        document.add_paragraph().add_run(text).bold = bold
    document.save(str(tmp_path / "a.docx"))
    parsed = parse_file(tmp_path / "a.docx", "a.docx")
    assert parsed.title == "Merkblatt Fundsachen"
    assert [(e.text, e.level) for e in parsed.elements if e.kind == "title"] == [
        ("Merkblatt Fundsachen", 1),
        ("Wo werden sie abgegeben?", 8),
    ]


def test_slides_keep_their_number_and_only_slide_titles_are_headings(tmp_path):
    parsed = parse_file(write_pptx(tmp_path / "a.pptx"), "a.pptx")
    assert [(e.kind, e.page, e.text) for e in parsed.elements] == [
        ("title", 1, "Onboarding"),
        ("text", 1, "Willkommen"),
        ("title", 2, "Ihr erster Tag"),
        ("text", 2, "Schlüssel"),
        ("text", 2, "Zugangsdaten"),
    ]
    assert parsed.pages == 2


def test_odt_keeps_headings_and_umlauts(tmp_path):
    path = write_odt(
        tmp_path / "a.odt", "# Fundbüro\n\nFundsachen werden sechs Monate lang aufbewahrt und dann versteigert."
    )
    assert shape(parse_file(path, "a.odt")) == [
        ("title", "Fundbüro"),
        ("text", "Fundsachen werden sechs Monate lang aufbewahrt und dann versteigert."),
    ]


def test_notes_of_an_odt_follow_the_paragraph_they_belong_to(tmp_path):
    path = write_odt(
        tmp_path / "a.odt",
        "# Gebühren\n\nDie Gebühr beträgt zwölf Euro.[^1]\n\nSie wird im Mai fällig.\n\n[^1]: Bis 2024: zehn Euro.",
    )
    assert shape(parse_file(path, "a.odt")) == [
        ("title", "Gebühren"),
        ("text", "Die Gebühr beträgt zwölf Euro."),
        ("text", "Fußnote 1: Bis 2024: zehn Euro."),
        ("text", "Sie wird im Mai fällig."),
    ]


def test_html_leaves_navigation_out_and_takes_the_page_title(tmp_path):
    page = (
        "<html><head><meta charset='iso-8859-1'><title>Öffnungszeiten</title></head>"
        "<body><nav><a href='/'>Start</a></nav>"
        "<h1>Bürgerbüro</h1><p>Montags bis 18 Uhr geöffnet.</p></body></html>"
    )
    parsed = written(tmp_path / "a.html", page.encode("cp1252"))
    assert parsed.title == "Öffnungszeiten"
    assert shape(parsed) == [("title", "Bürgerbüro"), ("text", "Montags bis 18 Uhr geöffnet.")]


def test_markdown_headings_have_levels(tmp_path):
    parsed = written(
        tmp_path / "a.md", "# IT-Handbuch\n\n## Kennwort\n\nDas Kennwort hat zwölf Zeichen.\n\n- eins\n- zwei\n"
    )
    assert [(e.kind, e.level) for e in parsed.elements] == [
        ("title", 1), ("title", 2), ("text", 0), ("list", 0), ("list", 0)
    ]  # fmt: skip


def test_plain_text_finds_headings_by_their_numbering_and_by_capitals(tmp_path):
    parsed = written(
        tmp_path / "a.txt",
        "HUNDESTEUERSATZUNG\n\n§ 1\n\nSteuergegenstand\n\n(1) Gegenstand der Steuer ist das Halten von Hunden.\n\n"
        "§ 2 Abs. 1 bleibt unberührt.\n",
    )
    assert shape(parsed) == [
        ("title", "HUNDESTEUERSATZUNG"),
        ("title", "§ 1 Steuergegenstand"),
        ("text", "(1) Gegenstand der Steuer ist das Halten von Hunden."),
        ("text", "§ 2 Abs. 1 bleibt unberührt."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_umlauts_survive_every_usual_encoding(tmp_path, encoding):
    text = "Für Straßenmusik in der Fußgängerzone ist eine Erlaubnis nötig.\n"
    assert shape(written(tmp_path / "a.txt", text.encode(encoding))) == [("text", text.strip())]
    table = "Straße;Länge\r\nMühlweg;300 m\r\nBäckergasse;80 m\r\n"
    assert shape(written(tmp_path / "a.csv", table.encode(encoding))) == [
        ("table", "Straße | Länge\nMühlweg | 300 m\nBäckergasse | 80 m")
    ]


def test_mail_has_its_facts_its_body_and_its_attachments(tmp_path):
    parsed = written(tmp_path / "a.eml", mail(attachment="Über die Brückenstraße".encode()).as_bytes())
    assert parsed.title == "Sperrung der Hauptstraße"
    assert parsed.modified_at is not None
    assert parsed.modified_at.isoformat() == "2026-03-02T08:30:00+00:00"
    assert parsed.elements[0].text.startswith("Von: Erika Muster <muster@stadt.example>\nAn: ordnungsamt@stadt.example")
    assert "die Hauptstraße ist am Dienstag wegen der Bauarbeiten gesperrt." in parsed.elements[-1].text
    assert [(a.name, a.content.decode()) for a in parsed.attachments] == [("Umleitung.txt", "Über die Brückenstraße")]


def test_html_part_of_a_mail_is_preferred(tmp_path):
    html = "<table><tr><th>Tag</th><th>Zeit</th></tr><tr><td>Montag</td><td>8 Uhr</td></tr></table>"
    assert written(tmp_path / "a.eml", mail(html=html).as_bytes()).elements[1].text == "Tag | Zeit\nMontag | 8 Uhr"


def test_broken_attachment_leaves_the_mail_readable(tmp_path):
    broken = mail(attachment=b"x" * 40).as_bytes().replace(b"eHh4", b"!!!!")
    assert "gesperrt" in written(tmp_path / "a.eml", broken).elements[-1].text


def test_author_department_is_taken_from_the_letterhead(tmp_path):
    parsed = written(
        tmp_path / "a.md", "# Merkblatt\n\nFachbereich 3 Bürgerdienste\n\nBitte bringen Sie den Ausweis mit.\n"
    )
    assert parsed.author_department == "Fachbereich 3 Bürgerdienste"


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".xlsx", ".csv", ".txt", ".eml", ".msg", ".odt", ".html", ".xyz"])
def test_empty_files_say_so(tmp_path, suffix):
    assert refused(tmp_path / f"a{suffix}", b"").code == "leer"
    assert refused(tmp_path / "a.txt", b" \n\n ").code == "leer"


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".odt", ".pdf", ".msg"])
def test_text_with_the_name_of_another_format_is_mislabelled(tmp_path, suffix):
    assert refused(tmp_path / f"a{suffix}", b"Das ist nur ein Text.").code == "falscher-typ"


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".html", ".md", ".eml"])
def test_binary_with_the_name_of_a_text_is_mislabelled(tmp_path, suffix):
    assert refused(tmp_path / f"a{suffix}", bytes(range(256)) * 20).code == "falscher-typ"
    assert refused(tmp_path / f"b{suffix}", b"%PDF-1.7 und so weiter").code == "falscher-typ"


def test_one_office_package_named_like_another_is_mislabelled(tmp_path):
    workbook = write_xlsx(tmp_path / "a.xlsx", [["A", "B"], ["1", "2"]])
    assert refused(workbook.rename(tmp_path / "a.docx")).code == "falscher-typ"


def test_unknown_suffix_is_named(tmp_path):
    error = refused(tmp_path / "a.dwg", b"AC1032")
    assert (error.code, ".dwg" in error.text) == ("nicht-unterstuetzt", True)


def test_encrypted_files_ask_for_a_copy_without_a_password(tmp_path):
    pdf = write_pdf(tmp_path / "a.pdf", [[Line("Geheim")]], password="geheim")
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600
    odt = write_encrypted_odt(tmp_path / "a.odt")
    smime = mail()
    smime.replace_header("Content-Type", 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"')
    errors = [
        refused(pdf),
        refused(tmp_path / "a.docx", ole),
        refused(odt),
        refused(tmp_path / "a.eml", smime.as_bytes()),
    ]
    assert {error.code for error in errors} == {"verschluesselt"}
    assert errors[0].hint == "Bitte ohne Kennwort speichern."


@pytest.mark.parametrize("share", [0.4, 0.9])
def test_truncated_files_are_damaged_not_half_read(tmp_path, share):
    for path in (
        write_pdf(tmp_path / "a.pdf", [[Line("Seite eins")], [Line("Seite zwei")]]),
        write_docx(tmp_path / "a.docx"),
        write_xlsx(tmp_path / "a.xlsx", [["A", "B"], ["1", "2"]]),
    ):
        content = path.read_bytes()
        assert refused(path, content[: int(share * len(content))]).code == "beschaedigt"


def test_package_with_broken_parts_is_damaged(tmp_path):
    assert refused(tmp_path / "a.docx", zip_of({"word/document.xml": b"<w:document"})).code == "beschaedigt"


def test_entities_of_a_package_are_never_expanded(tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "viel"><!ENTITY b "&a;&a;&a;&a;">]><x xmlns:dc="d"><dc:title>&b;</dc:title></x>'
    path = write_docx(tmp_path / "a.docx")
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist() if name != "docProps/core.xml"}
    path.write_bytes(zip_of({**parts, "docProps/core.xml": bomb}))
    assert "viel" not in parse_file(path, "a.docx").title


def test_file_without_text_is_a_failure_not_an_empty_success(tmp_path):
    assert refused(tmp_path / "a.html", b"<html><body><img src='x.png'></body></html>").code == "kein-text"


def test_no_element_is_blank(tmp_path):
    parsed = written(tmp_path / "a.txt", "eins\n\n\n\n   \n\nzwei")
    assert [e for e in parsed.elements if not e.text.strip()] == []
    assert parsed.elements == (Element("text", "eins"), Element("text", "zwei"))


@needs_real_files
def test_real_office_files_are_read_with_their_umlauts():
    for path in sorted(REAL.glob("digitalcheck/*.*")):
        if path.suffix in (".docx", ".pptx", ".xlsx", ".pdf"):
            parsed = parse_file(path, path.name)
            text = " ".join(element.text for element in parsed.elements)
            assert any(umlaut in text for umlaut in "äöüß"), path.name
            assert "Ã" not in text, path.name
