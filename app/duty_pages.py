"""The pages that every public body owes: written by the house as Markdown in its data folder, or as they come."""

from __future__ import annotations

from dataclasses import dataclass

import nh3
from markdown import markdown
from markupsafe import Markup, escape

from app.html import PAGES
from app.settings import Settings

DUTIES = {"barrierefreiheit": "Barrierefreiheit", "datenschutz": "Datenschutz", "impressum": "Impressum"}
FOLDER = "seiten"


@dataclass(frozen=True, slots=True)
class DutyPage:
    """One of the pages; `body` is safe to show."""

    slug: str
    title: str
    body: Markup


def duty_page(settings: Settings, town: str, slug: str) -> DutyPage:
    """Read a page; `{{stadt}}` and `{{kontakt}}` in it stand for the town and whom to write to."""
    own = settings.data_dir / FOLDER / f"{slug}.md"
    text = (own if own.is_file() else PAGES / "duty" / f"{slug}.md").read_text("utf-8", errors="replace")
    for name, value in (("stadt", town), ("kontakt", contact_of(settings))):
        text = text.replace("{{" + name + "}}", escape(value))
    html = nh3.clean(markdown(text, extensions=["tables"]), link_rel="noopener")
    return DutyPage(slug, DUTIES[slug], Markup(html))  # noqa: S704 — cleaned in the line above


def contact_of(settings: Settings) -> str:
    """Whom to write to."""
    return settings.contact or "die Administration Ihres Hauses"
