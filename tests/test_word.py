"""What python-docx passes over is read all the same."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingest.parse.dispatch import parse_file
from ingest.parse.element import Element
from tests.documents import write_docx, zip_of

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def texts(path: Path, body: str, **notes: str) -> list[str]:
    return [element.text for element in elements(path, body, **notes)]


def elements(path: Path, body: str, **notes: str) -> list[Element]:
    """Read a document with this body, and with these further parts beside it."""
    write_docx(path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for kind, inside in {"document": f"<w:body>{body}</w:body>", **notes}.items():
        parts[f"word/{kind}.xml"] = f"<w:{kind} {SPACES}>{inside}</w:{kind}>".encode()
    path.write_bytes(zip_of(parts))
    return list(parse_file(path, path.name).elements)


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_tracked_changes_are_read_as_accepted(tmp_path):
    changed = (
        f'<w:p>{run("Die Gebühr beträgt ")}<w:del w:id="1" w:author="a"><w:r><w:delText>zehn</w:delText></w:r></w:del>'
        f'<w:ins w:id="2" w:author="a">{run("zwölf")}</w:ins>{run(" Euro im Jahr.")}</w:p>'
        f'<w:p><w:ins w:id="3" w:author="a">{run("Dieser Absatz ist ganz neu.")}</w:ins></w:p>'
    )
    assert texts(tmp_path / "a.docx", changed) == [
        "Die Gebühr beträgt zwölf Euro im Jahr.",
        "Dieser Absatz ist ganz neu.",
    ]


def test_content_controls_and_smart_tags_are_opened(tmp_path):
    control = (
        f"<w:sdt><w:sdtPr><w:tag w:val='x'/></w:sdtPr><w:sdtContent><w:p>{run('Antragsteller: Erika Beispiel')}</w:p>"
        f"</w:sdtContent></w:sdt><w:p>{run('Ort: ')}<w:sdt><w:sdtContent>{run('Kranichsbrück')}</w:sdtContent></w:sdt>"
        f"<w:smartTag w:element='d'>{run(', den 1. März')}</w:smartTag></w:p>"
    )
    assert texts(tmp_path / "a.docx", control) == ["Antragsteller: Erika Beispiel", "Ort: Kranichsbrück, den 1. März"]


def test_text_boxes_follow_their_paragraph_and_are_read_once(tmp_path):
    inside = f"<w:p>{run('Im Kasten steht die Frist.')}</w:p><w:p>{run('Sie endet im Mai.')}</w:p>"
    box = f"<w:txbxContent>{inside}</w:txbxContent>"
    drawn = (
        f"<w:p>{run('Vor dem Kasten.')}<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        f"<w:p>{run('Nach dem Kasten.')}</w:p>"
    )
    assert texts(tmp_path / "a.docx", drawn) == [
        "Vor dem Kasten.", "Im Kasten steht die Frist.", "Sie endet im Mai.", "Nach dem Kasten.",
    ]  # fmt: skip


def mark(kind: str, number: int) -> str:
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


def test_notes_follow_the_paragraph_that_refers_to_them(tmp_path):
    body = (
        f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{run("Gebühren")}</w:p>'
        f"<w:p>{run('Die Gebühr beträgt zwölf Euro')}{mark('footnote', 7)}{run(' im Jahr')}{mark('footnote', 8)}"
        f"{mark('endnote', 7)}{run('.')}</w:p><w:p>{run('Sie wird im Mai fällig.')}</w:p>"
    )
    footnotes = (
        f'<w:footnote w:type="separator" w:id="-1"><w:p>{run("Trennlinie")}</w:p></w:footnote>'
        f'<w:footnote w:id="7"><w:p><w:r><w:footnoteRef/></w:r>{run(" Bis 2024:")}<w:r><w:tab/></w:r>'
        f"{run('zehn')}</w:p>"
        f"<w:p>{run('Euro.')}</w:p></w:footnote>"
        f'<w:footnote w:id="8"><w:p>{run("Anteilig")}<w:del w:id="1">{run(" nie")}</w:del>{run(" ab Juli")}</w:p>'
        "</w:footnote>"
    )
    endnotes = f'<w:endnote w:id="7"><w:p>{run("Ratsbeschluss vom 3. Mai")}</w:p></w:endnote>'
    found = elements(tmp_path / "a.docx", body, footnotes=footnotes, endnotes=endnotes)
    assert [(element.kind, element.text) for element in found] == [
        ("title", "Gebühren"),
        ("text", "Die Gebühr beträgt zwölf Euro im Jahr."),
        ("text", "Fußnote 1: Bis 2024: zehn Euro."),
        ("text", "Fußnote 2: Anteilig ab Juli"),
        ("text", "Endnote 1: Ratsbeschluss vom 3. Mai"),
        ("text", "Sie wird im Mai fällig."),
    ]


def test_a_note_in_a_table_stays_in_its_cell(tmp_path):
    cell = f"<w:tc><w:p>{run('zwölf Euro')}{mark('footnote', 1)}</w:p></w:tc>"
    row = f"<w:tr><w:tc><w:p>{run('Hund')}</w:p></w:tc>{cell}</w:tr>"
    body = f"<w:p>{run('Es gilt diese Tabelle.')}</w:p><w:tbl>{row}{row.replace('footnoteR', 'nothingR')}</w:tbl>"
    notes = f'<w:footnote w:id="1"><w:p>{run("ermäßigt sechs Euro")}</w:p></w:footnote>'
    table = elements(tmp_path / "a.docx", f"{body}<w:p>{run('Ende der Tabelle.')}</w:p>", footnotes=notes)[1]
    assert table.kind == "table"
    assert table.text.count("zwölf Euro Fußnote 1: ermäßigt sechs Euro") == 1


def test_a_mark_without_its_note_changes_nothing(tmp_path):
    body = f"<w:p>{run('Nur der Satz.')}{mark('footnote', 3)}</w:p>"
    assert texts(tmp_path / "a.docx", body) == ["Nur der Satz."]


def test_comments_are_left_out(tmp_path):
    body = f'<w:p>{run("Der Satz steht fest.")}<w:r><w:commentReference w:id="1"/></w:r></w:p>'
    comments = f'<w:comment w:id="1"><w:p>{run("Wirklich?")}</w:p></w:comment>'
    assert texts(tmp_path / "a.docx", body, comments=comments) == ["Der Satz steht fest."]
