"""What crosses from a parser's process: plain data, never pickles, for a file may have taken that process over."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from catalogue.errors import Unreadable
from ingest.parse.element import Attachment, Element, Parsed


def pack(outcome: Parsed | Unreadable) -> bytes:
    """One line of JSON."""
    return json.dumps(_plain(outcome), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def unpack(data: bytes) -> Parsed | Unreadable:
    """Raises: ValueError, KeyError or TypeError when `data` is not what `pack` makes."""
    plain = json.loads(data)
    if "refused" in plain:
        code, text, hint = plain["refused"]
        return Unreadable(str(code), str(text), str(hint))
    modified = plain["modified_at"]
    return Parsed(
        elements=tuple(_element(element) for element in plain["elements"]),
        title=str(plain["title"]),
        media_type=str(plain["media_type"]),
        pages=plain["pages"],
        language=plain["language"],
        modified_at=datetime.fromisoformat(modified) if modified else None,
        author_department=plain["author_department"],
        warnings=tuple(map(str, plain["warnings"])),
        attachments=tuple(Attachment(str(name), base64.b64decode(content)) for name, content in plain["attachments"]),
    )


def _plain(outcome: Parsed | Unreadable) -> dict[str, Any]:
    if isinstance(outcome, Unreadable):
        return {"refused": [outcome.code, outcome.text, outcome.hint]}
    return {
        "elements": [_sparse(element) for element in outcome.elements],
        "title": outcome.title,
        "media_type": outcome.media_type,
        "pages": outcome.pages,
        "language": outcome.language,
        "modified_at": outcome.modified_at.isoformat() if outcome.modified_at else None,
        "author_department": outcome.author_department,
        "warnings": outcome.warnings,
        "attachments": [[item.name, base64.b64encode(item.content).decode("ascii")] for item in outcome.attachments],
    }


def _sparse(element: Element) -> dict[str, Any]:
    return {name: value for name, value in asdict(element).items() if value not in (None, 0, ())}


def _element(plain: dict[str, Any]) -> Element:
    rows = plain.get("rows")
    return Element(
        kind=plain["kind"],
        text=str(plain["text"]),
        level=int(plain.get("level", 0)),
        page=plain.get("page"),
        sheet=plain.get("sheet"),
        rows=(int(rows[0]), int(rows[1])) if rows else None,
        html=plain.get("html"),
        warnings=tuple(map(str, plain.get("warnings", ()))),
    )
