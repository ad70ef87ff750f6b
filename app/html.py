"""Pages for people: templates with German texts, and what their filters say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.schemas import REASONS
from indexes.search import CANDIDATES
from ingest.parse.kinds import MEDIA_TYPES

PAGES = Path(__file__).parent / "pages"
STATIC = PAGES / "static"
# What install.sh fetched: the viewer of PDF pages. The pages work without it.
FETCHED = PAGES / "fetched"
KINDS = {media_type: kind.upper() for kind, media_type in MEDIA_TYPES.items()}


def date_text(moment: datetime) -> str:
    """A date as people here write it."""
    return f"{moment.astimezone():%d.%m.%Y}"


def day_text(day: date) -> str:
    """A day that has no hour, the same way."""
    return f"{day:%d.%m.%Y}"


def moment_text(moment: datetime) -> str:
    """A date with its time."""
    return f"{moment.astimezone():%d.%m.%Y, %H:%M} Uhr"


def kind_text(media_type: str) -> str:
    """What people call a file of this type."""
    return KINDS.get(media_type, "Datei")


def has_viewer() -> bool:
    """Whether the viewer of PDF pages was fetched when this was installed."""
    return (FETCHED / "pdfjs" / "pdf.min.mjs").is_file()


environment = Environment(
    loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
environment.filters.update(date=date_text, day=day_text, kind=kind_text, moment=moment_text)
environment.globals.update(reasons=REASONS, has_viewer=has_viewer, candidates=CANDIDATES)


def render(
    request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """Answer with a page."""
    text = environment.get_template(template).render(request=request, **values)
    return HTMLResponse(text, status, headers=dict(headers or {}))
