"""Pages for people."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.deps import CurrentArchive, CurrentIndex, CurrentReader, CurrentSessions, RowId
from app.html import render
from app.present import API, passage_answer
from app.search_page import Refusal, find, read_form
from catalogue.lookup import get_passage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
def search_page(request: Request, opened: CurrentArchive, index: CurrentIndex) -> HTMLResponse:
    """The search page, with or without an answer."""
    typed = request.query_params
    with opened.sessions() as session:
        form = read_form(session, opened, typed)
        found = find(session, opened, index, form, typed.get("offset") or "0") if form.question else None
    status = found.status if isinstance(found, Refusal) else 200
    return render(request, "search.html", status, form=form, found=found, is_refused=isinstance(found, Refusal))


@router.get("/passage/{chunk_id}")
def passage_page(request: Request, chunk_id: RowId, sessions: CurrentSessions, reader: CurrentReader) -> HTMLResponse:
    """A passage with what stands around it."""
    with sessions() as session:
        found = passage_answer(get_passage(session, reader, chunk_id, neighbours=2))
    return render(request, "passage.html", passage=found)


@router.get("/api/docs")
def api_page(request: Request) -> HTMLResponse:
    """The programming interface, described from what the application itself publishes."""
    return render(request, "api.html", api=request.app.openapi(), address=f"{API}/openapi.json")
