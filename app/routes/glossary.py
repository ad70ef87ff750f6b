"""What people here call things: looked up when a question is read."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from app.deps import CurrentReader, CurrentSessions
from app.keys import bearer
from app.present import glossary_answer
from app.schemas import GlossaryAnswer, GlossaryInput
from indexes.glossary import Meaning, keep, meanings

router = APIRouter(tags=["Glossar"])


@router.get("/glossary", summary="Abkürzungen und Alltagsnamen")
def glossary(sessions: CurrentSessions, reader: CurrentReader) -> GlossaryAnswer:
    """Was von Hand gepflegt wird, und was in sichtbaren Dokumenten als „Langform (Abk.)“ steht."""
    with sessions() as session:
        return glossary_answer(meanings(session, reader))


@router.put("/glossary", summary="Die gepflegten Einträge ersetzen", dependencies=[Depends(bearer)])
def replace_glossary(entered: GlossaryInput, sessions: CurrentSessions, reader: CurrentReader) -> GlossaryAnswer:
    """Ersetzt alle von Hand gepflegten Einträge; was in Dokumenten steht, bleibt. Gilt ab der nächsten Suche."""
    with sessions.begin() as session:
        keep(session, reader.tenant_id, [Meaning(short, long) for short, long in entered.entries])
        return glossary_answer(meanings(session, reader))
