"""Completing what somebody types."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.deps import CurrentIndex, CurrentReader, CurrentSessions, CurrentSuggestions
from app.schemas import Prefix, SuggestAnswer, Suggestion

router = APIRouter(tags=["Suche"])


@router.get("/suggest", summary="Begonnenes vervollständigen")
def suggest(
    q: Annotated[Prefix, Query(description="Was schon getippt ist.")],
    index: CurrentIndex,
    suggestions: CurrentSuggestions,
    sessions: CurrentSessions,
    reader: CurrentReader,
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> SuggestAnswer:
    """Titel und Überschriften, in denen ein Wort so beginnt; Titel zuerst."""
    with sessions() as session:
        found = suggestions.find(session, index.searcher.generation_id, q, reader, limit)
    return SuggestAnswer(query=q, suggestions=[Suggestion(text=item.text, kind=item.kind) for item in found])
