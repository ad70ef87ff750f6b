"""Bytes of text files become text: UTF-8, UTF-16 with or without its mark, what HTML declares, else Windows-1252."""

from __future__ import annotations

import codecs
import re
from typing import Final

from ingest.parse.kinds import utf16_without_mark

_MARKS: Final[tuple[tuple[bytes, str], ...]] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final[re.Pattern[bytes]] = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{3,20})", re.IGNORECASE)
_CONTROL: Final[re.Pattern[str]] = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def decoded(content: bytes, *, html: bool = False) -> str:
    """The text, with control characters taken out and line ends made line feeds; never fails."""
    text = _decode(content, html).replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    return _CONTROL.sub("", text)


def _decode(content: bytes, html: bool) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if order := utf16_without_mark(content[:8192]):
        return content.decode(order, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_declared(content) if html else "cp1252", errors="replace")


def _declared(content: bytes) -> str:
    """What the page says of itself; ISO 8859-1 means Windows-1252 on the web."""
    found = _DECLARED.search(content[:2048])
    name = found[1].decode("ascii", "ignore").lower() if found else "cp1252"
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        return "cp1252"
    return "cp1252" if encoding in ("iso8859-1", "ascii", "utf-8") else encoding
