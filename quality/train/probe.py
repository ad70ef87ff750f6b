"""A quick look at what the vectors alone can do on BEIR-layout sets; the whole pipeline is judged elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder
from indexes.static import unit

_WINDOW, _OVERLAP = 180, 30


@dataclass(frozen=True, slots=True)
class Score:
    """Per query nDCG@10, recall@10 (0 or 1 where one passage answers), in the order of the queries."""

    ndcg: NDArray[np.float64]
    recall: NDArray[np.float64]


def probe(embedder: Embedder, queries_of: Path, corpus_of: Path | None = None, *, dim: int | None = None) -> Score:
    """Rank the corpus of one set for the queries of another (by default the same); a document by its best window."""
    documents = _lines((corpus_of or queries_of) / "corpus.jsonl")
    texts, owner = _windows(documents)
    passages = _cut(embedder.encode_documents(texts), dim)
    queries = _lines(queries_of / "queries.jsonl")
    vectors = _cut(np.stack([embedder.encode_query(query["text"]) for query in queries]), dim)
    best = np.full((len(queries), len(documents)), -2.0, np.float32)
    np.maximum.at(best.T, owner, (vectors @ passages.T).T)
    relevant = _relevant(queries_of / "qrels.tsv")
    return _judge(best, [document["_id"] for document in documents], [relevant[query["_id"]] for query in queries])


def documents(folder: Path) -> Iterator[str]:
    """The texts of every BEIR-layout set in the folder."""
    for file in sorted(folder.glob("*/corpus.jsonl")):
        yield from (document["text"] for document in _lines(file))


def golden(embedder: Embedder, file: Path) -> Score:
    """Golden questions against their own answering passages, each under its headings: one is right, the others not."""
    asked = [record for record in _lines(file) if record.get("passage")]
    texts = [f"{' '.join(record.get('headings', []))}\n{record['passage']}" for record in asked]
    passages = sorted(set(texts))
    vectors = np.stack([embedder.encode_query(record["question"]) for record in asked])
    return _judge(vectors @ embedder.encode_documents(passages).T, passages, [{text: 1.0} for text in texts])


def _judge(scores: NDArray[np.float32], ids: Sequence[str], relevant: Sequence[Mapping[str, float]]) -> Score:
    """Shapes: scores (queries, documents); `relevant` says for each query which ids are how relevant."""
    ndcg, found = [], []
    for row, right in zip(np.argsort(-scores, axis=1, kind="stable")[:, :10], relevant, strict=True):
        gains = [right.get(ids[place], 0.0) for place in row]
        ndcg.append(_dcg(gains) / _dcg(sorted(right.values(), reverse=True)[:10]))
        found.append(sum(gain > 0 for gain in gains) / min(10, len(right)))
    return Score(np.asarray(ndcg), np.asarray(found))


def interval(values: NDArray[np.float64], *, rounds: int = 1000, seed: int = 1) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean over queries."""
    drawn = np.random.default_rng(seed).integers(0, len(values), (rounds, len(values)))
    low, high = np.percentile(values[drawn].mean(1), [2.5, 97.5])
    return float(low), float(high)


def _dcg(gains: Sequence[float]) -> float:
    return float(sum(gain / np.log2(place + 2) for place, gain in enumerate(gains)))


def _cut(rows: NDArray[np.float32], dim: int | None) -> NDArray[np.float32]:
    return unit(rows[:, :dim])


def _windows(documents: Sequence[Mapping[str, Any]]) -> tuple[list[str], NDArray[np.int64]]:
    texts, owner = [], []
    for number, document in enumerate(documents):
        words = document["text"].split()
        for start in range(0, max(1, len(words) - _OVERLAP), _WINDOW - _OVERLAP):
            texts.append(f"{document.get('title', '')}\n{' '.join(words[start : start + _WINDOW])}")
            owner.append(number)
    return texts, np.asarray(owner)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _relevant(file: Path) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for line in file.read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        found.setdefault(query, {})[document] = float(grade)
    return found
