"""A passage with what stands around it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.deps import CurrentReader, CurrentSessions, RowId
from app.present import passage_answer
from app.schemas import PassageAnswer
from catalogue.lookup import get_passage

router = APIRouter(tags=["Suche"])


@router.get("/passages/{chunk_id}", summary="Eine Passage mit ihren Nachbarn")
def passage(
    chunk_id: RowId,
    sessions: CurrentSessions,
    reader: CurrentReader,
    neighbours: Annotated[int, Query(ge=0, le=5, description="So viele Passagen davor und danach.")] = 1,
) -> PassageAnswer:
    """Die Passage, und was im Dokument davor und danach steht."""
    with sessions() as session:
        return passage_answer(get_passage(session, reader, chunk_id, neighbours))
