"""The one ranking: what the service answers with, and what the evaluation judges."""

from __future__ import annotations

from typing import Literal

import numpy as np

from indexes.embedder import Embedder
from indexes.german import ask
from indexes.lexical import LexicalIndex
from indexes.query import Hit, Scope, Scores
from indexes.vectors import VectorIndex

Side = Literal["bm25", "dense", "hybrid"]
SIDES: tuple[Side, ...] = ("bm25", "dense", "hybrid")
_CANDIDATES = 200
_DENSE_WEIGHT = 0.4


def rank(
    query: str,
    lexical: LexicalIndex,
    vectors: VectorIndex,
    embedder: Embedder,
    limit: int,
    scope: Scope,
    side: Side = "hybrid",
) -> list[Hit]:
    """The best passages for a question in words, whatever it contains; best first, ties by the smaller chunk id.

    `side` takes one of the two candidate lists alone, for the evaluation.
    """
    question = ask(query)
    words = lexical.search(question, _CANDIDATES, scope) if side != "dense" else {}
    meaning = vectors.search(embedder.encode_query(query), _CANDIDATES, scope) if side != "bm25" else {}
    if question.phrases and words:
        meaning = {chunk: score for chunk, score in meaning.items() if chunk in words}
    blended = blend(words, meaning, _DENSE_WEIGHT)
    best = list(blended)[:limit]
    rows = vectors.columns.rows_of(best)
    documents = vectors.columns.documents[rows] if len(best) else np.zeros(0, np.int64)
    return [Hit(chunk, int(document), blended[chunk]) for chunk, document in zip(best, documents, strict=True)]


def blend(lexical: Scores, dense: Scores, weight: float) -> Scores:
    """Merge two candidate lists by their scaled scores: (1 - weight) * lexical + weight * dense.

    Each list is scaled to 0..1 between its last and its best candidate; a passage missing from a list counts 0 there.
    Source: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023.
    """
    total: dict[int, float] = {}
    for scores, share in ((lexical, 1.0 - weight), (dense, weight)):
        for chunk, score in _scaled(scores).items():
            total[chunk] = total.get(chunk, 0.0) + share * score
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _scaled(scores: Scores) -> Scores:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    spread = high - low
    return {chunk: (score - low) / spread if spread else 1.0 for chunk, score in scores.items()}


def settings() -> dict[str, float]:
    """What a measurement must name to be repeated."""
    return {"candidates": _CANDIDATES, "dense_weight": _DENSE_WEIGHT}
