"""What the documents say to a question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.answering import quoted_answer
from app.deps import CurrentIndex, CurrentReader, CurrentSessions
from app.schemas import Answer, AnswerParameters

router = APIRouter(tags=["Suche"])


@router.get("/answer", summary="Eine Frage mit Sätzen aus den Dokumenten beantworten")
def answer(
    asked: Annotated[AnswerParameters, Query()],
    index: CurrentIndex,
    sessions: CurrentSessions,
    reader: CurrentReader,
) -> Answer:
    """Ein bis drei Sätze mit ihrer Fundstelle, oder `kind: none`, wenn sich nichts Belastbares findet."""
    with sessions() as session:
        return quoted_answer(session, index.searcher, asked, reader)
