"""Passages that answer a question."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query

from app.deps import CurrentAnswers, CurrentIndex, CurrentReader
from app.schemas import SearchAnswer, SearchParameters

router = APIRouter(tags=["Suche"])


@router.get("/search", summary="Passagen finden, die eine Frage beantworten")
def search(
    asked: Annotated[SearchParameters, Query()],
    index: CurrentIndex,
    answers: CurrentAnswers,
    reader: CurrentReader,
) -> SearchAnswer:
    """Sucht nach Bedeutung und nach Wörtern in allem, was sichtbar ist; das Beste zuerst."""
    return answers.find(index.searcher, asked, reader, perf_counter())
