"""What the documents say to a question."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from app.answering import answer_parts, events, last, quoted
from app.deps import CurrentAnswerer, CurrentReader, CurrentSessions
from app.schemas import Answer, AnswerParameters

router = APIRouter(tags=["Suche"])
STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/answer", summary="Eine Frage mit Sätzen aus den Dokumenten beantworten")
def answer(
    asked: Annotated[AnswerParameters, Query()],
    answerer: CurrentAnswerer,
    sessions: CurrentSessions,
    reader: CurrentReader,
) -> Answer:
    """Ein bis drei Sätze mit ihrer Fundstelle, oder `kind: none`, wenn sich nichts Belastbares findet."""
    started_s = perf_counter()
    with sessions() as session:
        found = quoted(session, answerer, asked, reader)
    return last(answer_parts(answerer, found, asked, started_s))


@router.get("/answer/stream", summary="Dasselbe Satz für Satz", response_class=StreamingResponse)
def answer_stream(
    asked: Annotated[AnswerParameters, Query()],
    answerer: CurrentAnswerer,
    sessions: CurrentSessions,
    reader: CurrentReader,
) -> StreamingResponse:
    """Ereignisse (`text/event-stream`): `sentence` je geprüftem Satz, am Ende `answer`: nur das letzte gilt."""
    started_s = perf_counter()
    with sessions() as session:
        found = quoted(session, answerer, asked, reader)
    parts = answer_parts(answerer, found, asked, started_s)
    return StreamingResponse(events(parts), media_type="text/event-stream; charset=utf-8", headers=STREAM)
