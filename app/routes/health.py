"""Whether the service runs, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.deps import CurrentArchive, CurrentIndex
from app.readiness import readiness
from app.schemas import Health

router = APIRouter(prefix="/health", tags=["Betrieb"])


@router.get("/live", summary="Läuft der Dienst?")
def live() -> Health:
    """Antwortet, solange der Prozess läuft."""
    return Health(status="ok", detail="Der Dienst läuft.")


@router.get("/ready", summary="Kann der Dienst antworten?", responses={503: {"model": Health}})
def ready(opened: CurrentArchive, index: CurrentIndex, response: Response) -> Health:
    """Bereit ist er mit aktueller Datenbank und einem Index, oder solange noch nichts eingelesen ist."""
    state = readiness(opened, index)
    response.status_code = 200 if state.status == "ok" else 503
    return state
