"""The HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app import problems
from app.answers import Answers
from app.embedding import WIDGET, FetchedFiles, WidgetFiles, admit_origins
from app.html import FETCHED, STATIC
from app.pace import Pace
from app.pauses import short_pauses
from app.present import API
from app.routes import (
    admin,
    answer,
    documents,
    feedback,
    glossary,
    health,
    pages,
    passages,
    places,
    search,
    suggest,
    verwaltung,
    widget,
)
from app.schemas import Problem
from app.settings import Settings, read_settings
from app.shield import Shield
from app.wiring import Tools, open_archive
from catalogue.views import Ahead
from indexes.suggest import Suggestions

DESCRIPTION = """Findet in den Dokumenten eines Rathauses die Passagen, die eine Frage beantworten.
Fehler kommen als `application/problem+json` (RFC 9457). Innerhalb von `/api/v1` kommen Felder nur hinzu."""


def from_environment() -> FastAPI:
    """The application of one of several processes; each reads the settings and keeps its own log."""
    from app.cli_run import start_log

    settings = read_settings()
    start_log(settings)
    return create_app(settings)


def create_app(settings: Settings, tools: Tools | None = None) -> FastAPI:
    """Build the application; nothing is opened before it starts."""
    app = FastAPI(
        title="Stadtwissen",
        version="1",
        description=DESCRIPTION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # FastAPI's own pages load their scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        responses={422: {"model": Problem, "description": "Die Angaben passen nicht"}},
    )
    app.state.settings, app.state.tools = settings, tools
    app.state.pace = Pace()
    admit_origins(app, settings)
    app.add_middleware(Shield, limit_bytes=settings.upload_limit_bytes)
    problems.install(app)
    for routes in (search, answer, suggest, passages, documents, places, glossary, admin):
        app.include_router(routes.router, prefix=API)
    app.include_router(health.router)
    app.include_router(feedback.router)
    app.include_router(pages.router)
    app.include_router(verwaltung.router)
    app.include_router(widget.router)
    app.mount("/widget", WidgetFiles(directory=WIDGET, html=True), name="widget")
    app.mount("/fetched", FetchedFiles(directory=FETCHED, check_dir=False), name="fetched")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the archive, and have a generation warm before the first question comes."""
    archive = open_archive(app.state.settings, app.state.tools)
    live = archive.live_index()
    live.start()
    app.state.archive, app.state.live = archive, live
    app.state.answers = Answers(archive.sessions, app.state.settings.cached_answers)
    ahead = Ahead(archive.sessions, app.state.answers.views, archive.reader)
    ahead.start()
    app.state.suggestions = Suggestions(archive.sessions, archive.tenant_id)
    try:
        with short_pauses():
            yield
    finally:
        ahead.close()
        live.close()
        app.state.answers.close()
        archive.close()
