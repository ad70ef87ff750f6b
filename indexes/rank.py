"""The one ranking: what the service answers with, and what the evaluation judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder
from indexes.german import Question, ask
from indexes.learnt import learnt_beside
from indexes.letters import alike
from indexes.lexical import LexicalIndex
from indexes.query import Hit, Scope, Scores
from indexes.segments import VectorIndex
from indexes.vectors import Rows, Vectors

Side = Literal["bm25", "dense", "hybrid"]
SIDES: tuple[Side, ...] = ("bm25", "dense", "hybrid")
CLUES = ("words", "document_words", "meaning", "document_meaning", "exact", "letters")
"""What a passage is judged by: BM25 of stems, parts and roots; BM25 of its whole document; cosine of the passage;
cosine of its whole document; and those that are best so far by BM25 of the exact spelling and of runs of letters."""
_CANDIDATES = 200
_LOOKED_AT = 60
_AT_FIRST = 4
_HARDLY_ALIKE = 0.3
"""Where even the best passage has fewer letters of the question, as with one in another language, they tell little."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidates for one question with everything they are judged by.

    Shapes: `clues` (len(chunks), len(CLUES)) float64, each column scaled to about 0..1 over the candidates.
    """

    chunks: NDArray[np.int64]
    documents: NDArray[np.int64]
    clues: NDArray[np.float64]


def rank(
    query: str | Question,
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
    if side == "hybrid":
        found = evidence(query, lexical, vectors, embedder, scope)
        scores = found.clues @ weights(embedder.origin)
    else:
        found, scores = _one_side(query, lexical, vectors, embedder, scope, side)
    order = np.lexsort((found.chunks, -scores))[:limit]
    columns = (column[order].tolist() for column in (found.chunks, found.documents, scores))
    return list(map(Hit, *columns))


def evidence(
    query: str | Question, lexical: LexicalIndex, vectors: VectorIndex, embedder: Embedder, scope: Scope
) -> Evidence:
    """Candidates of both sides; what one side found alone, the other is asked about."""
    question = analysed(query)
    vector = embedder.encode_query(question.text)
    by_words = lexical.search(question, _CANDIDATES, scope)
    by_meaning = {} if question.phrases and by_words else vectors.search(vector, _CANDIDATES, scope)
    chunks = sorted(lexical.kept(question, by_words.keys() | by_meaning.keys()))
    rows = vectors.columns.rows_of(chunks)
    documents = vectors.columns.documents[rows]
    unique, place = np.unique(documents, return_inverse=True)
    at_first = (
        _share_of_best(by_words, chunks, _beyond(by_words)),
        _share_of_best(lexical.documents(question, _CANDIDATES, scope), unique.tolist())[place],
        _scaled(_cosines(vectors, vector, rows, [by_meaning.get(chunk) for chunk in chunks]), _floor(by_meaning)),
        _scaled(vectors.documents_like(vector, unique), None)[place],
    )
    clues = np.zeros((len(chunks), len(CLUES)))
    clues[:, :_AT_FIRST] = np.stack(at_first, axis=1)
    best = np.argsort(-(clues @ weights(embedder.origin)), kind="stable")[:_LOOKED_AT]
    clues[best, _AT_FIRST:] = _closely(question, lexical, vectors, [chunks[number] for number in best], rows[best])
    return Evidence(np.array(chunks, np.int64), documents, clues)


def _closely(
    question: Question, lexical: LexicalIndex, vectors: VectorIndex, chunks: Sequence[int], rows: Rows
) -> NDArray[np.float64]:
    """How some passages are written, beside the question, as shares of the best.

    Shapes: `rows` (len(chunks),), of these passages; (len(chunks), 2).
    """
    letters = alike(lexical.rarity(question), vectors.texts(rows), vectors.mean_text_bytes)
    exact = _share_of_best(lexical.exact(question, chunks), chunks)
    return np.stack([exact, letters / letters.max(initial=_HARDLY_ALIKE)], axis=1)


def _beyond(found: Scores) -> float:
    """What a passage that is not among the best is given: nothing if all were found, else half of the last one's."""
    return min(found.values()) / 2 if len(found) >= _CANDIDATES else 0.0


def _cosines(vectors: VectorIndex, vector: Vectors, rows: Rows, known: Sequence[float | None]) -> Vectors:
    """Shapes: (len(rows),) float32; only the vectors of those that are not `known` are read."""
    cosines = np.array(known, np.float32)  # None becomes NaN
    missing = np.flatnonzero(np.isnan(cosines))
    cosines[missing] = vectors.cosines(vector, rows[missing])
    return cosines


def analysed(query: str | Question) -> Question:
    """A query as a question, if it is not one yet."""
    return ask(query) if isinstance(query, str) else query


def _one_side(
    query: str | Question, lexical: LexicalIndex, vectors: VectorIndex, embedder: Embedder, scope: Scope, side: Side
) -> tuple[Evidence, NDArray[np.float64]]:
    question = analysed(query)
    if side == "bm25":
        found = lexical.search(question, _CANDIDATES, scope)
    else:
        found = vectors.search(embedder.encode_query(question.text), _CANDIDATES, scope)
    chunks = np.fromiter(found, np.int64, len(found))
    documents = vectors.columns.documents[vectors.columns.rows_of(chunks)]
    return Evidence(chunks, documents, np.zeros((len(chunks), len(CLUES)))), np.fromiter(found.values(), np.float64)


def _share_of_best(scores: Scores, ids: Sequence[int], otherwise: float = 0.0) -> NDArray[np.float64]:
    """Scores as shares of the best one; `otherwise` is the score of what was not found."""
    best = max(scores.values(), default=0.0) or 1.0
    return np.array([scores.get(number, otherwise) / best for number in ids], np.float64)


def _floor(scores: Scores) -> float | None:
    return min(scores.values(), default=None)


def _scaled(values: NDArray[np.float32], floor: float | None) -> NDArray[np.float64]:
    """Values as places between the floor (the lowest, if none is given) and the best; below the floor is negative."""
    if not len(values):
        return np.zeros(0)
    low, high = float(values.min()) if floor is None else floor, float(values.max())
    return (values.astype(np.float64) - low) / (high - low) if high > low else np.zeros(len(values))


@lru_cache(maxsize=4)
def weights(fingerprint: str) -> NDArray[np.float64]:
    """What each clue counts beside this model, learnt by `python -m quality.fusion`; a strange one gets the first.

    Shapes: (len(CLUES),) float64, summing to 1.
    """
    counts: Mapping[str, float] = learnt_beside(fingerprint)["weights"]
    return np.array([counts[clue] for clue in CLUES])


def settings(fingerprint: str) -> dict[str, float]:
    """What a measurement with this model must name to be repeated."""
    learnt = zip(CLUES, weights(fingerprint), strict=True)
    return {"candidates": _CANDIDATES, **{clue: round(float(weight), 3) for clue, weight in learnt}}
