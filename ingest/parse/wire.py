"""What crosses from a parser's process: plain data, never pickles, for a file may have taken that process over."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

import numpy as np

from catalogue.errors import Unreadable
from ingest.chunk import ChunkDraft
from ingest.cut import Cut
from ingest.parse.element import Attachment, Element, Parsed
from ingest.signature import PERMUTATIONS


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
        cut=_cut(plain["cut"]) if plain["cut"] else None,
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
        "cut": _plain_cut(outcome.cut) if outcome.cut else None,
    }


def _sparse(item: Element | ChunkDraft) -> dict[str, Any]:
    values = ((name, getattr(item, name)) for name in item.__slots__)
    return {name: value for name, value in values if value not in (None, 0, ())}


def _element(plain: dict[str, Any]) -> Element:
    return Element(
        kind=plain["kind"],
        text=str(plain["text"]),
        level=int(plain.get("level", 0)),
        page=plain.get("page"),
        sheet=plain.get("sheet"),
        rows=_pair(plain.get("rows")),
        html=plain.get("html"),
        warnings=tuple(map(str, plain.get("warnings", ()))),
    )


def _pair(rows: Any) -> tuple[int, int] | None:
    return (int(rows[0]), int(rows[1])) if rows else None


def _plain_cut(cut: Cut) -> dict[str, Any]:
    return {
        "passages": [_sparse(passage) for passage in cut.passages],
        "signature": None if cut.signature is None else cut.signature.tolist(),
    }


def _cut(plain: dict[str, Any]) -> Cut:
    numbers = plain["signature"]
    if numbers is not None and len(numbers) != PERMUTATIONS:
        raise ValueError("not a signature")
    return Cut(
        tuple(_passage(ordinal, passage) for ordinal, passage in enumerate(plain["passages"])),
        None if numbers is None else np.array(numbers, np.uint32),
    )


def _passage(ordinal: int, plain: dict[str, Any]) -> ChunkDraft:
    return ChunkDraft(
        ordinal=ordinal,
        text=str(plain["text"]),
        headings=tuple(map(str, plain.get("headings", ()))),
        page_first=plain.get("page_first"),
        page_last=plain.get("page_last"),
        sheet=plain.get("sheet"),
        rows=_pair(plain.get("rows")),
        citation=plain.get("citation"),
        warnings=tuple(map(str, plain.get("warnings", ()))),
        kind=plain["kind"],
        html=plain.get("html"),
    )
