"""What routes may ask for, by type.

Nothing here waits for anything; it is `async` all the same, because FastAPI sends whatever is not to another thread.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import BeforeValidator

from app.answering import Answerer, answerer_of
from app.answers import Answers
from app.wiring import Archive
from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.errors import NotFound
from indexes.live import LiveIndex
from indexes.suggest import Suggestions

# More digits are no id: the databases would answer with an error instead of finding nothing.
LONGEST_ID = 18


async def archive(request: Request) -> Archive:
    """What was opened when the service started."""
    opened: Archive = request.app.state.archive
    return opened


async def sessions(opened: Annotated[Archive, Depends(archive)]) -> Sessions:
    """Hands out sessions; a writer says `with sessions.begin() as session:` so that its commit precedes the answer."""
    return opened.sessions


async def current_reader(opened: Annotated[Archive, Depends(archive)]) -> Reader:
    """Who asks."""
    return opened.reader


async def live_index(request: Request) -> LiveIndex:
    """Which generation answers."""
    index: LiveIndex = request.app.state.live
    return index


async def answers(request: Request) -> Answers:
    """What was answered before."""
    known: Answers = request.app.state.answers
    return known


async def suggestions(request: Request) -> Suggestions:
    """Completes what somebody types."""
    known: Suggestions = request.app.state.suggestions
    return known


def answerer(
    opened: Annotated[Archive, Depends(archive)], index: Annotated[LiveIndex, Depends(live_index)]
) -> Answerer:
    """Who answers questions, with the generation that is live now.

    Raises: IndexUnavailable as `LiveIndex.searcher` does.
    """
    return answerer_of(opened, index.searcher)


def row_id(value: str) -> int:
    """Read an id that came over the wire, where ids are opaque: what is none names nothing.

    Raises: NotFound.
    """
    if value.isascii() and value.isdigit() and len(value) <= LONGEST_ID:
        return int(value)
    raise NotFound("Unter dieser Kennung gibt es nichts.", "Bitte neu suchen.")


CurrentArchive = Annotated[Archive, Depends(archive)]
CurrentSessions = Annotated[Sessions, Depends(sessions)]
CurrentReader = Annotated[Reader, Depends(current_reader)]
CurrentIndex = Annotated[LiveIndex, Depends(live_index)]
CurrentAnswerer = Annotated[Answerer, Depends(answerer)]
CurrentAnswers = Annotated[Answers, Depends(answers)]
CurrentSuggestions = Annotated[Suggestions, Depends(suggestions)]
RowId = Annotated[int, BeforeValidator(row_id, json_schema_input_type=str), Path(description="Wie zuvor erhalten.")]
