"""The page for administrators: it works without scripts, and every change comes from a form of its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.administration import go_back, jobs_answer, opinions, overview, start_reindex
from app.deps import CurrentArchive, row_id
from app.html import render
from app.keys import COOKIE, badge, check_form, form_key, is_signed_in, same, token_of
from ingest.reindex import cancel, read_failed

PAGE = "/verwaltung"

router = APIRouter(prefix=PAGE, include_in_schema=False, default_response_class=HTMLResponse)

Key = Annotated[str, Form()]
Chosen = Annotated[str, Form()]


@router.get("")
def page(request: Request, opened: CurrentArchive) -> HTMLResponse:
    """What there is, or the form to sign in."""
    token = token_of(opened.settings)
    if not is_signed_in(request, token):
        return render(request, "anmeldung.html", wrong=False)
    return render(
        request,
        "verwaltung.html",
        seen=overview(opened),
        jobs=jobs_answer(opened).jobs,
        said=opinions(opened),
        key=form_key(token),
    )


@router.post("/anmelden")
def sign_in(request: Request, opened: CurrentArchive, kennwort: Chosen) -> Response:
    """Remember in the browser that the token was shown."""
    token = token_of(opened.settings)
    if not same(kennwort, token):
        return render(request, "anmeldung.html", 401, wrong=True)
    answer = back()
    is_https = request.url.scheme == "https"
    answer.set_cookie(COOKIE, badge(token), path=PAGE, httponly=True, samesite="strict", secure=is_https)
    return answer


@router.post("/abmelden")
def sign_out() -> Response:
    """Forget it again."""
    answer = back()
    answer.delete_cookie(COOKIE, path=PAGE)
    return answer


@router.post("/neu")
def reindex(request: Request, opened: CurrentArchive, key: Key, collection: Chosen = "") -> Response:
    """Read a handbook anew, or build the whole index anew."""
    check_form(request, token_of(opened.settings), key)
    start_reindex(opened, collection or None, "Verwaltung")
    return back()


@router.post("/abbrechen")
def give_up(request: Request, opened: CurrentArchive, key: Key, job: Chosen) -> Response:
    """Give a re-index up."""
    check_form(request, token_of(opened.settings), key)
    cancel(opened.sessions, opened.tenant_id, row_id(job))
    return back()


@router.post("/zurueck")
def roll_back(request: Request, opened: CurrentArchive, key: Key) -> Response:
    """Let the former index answer again."""
    check_form(request, token_of(opened.settings), key)
    go_back(opened)
    return back()


@router.post("/nochmal")
def retry(request: Request, opened: CurrentArchive, key: Key, document: Chosen) -> Response:
    """Read a file again that could not be read."""
    check_form(request, token_of(opened.settings), key)
    read_failed(opened.sessions, opened.tenant_id, row_id(document))
    return back()


def back() -> RedirectResponse:
    """To the page, as a new request: reloading it repeats nothing."""
    return RedirectResponse(PAGE, 303)
