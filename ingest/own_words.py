"""What the model may learn from the house itself: its own passages, and which words go together in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import func, select

from catalogue.access import Reader, may_see
from catalogue.connection import Sessions
from catalogue.tables import Chunk, Collection, Document, Revision
from indexes.adaptation import Adaptation
from indexes.static import StaticEmbedder

ENOUGH_PASSAGES = 100
"""Fewer teach a model their accidents, not their language."""
MOST_PASSAGES = 20_000
"""Of more than this as many are taken, whole documents by lot: that keeps learning under a minute."""
OUTGROWN = 2
"""Once a house has so many times the passages that were learnt from, it is time to learn again."""
_READ_REVISIONS = 200
_SEED = 7


class Passage(NamedTuple):
    """A stored passage with the headings it stands under, outermost first."""

    title: str
    headings: tuple[str, ...]
    text: str


Teacher = Callable[[StaticEmbedder, Sequence[Passage]], Adaptation | None]
"""Lets a static model learn from passages; None when nothing came of it."""


def is_outgrown(passages: int, learnt_from: int) -> bool:
    """Whether so many passages deserve a model that learns from them, if it has learnt from some before."""
    return passages >= max(ENOUGH_PASSAGES, OUTGROWN * learnt_from)


def passages_for(sessions: Sessions, everyone: Reader, revisions: Sequence[int]) -> list[Passage]:
    """The passages of these revisions, in their order; of very many those of some, drawn by lot, always the same.

    `everyone` is a reader who may see no more than anybody: what only some may see would show in how others' questions
    are answered.
    """
    lots = np.random.default_rng(_SEED).permutation(len(revisions)).tolist()
    ordered = sorted(revisions)
    found: dict[int, list[Passage]] = {}
    taken = 0
    with sessions() as session:
        for start in range(0, len(lots), _READ_REVISIONS):
            part = [ordered[lot] for lot in lots[start : start + _READ_REVISIONS]]
            rows = session.execute(
                select(Chunk.revision_id, func.coalesce(Revision.title, ""), Chunk.headings, Chunk.text)
                .join(Revision, Revision.id == Chunk.revision_id)
                .join(Document, Document.id == Revision.document_id)
                .join(Collection, Collection.id == Document.collection_id)
                .where(Chunk.revision_id.in_(part), may_see(everyone))
                .order_by(Chunk.revision_id, Chunk.ordinal)
            )
            for revision_id, title, headings, text in rows:
                found.setdefault(revision_id, []).append(Passage(title, tuple(headings), text))
                taken += 1
            if taken >= MOST_PASSAGES:
                break
    return [passage for revision_id in sorted(found) for passage in found[revision_id]]
