"""Whether the service can answer."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from app.schemas import Health
from app.wiring import Archive
from catalogue.connection import is_current
from catalogue.errors import IndexUnavailable
from indexes.live import LiveIndex
from indexes.succession import live_generation


def readiness(opened: Archive, index: LiveIndex) -> Health:
    """Ready with the newest schema and a generation that answers, or with nothing to answer from yet."""
    try:
        if not is_current(opened.sessions):
            return Health(
                status="nicht-bereit", detail="Die Datenbank passt nicht zum Programm: „stadtwissen migrate“."
            )
        with opened.sessions() as session:
            has_generation = live_generation(session, opened.tenant_id) is not None
    except SQLAlchemyError:
        return Health(status="nicht-bereit", detail="Die Datenbank antwortet nicht.")
    try:
        return Health(status="ok", detail="Bereit.", generation=str(index.searcher.generation_id))
    except IndexUnavailable as error:
        return Health(status="nicht-bereit" if has_generation else "ok", detail=str(error))
