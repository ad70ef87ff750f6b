"""Passages that answer a question."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.deps import CurrentAnswers, CurrentIndex, CurrentReader
from app.schemas import SearchAnswer, SearchParameters

router = APIRouter(tags=["Suche"])


@router.get("/search", summary="Passagen finden, die eine Frage beantworten", response_model=SearchAnswer)
def search(
    asked: Annotated[SearchParameters, Query()],
    index: CurrentIndex,
    answers: CurrentAnswers,
    reader: CurrentReader,
) -> Response:
    """Sucht nach Bedeutung und nach Wörtern in allem, was sichtbar ist; das Beste zuerst."""
    found = answers.find(index.searcher, asked, reader, perf_counter())
    # Made by us from what we declare: FastAPI would check all of it once more, for a third of the time of the search.
    return Response(found.model_dump_json(), media_type="application/json")
