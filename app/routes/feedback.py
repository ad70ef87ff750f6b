"""What people say about what they were shown."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app.deps import CurrentArchive, CurrentReader, CurrentSessions, row_id
from app.html import render
from app.pace import unhurried
from app.present import API, verdict_of
from app.schemas import BarrierInput, FeedbackInput
from catalogue.feedback import keep_barrier, keep_verdict

router = APIRouter(tags=["Rückmeldung"])
NOT_TOO_OFTEN = [Depends(unhurried)]


@router.post(
    f"{API}/feedback", status_code=204, summary="Sagen, ob eine Stelle hilfreich war", dependencies=NOT_TOO_OFTEN
)
def feedback(given: FeedbackInput, sessions: CurrentSessions, reader: CurrentReader) -> None:
    """Gespeichert werden Frage, Stelle, Urteil, Anmerkung und Tag; nie, von wem."""
    with sessions.begin() as session:
        keep_verdict(session, reader, row_id(given.chunk_id), verdict_of(given))


@router.post("/rueckmeldung", include_in_schema=False, dependencies=NOT_TOO_OFTEN)
def feedback_form(
    given: Annotated[FeedbackInput, Form()], sessions: CurrentSessions, reader: CurrentReader
) -> RedirectResponse:
    """The same for browsers without JavaScript."""
    feedback(given, sessions, reader)
    return RedirectResponse("/rueckmeldung", 303)


@router.post("/barrierefreiheit", include_in_schema=False, dependencies=NOT_TOO_OFTEN)
def barrier_form(given: Annotated[BarrierInput, Form()], opened: CurrentArchive) -> RedirectResponse:
    """Something on these pages that somebody cannot use."""
    with opened.sessions.begin() as session:
        keep_barrier(session, opened.tenant_id, given.comment)
    return RedirectResponse("/rueckmeldung", 303)


@router.get("/rueckmeldung", include_in_schema=False)
def thanks_page(request: Request) -> HTMLResponse:
    """That it is kept."""
    return render(request, "thanks.html")
