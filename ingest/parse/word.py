"""DOCX files made plain: tracked changes accepted, content controls and text boxes opened, notes put where they belong.

`unstructured` reads through python-docx, which passes over all of these without a word. Comments are passed over on
purpose: what people remark on a draft is no part of it.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lxml import etree

_WORD: Final[str] = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NOTE: Final[str] = "{urn:stadtwissen}note"
_FALLBACK: Final[str] = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BODY: Final[str] = "word/document.xml"
# What stands around text that belongs to the document, and what was taken out of it or only describes it.
_WRAPPERS: Final[tuple[str, ...]] = tuple(
    _WORD + name for name in ("ins", "moveTo", "sdt", "sdtContent", "smartTag", "customXml", "fldSimple")
)
_DROPPED: Final[tuple[str, ...]] = (
    *(_WORD + name for name in ("del", "moveFrom", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr")),
    _FALLBACK,
)
_MARKS: Final[tuple[bytes, ...]] = tuple(
    f"<w:{name}".encode()
    for name in (
        *("ins ", "moveTo ", "sdt>", "smartTag ", "customXml ", "fldSimple ", "txbxContent"),
        *("footnoteReference ", "endnoteReference "),
    )
)
# What a kind of note is called in the markup, and by people.
_NOTES: Final[dict[str, str]] = {"footnote": "Fußnote", "endnote": "Endnote"}


@contextmanager
def plain_docx(path: Path) -> Iterator[Path]:
    """The file itself, or a copy in which nothing is hidden from python-docx."""
    with zipfile.ZipFile(path) as package:
        body = package.read(_BODY) if _BODY in package.namelist() else b""
        if not any(mark in body for mark in _MARKS):
            yield path
            return
        with tempfile.NamedTemporaryFile(suffix=".docx") as copy:
            with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as plain:
                for member in package.infolist():
                    content = _plain(body, _notes(package)) if member.filename == _BODY else package.read(member)
                    plain.writestr(member.filename, content)
            copy.flush()
            yield Path(copy.name)


def _plain(body: bytes, notes: Mapping[tuple[str, str], str]) -> bytes:
    root = _accepted(body)
    for box in list(root.iter(f"{_WORD}txbxContent")):
        _open_box(box)
    for kind in _NOTES:
        for number, mark in enumerate(list(root.iter(f"{_WORD}{kind}Reference")), 1):
            _write_out(mark, f"{_NOTES[kind]} {number}: ", notes.get((kind, mark.get(f"{_WORD}id", "")), ""))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _accepted(part: bytes) -> Any:
    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    etree.strip_tags(root, *_WRAPPERS)
    return root


def _notes(package: zipfile.ZipFile) -> dict[tuple[str, str], str]:
    """The texts of the foot- and endnotes, by their kind and id."""
    parts = {kind: f"word/{kind}s.xml" for kind in _NOTES}
    return {
        (kind, note.get(f"{_WORD}id", "")): " ".join(" ".join(_written(note)).split())
        for kind, part in parts.items()
        if part in package.namelist()
        for note in _accepted(package.read(part)).iter(f"{_WORD}{kind}")
    }


def _written(note: Any) -> Iterator[str]:
    """A note's paragraphs."""
    for paragraph in note.iter(f"{_WORD}p"):
        signs = paragraph.iter(f"{_WORD}t", f"{_WORD}tab", f"{_WORD}br")
        yield "".join(sign.text or "" if sign.tag == f"{_WORD}t" else " " for sign in signs)


def _write_out(mark: Any, name: str, text: str) -> None:
    """Let a note follow the paragraph, and the notes of the paragraph, in which its mark stands."""
    anchor = next((parent for parent in mark.iterancestors(f"{_WORD}p")), None)
    if anchor is None or not text:
        return
    while (after := anchor.getnext()) is not None and after.get(_NOTE):
        anchor = after
    paragraph = etree.Element(f"{_WORD}p", {_NOTE: "1"})
    etree.SubElement(etree.SubElement(paragraph, f"{_WORD}r"), f"{_WORD}t").text = name + text
    anchor.addnext(paragraph)


def _open_box(box: Any) -> None:
    """Let the paragraphs of a text box follow the one that it is anchored to."""
    anchor = next((parent for parent in box.iterancestors(f"{_WORD}p")), None)
    if anchor is None:
        return
    for paragraph in reversed(list(box)):
        anchor.addnext(paragraph)
