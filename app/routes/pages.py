"""Pages for people."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.deps import CurrentAnswers, CurrentArchive, CurrentIndex, CurrentReader, CurrentSessions, RowId
from app.duty_pages import contact_of, duty_page
from app.html import render
from app.present import API, passage_answer, similar_answer
from app.search_page import Refusal, searched
from app.shield import VIEWER_POLICY
from catalogue.lookup import get_passage
from catalogue.tables import Tenant
from indexes.similar import similar_documents

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SIMILAR = 5


@router.get("/")
def search_page(
    request: Request, opened: CurrentArchive, index: CurrentIndex, answers: CurrentAnswers, reader: CurrentReader
) -> HTMLResponse:
    """The search page, with or without an answer."""
    typed = request.query_params
    form, found = answers.views.look(reader, lambda session, view: searched(session, view, opened, index, typed))
    status = found.status if isinstance(found, Refusal) else 200
    return render(request, "search.html", status, form=form, found=found, is_refused=isinstance(found, Refusal))


@router.get("/passage/{chunk_id}")
def passage_page(
    request: Request, chunk_id: RowId, index: CurrentIndex, sessions: CurrentSessions, reader: CurrentReader
) -> HTMLResponse:
    """A passage with what stands around it, and documents that are about the same."""
    with sessions() as session:
        found = get_passage(session, reader, chunk_id, neighbours=2)
        similar = similar_documents(session, index.searcher, reader, found.document.id, SIMILAR)
        shown, others = passage_answer(found), similar_answer(similar).documents
    return render(request, "passage.html", passage=shown, similar=others)


@router.get("/ansicht/{chunk_id}")
def viewer_page(request: Request, chunk_id: RowId, sessions: CurrentSessions, reader: CurrentReader) -> HTMLResponse:
    """The page of a PDF that a passage stands on, with the passage marked."""
    with sessions() as session:
        shown = passage_answer(get_passage(session, reader, chunk_id, neighbours=0))
    headers = {"Content-Security-Policy": VIEWER_POLICY}
    return render(request, "viewer.html", headers=headers, passage=shown, file=shown.link.partition("#")[0])


@router.get("/barrierefreiheit")
@router.get("/datenschutz")
@router.get("/impressum")
def duty_pages(request: Request, opened: CurrentArchive) -> HTMLResponse:
    """The pages that every public body owes."""
    with opened.sessions() as session:
        town = session.get_one(Tenant, opened.tenant_id).name
    page = duty_page(opened.settings, town, request.url.path.strip("/"))
    return render(request, "duty.html", page=page, contact=contact_of(opened.settings))


@router.get("/api/docs")
def api_page(request: Request) -> HTMLResponse:
    """The programming interface, described from what the application itself publishes."""
    return render(request, "api.html", api=request.app.openapi(), address=f"{API}/openapi.json")
