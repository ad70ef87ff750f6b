"""DOCX files made plain: tracked changes accepted, content controls and text boxes opened.

`unstructured` reads through python-docx, which passes over all of these without a word.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lxml import etree

_WORD: Final[str] = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
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
    for name in ("ins ", "moveTo ", "sdt>", "smartTag ", "customXml ", "fldSimple ", "txbxContent")
)


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
                    content = _plain(body) if member.filename == _BODY else package.read(member)
                    plain.writestr(member.filename, content)
            copy.flush()
            yield Path(copy.name)


def _plain(body: bytes) -> bytes:
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    etree.strip_tags(root, *_WRAPPERS)
    for box in list(root.iter(f"{_WORD}txbxContent")):
        _open_box(box)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _open_box(box: Any) -> None:
    """Let the paragraphs of a text box follow the one that it is anchored to."""
    anchor = next((parent for parent in box.iterancestors(f"{_WORD}p")), None)
    if anchor is None:
        return
    for paragraph in reversed(list(box)):
        anchor.addnext(paragraph)
