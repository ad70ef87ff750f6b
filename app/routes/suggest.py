"""Completing what somebody types."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.deps import CurrentAnswers, CurrentIndex, CurrentReader, CurrentSessions, CurrentSuggestions
from app.present import suggest_answer
from app.schemas import Prefix, SuggestAnswer
from indexes.glossary import begun

router = APIRouter(tags=["Suche"])
MOST_TERMS = 3


@router.get("/suggest", summary="Begonnenes vervollständigen")
def suggest(
    q: Annotated[Prefix, Query(description="Was schon getippt ist.")],
    index: CurrentIndex,
    suggestions: CurrentSuggestions,
    sessions: CurrentSessions,
    known: CurrentAnswers,
    reader: CurrentReader,
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> SuggestAnswer:
    """Titel und Überschriften, in denen ein Wort so beginnt, Titel zuerst; dann Begriffe aus dem Glossar."""
    with sessions() as session:
        terms = begun(session, reader, q, min(MOST_TERMS, limit))
        found = suggestions.find(
            session, index.searcher.generation_id, q, known.views.present(reader), limit - len(terms)
        )
    return suggest_answer(q, found, terms)
