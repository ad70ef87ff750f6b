"""What a parser hands on: one file as a flat list of elements, whatever its format was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ingest.cut import Cut

Kind = Literal["title", "text", "list", "table"]


@dataclass(frozen=True, slots=True)
class Element:
    """One heading, paragraph, list item or table, in reading order.

    Units: `page` counts from 1; `level` is the depth of a title, 1 being the topmost, 0 elsewhere.
    """

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None
    sheet: str | None = None
    rows: tuple[int, int] | None = None
    html: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file (mail attachment, archive member): a document of its own that points to its parent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that was read: never without elements, or `Unreadable` would have been raised.

    Where the parser has cut it up as well, the passages in `cut` take the place of the elements.
    """

    elements: tuple[Element, ...]
    title: str
    media_type: str
    pages: int | None = None
    language: str | None = None
    modified_at: datetime | None = None
    author_department: str | None = None
    warnings: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=())
    cut: Cut | None = None


Parser = Callable[[Path, str], Parsed]
"""(where the bytes lie, the name the file had) → what was read. Raises: `Unreadable` with code, text and hint."""
