"""Learns what each clue counts beside a model: `python -m quality.fusion PATH… --no-learning --write`.

With `--no-learning` beside the model as it is shipped: such weights hold for it and for what a house makes of it.

The learnt weights are checked by leaving out one set at a time: each is judged by weights that never saw it.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder, load_embedder
from indexes.learnt import FUSION
from indexes.query import EVERYTHING
from indexes.rank import CLUES, evidence, weights
from quality.judged import JudgedSet, Written, read_distractors, read_set
from quality.shelf import shelved

_MOST_QUESTIONS = 300
_RIDGE = 1e-3
_TOP = 10
_STEPS = 40

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question: its candidates' clues, their documents, and how relevant each candidate's document is.

    Shapes: `clues` (n, len(CLUES)); `documents` and `grades` (n,); `ideal` is the best DCG@10 there is.
    """

    clues: Weights
    documents: NDArray[np.int64]
    grades: Weights
    ideal: float


def lessons(
    judged: JudgedSet, embedder: Embedder, extra: Sequence[Written] = (), *, learns: bool = True
) -> list[Lesson]:
    """Index a set with the product's pipeline and collect the clues for each of its questions."""
    found = []
    with shelved(judged, embedder, extra, learns=learns) as shelf:
        for query in judged.queries:
            seen = evidence(query.text, shelf.generation.lexical, shelf.generation.vectors, shelf.embedder, EVERYTHING)
            grades = [query.relevant.get(shelf.names[document], 0) for document in seen.documents.tolist()]
            ideal = sorted(query.relevant.values(), reverse=True)[:_TOP]
            found.append(Lesson(seen.clues, seen.documents, np.array(grades, float), _dcg(np.array(ideal, float))))
    return found


def learn(taught: Sequence[Lesson]) -> Weights:
    """Weights that make passages of right documents the likely choice among the candidates, summing to 1.

    Source: ListNet's top-one probability (Cao et al., ICML 2007), for a linear score, with a ridge.
    """
    useful = [lesson for lesson in taught if lesson.grades.any()]
    weight = np.ones(len(CLUES))
    for _ in range(_STEPS):
        slope, bend = 2 * _RIDGE * weight, 2 * _RIDGE * np.eye(len(CLUES))
        for lesson in useful:
            one_slope, one_bend = _pull(lesson, weight)
            slope, bend = slope + one_slope / len(useful), bend + one_bend / len(useful)
        weight = np.maximum(0.0, weight - np.linalg.solve(bend, slope))
    learnt: Weights = weight / weight.sum()
    return learnt


def _pull(lesson: Lesson, weight: Weights) -> tuple[Weights, Weights]:
    """Slope of one question's loss, and an upper bound of its curvature that is never negative."""
    scores, right = lesson.clues @ weight, lesson.grades > 0
    everyone, chosen = _softmax(scores), _softmax(scores[right])
    mean = everyone @ lesson.clues
    apart = lesson.clues - mean
    return mean - chosen @ lesson.clues[right], (apart * everyone[:, None]).T @ apart


def ndcg(lesson: Lesson, weight: Weights) -> float:
    """nDCG@10 of the documents by their best passage."""
    scores = lesson.clues @ weight
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(lesson.documents[order], return_index=True)
    grades = lesson.grades[order[np.sort(first)[:_TOP]]]
    return _dcg(grades) / lesson.ideal if lesson.ideal else 0.0


def leave_one_out(sets: dict[str, list[Lesson]]) -> dict[str, tuple[float, float]]:
    """For each set: nDCG@10 under weights learnt from the others, and under weights learnt from all."""
    everything = learn([lesson for taught in sets.values() for lesson in _sample(taught)])
    found = {}
    for name, taught in sets.items():
        others = learn([one for other, lessons_ in sets.items() if other != name for one in _sample(lessons_)])
        found[name] = (_mean(taught, others), _mean(taught, everything))
    return found


def _mean(taught: Sequence[Lesson], weight: Weights) -> float:
    return float(np.mean([ndcg(lesson, weight) for lesson in taught]))


def _sample(taught: Sequence[Lesson]) -> Sequence[Lesson]:
    """At most so many questions of a set, spread over it: a large set should not decide alone."""
    return taught[:: -(-len(taught) // _MOST_QUESTIONS)]


def _dcg(grades: Weights) -> float:
    return float((grades / np.log2(np.arange(2, len(grades) + 2))).sum())


def _softmax(scores: Weights) -> Weights:
    powers = np.exp(scores - scores.max())
    share: Weights = powers / powers.sum()
    return share


def replace_weights(file: Path, record: dict[str, Any]) -> None:
    """Put the weights of one model in the place of its old ones, or behind the others; what else it has stays."""
    every: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
    names = [one["model"] for one in every]
    place = names.index(record["model"]) if record["model"] in names else len(every)
    known = every[place] if place < len(every) else every[0]
    every[place : place + 1] = [{**known, **record}]
    file.write_text(json.dumps(every, indent=1) + "\n", "utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.fusion", description="Lernt die Gewichte der Suche.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--model", default="schnell")
    parser.add_argument("--distractors", type=Path)
    parser.add_argument("--distractor-count", type=int, default=300)
    parser.add_argument("--no-learning", dest="learning", action="store_false", help="das Modell lernt nicht dazu")
    parser.add_argument("--write", action="store_true", help="die Gewichte dieses Modells in der Datei ersetzen")
    options = parser.parse_args()
    embedder = load_embedder(options.model, threads=os.cpu_count() or 1)
    extra = read_distractors(options.distractors, options.distractor_count) if options.distractors else ()
    sets = {}
    for judged in map(read_set, options.paths):
        beside = extra if judged.folder else ()
        sets[judged.name] = lessons(judged, embedder, beside, learns=options.learning)
    print("bisher      ", {name: round(_mean(taught, weights(embedder.origin)), 4) for name, taught in sets.items()})
    print("ohne den Satz / mit allen", {name: tuple(np.round(v, 4)) for name, v in leave_one_out(sets).items()})
    learnt = learn([lesson for taught in sets.values() for lesson in _sample(taught)])
    record: dict[str, Any] = {
        "model": options.model,
        "weights": {clue: round(float(weight), 4) for clue, weight in zip(CLUES, learnt, strict=True)},
        "learnt_from": {name: len(taught) for name, taught in sets.items()},
        "fingerprint": embedder.origin,
    }
    print(json.dumps(record, indent=1))
    if options.write:
        replace_weights(FUSION, record)


if __name__ == "__main__":
    main()
