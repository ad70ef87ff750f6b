"""Passages that answer a question."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query

from app.asking import answer
from app.deps import CurrentIndex, CurrentReader, CurrentSessions
from app.schemas import SearchAnswer, SearchParameters

router = APIRouter(tags=["Suche"])


@router.get("/search", summary="Passagen finden, die eine Frage beantworten")
def search(
    asked: Annotated[SearchParameters, Query()],
    index: CurrentIndex,
    sessions: CurrentSessions,
    reader: CurrentReader,
) -> SearchAnswer:
    """Sucht nach Bedeutung und nach Wörtern in allem, was sichtbar ist; das Beste zuerst."""
    started_s = perf_counter()
    with sessions() as session:
        return answer(session, index.searcher, asked, reader, started_s)
