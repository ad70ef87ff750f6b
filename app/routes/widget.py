"""The page for intranets that admit frames only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.deps import CurrentArchive
from app.embedding import frame_policy
from app.html import render
from app.schemas import FrameParameters

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/widget/rahmen")
def frame_page(request: Request, opened: CurrentArchive, chosen: Annotated[FrameParameters, Query()]) -> HTMLResponse:
    """The widget alone, for a frame in a page of an origin on the list."""
    headers = {"Content-Security-Policy": frame_policy(opened.settings), "Cross-Origin-Resource-Policy": "cross-origin"}
    return render(request, "frame.html", headers=headers, chosen=chosen)
