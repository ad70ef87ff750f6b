"""The one `Parser`: any file becomes elements, or is refused with a reason; silence is not among the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

from catalogue.errors import StadtwissenError, Unreadable
from ingest.parse.element import Element, Parsed
from ingest.parse.headings import promote
from ingest.parse.kinds import MEDIA_TYPES, SUPPORTED_SUFFIXES, damaged, kind_of
from ingest.parse.source import Source
from ingest.parse.title import choose_title, department_of, language_of
from ingest.parse.unzip import named_apart

__all__ = ["MEDIA_TYPES", "SUPPORTED_SUFFIXES", "parse_file"]

# The readers are imported when they are first needed: `unstructured` alone takes seconds.
_READERS: Final[dict[str, tuple[str, str]]] = {
    "pdf": ("ingest.parse.pdf", "read_pdf"),
    "docx": ("ingest.parse.office", "read_docx"),
    "pptx": ("ingest.parse.office", "read_pptx"),
    "odt": ("ingest.parse.office", "read_odt"),
    "html": ("ingest.parse.office", "read_html"),
    "md": ("ingest.parse.office", "read_md"),
    "txt": ("ingest.parse.office", "read_txt"),
    "xlsx": ("ingest.parse.sheets", "read_xlsx"),
    "csv": ("ingest.parse.sheets", "read_csv"),
    "eml": ("ingest.parse.mail", "read_eml"),
    "msg": ("ingest.parse.mail", "read_msg"),
    "png": ("ingest.parse.picture", "read_picture_file"),
    "jpg": ("ingest.parse.picture", "read_picture_file"),
    "tif": ("ingest.parse.picture", "read_picture_file"),
    "doc": ("ingest.parse.legacy", "read_by_writer"),
    "rtf": ("ingest.parse.legacy", "read_by_writer"),
    "ppt": ("ingest.parse.legacy", "read_by_impress"),
    "odp": ("ingest.parse.legacy", "read_by_impress"),
    "xls": ("ingest.parse.legacy", "read_by_calc"),
    "ods": ("ingest.parse.legacy", "read_by_calc"),
    "epub": ("ingest.parse.legacy", "read_epub"),
    "zip": ("ingest.parse.unzip", "read_zip"),
}
_WITHOUT_UNSTRUCTURED: Final[frozenset[str]] = frozenset(
    {"pdf", "xlsx", "xls", "ods", "csv", "png", "jpg", "tif", "zip"}
)


def parse_file(path: Path, name: str) -> Parsed:
    """Read the bytes at `path`, which had the file name `name`.

    Raises: Unreadable, whatever is wrong with the file.
    """
    with _edge():
        kind = kind_of(path, name)
        source = _read(kind, path)
    elements = [element for element in source.elements if element.text.strip()]
    if kind not in _WITHOUT_UNSTRUCTURED:
        elements = promote(elements)
    if not elements:
        raise Unreadable(
            "kein-text",
            "Die Datei enthält keinen lesbaren Text.",
            "Bitte prüfen, ob sie nur Bilder enthält, und mit Texterkennung (OCR) einlesen.",
        )
    return _parsed(kind, name, source, elements)


def _read(kind: str, path: Path) -> Source:
    if kind not in _WITHOUT_UNSTRUCTURED:
        from ingest.parse.offline import prepare

        prepare()
    module, function = _READERS[kind]
    reader: Callable[[Path], Source] = getattr(import_module(module), function)
    return reader(path)


@contextmanager
def _edge() -> Iterator[None]:
    """The format libraries raise whatever they like on damaged files; whoever called hears one kind of error."""
    try:
        yield
    except StadtwissenError:
        raise
    except MemoryError as error:
        raise Unreadable(
            "speicherlimit", "Die Datei braucht zu viel Arbeitsspeicher.", "Bitte in kleinere Dateien teilen."
        ) from error
    except Exception as error:
        raise damaged() from error


def _parsed(kind: str, name: str, source: Source, elements: list[Element]) -> Parsed:
    return Parsed(
        elements=tuple(elements),
        title=choose_title(source.stated_title, elements, name),
        media_type=MEDIA_TYPES[kind],
        pages=source.pages,
        language=language_of(elements),
        modified_at=source.modified_at,
        author_department=source.department or department_of(elements),
        warnings=source.warnings,
        attachments=named_apart(source.attachments),
    )
