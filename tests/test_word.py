"""What python-docx passes over is read all the same."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ingest.parse.dispatch import parse_file
from tests.documents import write_docx, zip_of

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def texts(path: Path, body: str) -> list[str]:
    write_docx(path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    document = f"<w:document {SPACES}><w:body>{body}</w:body></w:document>"
    path.write_bytes(zip_of({**parts, "word/document.xml": document.encode()}))
    return [element.text for element in parse_file(path, path.name).elements]


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
