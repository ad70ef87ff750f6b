"""What the documents say to a question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from app.answering import begun, events, last
from app.deps import CurrentAnswerer, CurrentAnswers, CurrentReader
from app.schemas import Answer, AnswerParameters

router = APIRouter(tags=["Suche"])
STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/answer", summary="Eine Frage mit Sätzen aus den Dokumenten beantworten")
def answer(
    asked: Annotated[AnswerParameters, Query()],
    answerer: CurrentAnswerer,
    answers: CurrentAnswers,
    reader: CurrentReader,
) -> Answer:
    """Ein bis drei Sätze mit ihrer Fundstelle, oder `kind: none`, wenn sich nichts Belastbares findet."""
    return last(begun(answers.views, answerer, asked, reader))


@router.get("/answer/stream", summary="Dasselbe Satz für Satz", response_class=StreamingResponse)
def answer_stream(
    asked: Annotated[AnswerParameters, Query()],
    answerer: CurrentAnswerer,
    answers: CurrentAnswers,
    reader: CurrentReader,
) -> StreamingResponse:
    """Ereignisse (`text/event-stream`): `sentence` je geprüftem Satz, am Ende `answer`: nur das letzte gilt."""
    parts = events(begun(answers.views, answerer, asked, reader))
    return StreamingResponse(parts, media_type="text/event-stream; charset=utf-8", headers=STREAM)
