"""What a reader of one format hands to the dispatcher: elements and what the file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.parse.element import Attachment, Element


@dataclass(frozen=True, slots=True)
class Source:
    """`stated_title` is what the file claims; whether it is used is decided for all formats in one place."""

    elements: list[Element]
    stated_title: str | None = None
    pages: int | None = None
    modified_at: datetime | None = None
    department: str | None = None
    warnings: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
