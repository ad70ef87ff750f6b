"""Is a generation that was built beside the live one fit to take over?"""

from __future__ import annotations

import numpy as np

from catalogue.connection import Sessions
from catalogue.errors import GivenUp
from indexes.entries import count_passages
from indexes.generation import OpenGeneration
from indexes.query import EVERYTHING

SAMPLE = 50
NEIGHBOURS = 10
SAME = 1e-3


def verify(sessions: Sessions, opened: OpenGeneration) -> None:
    """Compare a generation with the catalogue; its files' checksums were compared when it was opened.

    Raises: GivenUp; the text says what does not agree.
    """
    with sessions() as session:
        known = count_passages(session, opened.revisions)
    counted = {"Vektoren": opened.manifest.chunks, "Wörtern": opened.lexical.passages()}
    for side, count in counted.items():
        if count != known:
            raise GivenUp(
                f"Der neue Index hat bei den {side} {count} Passagen, der Katalog {known}.", "Der bisherige bleibt."
            )
    lost = strangers(opened)
    if lost:
        raise GivenUp(f"{lost} von {SAMPLE} Passagen finden im neuen Index sich selbst nicht.", "Der bisherige bleibt.")


def strangers(opened: OpenGeneration) -> int:
    """How many of some passages, asked for by their own vector, are not found: neither they nor their equals."""
    rows = np.arange(len(opened.vectors.columns))
    if opened.vectors.alive is not None:
        rows = rows[opened.vectors.alive]
    if not len(rows):
        return 0
    lost = 0
    for row in rows[np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64)]:
        chunk_id = int(opened.vectors.columns.chunks[row])
        vector = opened.vectors.vectors_of([chunk_id])[0]
        found = opened.vectors.search(vector, NEIGHBOURS, EVERYTHING)
        lost += chunk_id not in found and max(found.values(), default=0.0) < float(vector @ vector) - SAME
    return lost
