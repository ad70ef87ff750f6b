"""DOCX, PPTX, ODT, HTML, Markdown and plain text through `unstructured`."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ingest.parse.decode import decoded
from ingest.parse.element import Element, Kind
from ingest.parse.source import Source
from ingest.parse.tables import elements_of_html
from ingest.parse.word import plain_docx

_LANGUAGES: Final[list[str]] = ["deu"]
_SKIPPED: Final[frozenset[str]] = frozenset({"PageBreak", "Header", "Footer", "PageNumber"})
_PROSE: Final[frozenset[str]] = frozenset({"Text", "NarrativeText"})
_PROPERTIES: Final[frozenset[str]] = frozenset({"docProps/core.xml", "meta.xml"})
_MAX_BOLD_CHARS: Final[int] = 100
# Below every heading that has a style.
_BOLD_LEVEL: Final[int] = 8
_SLIDE_NUMBER: Final[str] = "‹#›"


def preload() -> None:
    """Import what the readers below import when they are called."""
    import pypandoc
    from unstructured.partition import docx, html, md, msg, pptx, text

    del docx, html, md, msg, pptx, pypandoc, text


def read_docx(path: Path) -> Source:
    return _with_package_properties(path, _docx_elements(path))


def _docx_elements(path: Path) -> list[Element]:
    from unstructured.partition.docx import partition_docx

    with plain_docx(path) as plain:
        return converted(partition_docx(filename=str(plain), languages=_LANGUAGES))


def read_pptx(path: Path) -> Source:
    from unstructured.partition.pptx import partition_pptx

    found = converted(partition_pptx(filename=str(path), languages=_LANGUAGES))
    elements = [_slide_element(element) for element in found if element.text != _SLIDE_NUMBER]
    return _with_package_properties(path, elements, pages=max((e.page or 0 for e in elements), default=0) or None)


def read_odt(path: Path) -> Source:
    """As DOCX, the way `partition_odt` takes, which itself passes over the notes that are in it then."""
    import pypandoc

    with tempfile.TemporaryDirectory() as folder:
        docx = Path(folder) / "document.docx"
        pypandoc.convert_file(str(path), "docx", format="odt", outputfile=str(docx), sandbox=True)
        return _with_package_properties(path, _docx_elements(docx))


def read_html(path: Path) -> Source:
    return html_source(decoded(path.read_bytes(), html=True))


def html_source(text: str) -> Source:
    from lxml import html as lxml_html
    from unstructured.partition.html import partition_html

    if not text.strip():
        return Source([])
    # lxml refuses a str that declares an encoding, and the declaration is spent once it is decoded.
    root = lxml_html.document_fromstring(text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=False))
    stated = root.findtext(".//title")
    return Source(converted(partition_html(text=text, languages=_LANGUAGES)), stated)


def read_md(path: Path) -> Source:
    from unstructured.partition.md import partition_md

    return Source(converted(partition_md(text=decoded(path.read_bytes()), languages=_LANGUAGES)))


def read_txt(path: Path) -> Source:
    return Source(text_elements(decoded(path.read_bytes())))


def text_elements(text: str) -> list[Element]:
    """Paragraphs and list items, told apart by the rules of `unstructured`.

    Its `partition_text` also asks of each line what German text does not answer, and copies its metadata: a minute for
    ten megabytes of lines.
    """
    from unstructured.cleaners.core import auto_paragraph_grouper, clean_bullets
    from unstructured.partition.text_type import is_bulleted_text, is_possible_numbered_list

    found: list[Element] = []
    for line in auto_paragraph_grouper(text).split("\n") if text.strip() else ():
        is_bulleted = is_bulleted_text(line.strip())
        words = " ".join((clean_bullets(line.strip()) if is_bulleted else line).split())
        if words:
            kind: Kind = "list" if is_bulleted or is_possible_numbered_list(words) else "text"
            found.append(_capitals(Element(kind, words), first=not found))
    return found


def _capitals(element: Element, *, first: bool) -> Element:
    """Plain text has no styles: a short line in capitals is the only heading it can show."""
    if element.kind == "text" and 4 <= len(element.text) <= 80 and element.text.isupper():
        return Element("title", element.text, 1 if first else 2)
    return element


def converted(found: Iterable[Any]) -> list[Element]:
    """`unstructured` elements as ours; running headers and page breaks are left out."""
    result: list[Element] = []
    for element in found:
        name = type(element).__name__
        text = " ".join((element.text or "").split())
        page = element.metadata.page_number
        if name in _SKIPPED or not text:
            continue
        html = element.metadata.text_as_html
        depth = element.metadata.category_depth
        if name == "Table" and html:
            result += elements_of_html(html, page)
        elif name == "Title" and depth is not None:
            result.append(Element("title", text, depth + 1, page))
        elif name in _PROSE and _is_bold_line(text, element.metadata):
            result.append(Element("title", text, _BOLD_LEVEL if result else 1, page))
        else:
            result.append(Element("list" if name == "ListItem" else "text", text, page=page))
    return result


def _is_bold_line(text: str, metadata: Any) -> bool:
    """A heading of those who know no styles: a short line, bold from its first to its last letter."""
    if not 4 <= len(text) <= _MAX_BOLD_CHARS or text[-1] in ".,;:" or not metadata.emphasized_text_contents:
        return False
    marked = zip(metadata.emphasized_text_contents, metadata.emphasized_text_tags or (), strict=False)
    bold = "".join(content for content, tag in marked if tag == "b")
    return "".join(bold.split()) == "".join(text.split()) and any(char.isalpha() for char in text)


def _slide_element(element: Element) -> Element:
    """Only the slide's own title is a heading; other short lines are merely short."""
    if element.kind == "title" and element.level > 1:
        return Element("text", element.text, page=element.page)
    return element


def _with_package_properties(path: Path, elements: list[Element], pages: int | None = None) -> Source:
    title, modified = package_properties(path.read_bytes())
    return Source(elements, title, pages, modified)


def package_properties(content: bytes) -> tuple[str | None, datetime | None]:
    """Title and date of change from the properties of an Office or OpenDocument package."""
    from lxml import etree

    title: str | None = None
    modified: datetime | None = None
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        described = [part for part in package.namelist() if part in _PROPERTIES or part.endswith(".opf")]
        for part in described:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            for node in etree.fromstring(package.read(part), parser).iter():
                name = etree.QName(node).localname if isinstance(node.tag, str) else ""
                if name == "title" and title is None:
                    title = node.text
                elif name in ("modified", "date") and node.text:
                    modified = iso_date(node.text)
    return title, modified


def iso_date(stated: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(stated.strip().replace("Z", "+00:00")[:32])
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
