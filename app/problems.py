"""Errors on the wire: RFC 9457 problems in German for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError
from starlette.exceptions import HTTPException

from app.database_trouble import AWAY as DATABASE_AWAY
from app.database_trouble import trouble_of
from app.html import render
from app.schemas import Problem
from catalogue.connection import AWAY
from catalogue.errors import (
    BadInput,
    Conflict,
    DiskFull,
    IndexUnavailable,
    NotFound,
    Refused,
    StadtwissenError,
    TooOften,
    Unreadable,
)

MEDIA_TYPE = "application/problem+json"
STATUS_OF_ERROR: Mapping[type[StadtwissenError], int] = {
    BadInput: 422,
    NotFound: 404,
    Conflict: 409,
    Unreadable: 422,
    IndexUnavailable: 503,
    DiskFull: 507,
    TooOften: 429,
}
STATUS_OF_UNREADABLE = {"zu-gross": 413, "nicht-unterstuetzt": 415, "falscher-typ": 415}
TITLES = {
    400: "Die Anfrage ist fehlerhaft",
    401: "Nicht angemeldet",
    403: "Das ist nicht erlaubt",
    404: "Nicht gefunden",
    405: "So geht es hier nicht",
    409: "Gerade belegt",
    413: "Zu groß",
    415: "Dateityp nicht unterstützt",
    422: "Die Angaben passen nicht",
    429: "Zu oft",
    500: "Ein Fehler im Programm",
    503: "Gerade nicht verfügbar",
    507: "Lässt sich nicht speichern",
}
DETAILS = {
    400: "Die Anfrage ließ sich nicht lesen.",
    403: "Diese Anfrage kam von einer fremden Seite.",
    404: "Diese Adresse gibt es nicht.",
    405: "Diese Adresse kennt die Methode nicht.",
    413: "Die Anfrage ist zu groß.",
    500: "Das hätte nicht passieren dürfen; es steht im Protokoll.",
}
# What Pydantic calls a fault, in words for whoever made it.
FAULTS = {
    "missing": "Die Angabe fehlt.",
    "string_too_short": "Bitte mindestens {min_length} Zeichen eingeben.",
    "string_too_long": "Bitte höchstens {max_length} Zeichen eingeben.",
    "too_long": "Bitte höchstens {max_length} Werte angeben.",
    "int_parsing": "Hier wird eine ganze Zahl erwartet.",
    "int_from_float": "Hier wird eine ganze Zahl erwartet.",
    "int_parsing_size": "Die Zahl ist zu groß.",
    "greater_than_equal": "Der Wert muss mindestens {ge} sein.",
    "less_than_equal": "Der Wert darf höchstens {le} sein.",
    "literal_error": "Erlaubt ist nur: {expected}.",
    "datetime_from_date_parsing": "Hier wird ein Datum erwartet, etwa 2025-01-31.",
    "value_error": "Dieses Datum liegt zu weit weg.",
    "datetime_parsing": "Hier wird ein Datum erwartet, etwa 2025-01-31.",
}

log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Let every error of the application leave as a problem."""
    app.add_exception_handler(StadtwissenError, on_expected)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    for kind in (*AWAY, InternalError):
        app.add_exception_handler(kind, on_database_trouble)
    app.add_exception_handler(IntegrityError, on_overtaken)


def problem(status: int, code: str, detail: str, hint: str = "", errors: list[dict[str, str]] | None = None) -> Problem:
    """Describe an error."""
    return Problem(
        type=f"urn:stadtwissen:problem:{code}",
        title=TITLES.get(status, "Fehler"),
        status=status,
        detail=detail,
        code=code,
        hint=hint,
        errors=errors or [],
    )


def respond(request: Request, told: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Answer programs with the problem itself, and people's browsers with a page that says the same."""
    if not request.url.path.startswith(("/api/", "/health/")):
        return render(request, "problem.html", told.status, headers, problem=told)
    return JSONResponse(told.model_dump(), told.status, headers=headers, media_type=MEDIA_TYPE)


def status_of(error: StadtwissenError) -> int:
    """The HTTP status an error is sent with."""
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, Unreadable):
        return STATUS_OF_UNREADABLE.get(error.code, 422)
    return next((status for kind, status in STATUS_OF_ERROR.items() if isinstance(error, kind)), 500)


def on_expected(request: Request, error: Exception) -> Response:
    """An error that was raised on purpose: its own words are the best ones."""
    assert isinstance(error, StadtwissenError)
    status = status_of(error)
    headers = {503: {"Retry-After": "5"}, 401: {"WWW-Authenticate": "Bearer"}}.get(status)
    return respond(request, problem(status, error.code, error.text, error.hint), headers)


def on_invalid(request: Request, error: Exception) -> Response:
    """Parameters that don't fit: each with its name and what is expected of it."""
    assert isinstance(error, RequestValidationError)
    faults = [{"parameter": parameter_of(fault), "detail": fault_text(fault)} for fault in error.errors()]
    detail = " ".join(f"{fault['parameter']}: {fault['detail']}" for fault in faults[:3])
    return respond(request, problem(422, "eingabe", detail, errors=faults))


def parameter_of(fault: Mapping[str, Any]) -> str:
    """The parameter's name, without where it was found."""
    return ".".join(str(part) for part in fault["loc"][1:]) or "Anfrage"


def fault_text(fault: Mapping[str, Any]) -> str:
    """What is wrong with one parameter, without repeating what was sent."""
    return FAULTS.get(fault["type"], "Dieser Wert passt hier nicht.").format_map(fault.get("ctx", {}))


def on_http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself: unknown addresses and methods, bodies it can't read."""
    assert isinstance(error, HTTPException)
    told = problem(error.status_code, f"http-{error.status_code}", DETAILS.get(error.status_code, "Das ging nicht."))
    return respond(request, told, error.headers)


def on_database_trouble(request: Request, error: Exception) -> Response:
    """A database that does not answer, or takes nothing: not the asker's fault, and it passes."""
    trouble = trouble_of(error) if isinstance(error, DBAPIError) else None
    if trouble is None and isinstance(error, InternalError):
        raise error
    log.error("the database does not answer as it should: %s", type(error).__name__)
    told = trouble or DATABASE_AWAY
    return respond(
        request,
        problem(told.status, "datenbank", told.text, told.hint),
        {"Retry-After": "30"} if told.status == 503 else None,
    )


def on_overtaken(request: Request, _error: Exception) -> Response:
    """Two people did the same at the same moment: the first one won."""
    return respond(
        request, problem(409, "belegt", "Im selben Augenblick wurde dasselbe geändert.", "Bitte noch einmal versuchen.")
    )


def accident(incident: str) -> Problem:
    """An error nobody foresaw; `incident` finds it in the log."""
    return problem(500, "programmfehler", DETAILS[500], f"Bitte der Administration den Vorgang {incident} nennen.")
