"""Learns which sentences answer and when to trust them: `python -m quality.trust FILE… --write FILE`.

Only the tuning half is looked at. Two things are learnt: which of the units of the best passages holds the reference
sentence, and how likely the best one is right. Questions whose answer is kept from the passages join as questions
without an answer: they are as near to what the documents say as it gets. `--also` adds sets in which only the right
document is known; they count less.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexes.answer.choose import Weights, as_record, best_of, trust_of
from indexes.answer.clues import UNIT_CLUES, Evidence, Floats, Judged, trusted
from indexes.answer.quote import PER_DOCUMENT, READ_PASSAGES
from indexes.embedder import Embedder, load_embedder
from indexes.search import SearchRequest
from quality.answers import Asked, answering, holds, read_asked
from quality.judged import Written, read_distractors, read_set
from quality.shelf import Shelf, shelved

_CHOICE_RIDGE, _TRUST_RIDGE = 0.02, 0.1
_STEPS = 50
_FOLDS = 5
_KEPT_BACK, _ELSEWHERE = 0.2, 0.2
_ABSTENTION = 0.93
_MOST_QUESTIONS = 300
_SPARE = 12
_STRANGERS = 300

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question: its units, which of them are right, and the units of passages that can't hold the answer.

    `fold` is the same whatever documents lie beside: weights that judge a question have not seen it elsewhere.

    Shapes: `right` (len(judged.candidates),).
    """

    judged: Judged
    right: Flags
    without: Judged | None
    fold: int
    weight: float = 1.0


def lessons(file: Path, embedder: Embedder, beside: Sequence[Written] = ()) -> list[Lesson]:
    """The tuning half of a file of judged questions, asked with the documents `beside` as well."""
    asked = [one for one in read_asked(file) if one.part == "tune"]
    with answering(file, read_asked(file), embedder, beside) as shelf:
        found = [_lesson(one, shelf, embedder) for one in asked]
    return [lesson for lesson in found if lesson.judged.candidates]


def _lesson(one: Asked, shelf: Shelf, embedder: Embedder) -> Lesson:
    judged, without = _with_and_without(one.question, set(one.documents), shelf, embedder)
    right = [
        shelf.names[item.passage.document_id] in one.documents
        and holds(f"{item.unit.lead} {item.unit.shown}", one.reference)
        for item in judged.candidates
    ]
    return Lesson(judged, np.array(right, bool), without if one.reference else None, _fold(one.question))


def lessons_elsewhere(folder: Path, embedder: Embedder) -> list[Lesson]:
    """A set in which only the right document is known: every unit of it counts as right."""
    judged_set = read_set(folder)
    queries = judged_set.queries[:: -(-len(judged_set.queries) // _MOST_QUESTIONS)]
    found = []
    with shelved(judged_set, embedder) as shelf:
        for query in queries:
            judged, without = _with_and_without(query.text, set(query.relevant), shelf, embedder)
            right = [shelf.names[item.passage.document_id] in query.relevant for item in judged.candidates]
            found.append(Lesson(judged, np.array(right, bool), without, _fold(query.text), _ELSEWHERE))
    return [lesson for lesson in found if lesson.judged.candidates]


def _with_and_without(question: str, documents: set[str], shelf: Shelf, embedder: Embedder) -> tuple[Judged, Judged]:
    request = SearchRequest(question, READ_PASSAGES + _SPARE, 0, per_document=PER_DOCUMENT)
    with shelf.sessions() as session:
        results = shelf.searcher.search(session, request, shelf.view())
    evidence = Evidence(results.question, question, shelf.generation.lexical, embedder)
    other = [passage for passage in results.passages if shelf.names[passage.document_id] not in documents]
    return evidence.judge(results.passages[:READ_PASSAGES]), evidence.judge(other[:READ_PASSAGES])


def learn_choice(taught: Sequence[Lesson]) -> Floats:
    """Weights that make a right unit the likely choice among the units of a question.

    Source: ListNet's top-one probability (Cao et al., ICML 2007), for a linear score, with a ridge.
    """
    mean, spread = _scale(np.concatenate([lesson.judged.clues for lesson in taught]))
    useful = [((lesson.judged.clues - mean) / spread, lesson.right) for lesson in taught if lesson.right.any()]
    weight = np.zeros(len(UNIT_CLUES))
    for _ in range(_STEPS):
        slope, bend = 2 * _CHOICE_RIDGE * weight, 2 * _CHOICE_RIDGE * np.eye(len(weight))
        for clues, right in useful:
            everyone, chosen = _softmax(clues @ weight), _softmax(clues[right] @ weight)
            apart = clues - everyone @ clues
            slope = slope + (everyone @ clues - chosen @ clues[right]) / len(useful)
            bend = bend + (apart * everyone[:, None]).T @ apart / len(useful)
        weight = weight - np.linalg.solve(bend, slope)
    learnt: Floats = weight / spread
    return learnt


def learn_trust(clues: Floats, right: Flags, counts: Floats) -> Floats:
    """Logistic regression with a ridge; the last weight stands alone.

    Shapes: `clues` (n, len(TRUST_CLUES)); `right` and `counts` (n,).
    """
    mean, spread = _scale(clues)
    rows = np.hstack([(clues - mean) / spread, np.ones((len(clues), 1))])
    ridge = _TRUST_RIDGE * np.eye(rows.shape[1])
    ridge[-1, -1] = 1e-6
    counts = counts / counts.sum()
    weight = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-rows @ weight))
        slope = rows.T @ (counts * (likely - right)) + ridge @ weight
        weight = weight - np.linalg.solve((rows * (counts * likely * (1 - likely))[:, None]).T @ rows + ridge, slope)
    return np.array([*(weight[:-1] / spread), weight[-1] - float((weight[:-1] * mean / spread).sum())])


def learn(taught: Sequence[Lesson], elsewhere: Sequence[Lesson]) -> Weights:
    """Both kinds of weights; what is trusted is learnt from choices made by weights that never saw the question."""
    choice = learn_choice(taught)
    examples = [example for part, weight in _folds(taught) for example in _examples(part, weight)]
    examples += _examples(elsewhere, choice)
    clues, right, counts = (np.array(column) for column in zip(*examples, strict=True))
    return Weights(choice, learn_trust(clues, right.astype(bool), counts), 0.5)


def _folds(taught: Sequence[Lesson]) -> Iterator[tuple[list[Lesson], Floats]]:
    """Each part of the lessons with weights learnt from the others."""
    for fold in range(_FOLDS):
        others = [lesson for lesson in taught if lesson.fold != fold]
        yield [lesson for lesson in taught if lesson.fold == fold], learn_choice(others)


def _examples(taught: Sequence[Lesson], choice: Floats) -> Iterator[tuple[Floats, bool, float]]:
    for lesson in taught:
        clues, right = _chosen(lesson.judged, lesson.right, choice)
        yield clues, right, lesson.weight
        if lesson.without is not None and lesson.without.candidates:
            nothing = np.zeros(len(lesson.without.candidates), bool)
            yield _chosen(lesson.without, nothing, choice)[0], False, lesson.weight * _KEPT_BACK


def _chosen(judged: Judged, right: Flags, choice: Floats) -> tuple[Floats, bool]:
    """What speaks for the units that would be shown, and whether one of them is right."""
    scores = judged.clues @ choice
    near = best_of(scores)
    return trusted(judged, scores, near[0]), bool(right[near].any())


def out_of_fold(taught: Sequence[Lesson], elsewhere: Sequence[Lesson]) -> list[tuple[float, bool]]:
    """For each question, how far weights that never saw it trust their answer to it, and whether that is right."""
    found = {}
    for fold in range(_FOLDS):
        learnt = learn([lesson for lesson in taught if lesson.fold != fold], elsewhere)
        for place, lesson in enumerate(taught):
            if lesson.fold == fold:
                clues, right = _chosen(lesson.judged, lesson.right, learnt.choice)
                found[place] = (trust_of(clues, learnt.trust), right)
    return [found[place] for place in range(len(taught))]


def threshold_of(taught: Sequence[Lesson], judged: Sequence[tuple[float, bool]]) -> float:
    """The trust that is asked for so that most questions without an answer get none."""
    nothing = [trust for lesson, (trust, _) in zip(taught, judged, strict=True) if lesson.without is None]
    return float(np.quantile(nothing, _ABSTENTION))


def expected(taught: Sequence[Lesson], judged: Sequence[tuple[float, bool]], threshold: float) -> dict[str, int]:
    """What the threshold lets through, out of fold."""
    rows = [
        (lesson.without is not None, trust >= threshold, right)
        for lesson, (trust, right) in zip(taught, judged, strict=True)
    ]
    return {
        "with_answer": sum(has for has, _, _ in rows),
        "answered": sum(has and given for has, given, _ in rows),
        "right": sum(has and given and right for has, given, right in rows),
        "without_answer": sum(not has for has, _, _ in rows),
        "abstained": sum(not has and not given for has, given, _ in rows),
    }


def _fold(question: str) -> int:
    return crc32(question.encode()) % _FOLDS


def _scale(rows: Floats) -> tuple[Floats, Floats]:
    return rows.mean(axis=0), rows.std(axis=0) + 1e-6


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    share: Floats = powers / powers.sum()
    return share


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.trust", description="Lernt, welchen Sätzen zu trauen ist.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--also", nargs="*", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--beside", type=Path, metavar="FILE", help="every question again, with these strangers beside")
    parser.add_argument("--model", default="schnell")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    embedder = load_embedder(options.model)
    # Those that figures are given with are the first ones.
    shelves = [(), read_distractors(options.beside, 2 * _STRANGERS)[_STRANGERS:]] if options.beside else [()]
    taught = [lesson for beside in shelves for path in options.paths for lesson in lessons(path, embedder, beside)]
    elsewhere = [lesson for path in options.also for lesson in lessons_elsewhere(path, embedder)]
    judged = out_of_fold(taught, elsewhere)
    weights = replace(learn(taught, elsewhere), threshold=threshold_of(taught, judged))
    names = [path.name for path in (*options.paths, *options.also, *filter(None, [options.beside]))]
    record = {
        **as_record(weights), "learnt_from": names, "fingerprint": embedder.fingerprint,
        "out_of_fold": expected(taught, judged, weights.threshold),
    }  # fmt: skip
    print(json.dumps(record, indent=1))
    if options.write:
        options.write.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
