"""Judges and learns the check of written sentences: `python -m quality.support PAIRS [MORE…] [--write FILE]`.

A pair is a sentence and the passage it cites. The tuning half of the first file teaches the weights and sets the
threshold; those of the others only help to teach, as they are harder than what is met with. Every other half only gives
figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalogue.access import visible_chunks
from indexes.answer.clues import Floats
from indexes.answer.support import SUPPORT_CLUES, Source, SupportWeights, shipped, support_clues
from indexes.embedder import Embedder, load_embedder
from quality.judged import JudgedSet, parts_of, read_lines
from quality.shelf import shelved
from quality.trust import learn_trust

_LOST = 0.05
_HELPS = 0.3


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence and what it cites; `clues` is None where a number of it does not stand there."""

    id: str
    part: str
    supported: bool
    clues: Floats | None


@dataclass(frozen=True, slots=True)
class Caught:
    """How many unsupported sentences were cut, and how many good ones with them."""

    part: str
    unsupported: int
    caught: int
    supported: int
    lost: int


def read_pairs(file: Path, embedder: Embedder) -> list[Pair]:
    """Read the documents in that lie beside the file, and find the passage of each pair by the words it gives."""
    lines = list(read_lines(file))
    folder = file.resolve().parent
    found = []
    with shelved(JudgedSet(file.stem, (), (), folder, parts_of(line["document"] for line in lines)), embedder) as shelf:
        with shelf.sessions() as session:
            rows = session.execute(visible_chunks(shelf.reader)).all()
            passages = [(shelf.names[row[2].id], row[1].title or "", row[0]) for row in rows]
        for line in lines:
            title, chunk = next(
                (title, chunk)
                for name, title, chunk in passages
                if name == line["document"] and _plain(line["passage"]) in _plain(chunk.text)
            )
            clues = support_clues(line["sentence"], Source(title, tuple(chunk.headings), chunk.text), embedder)
            found.append(Pair(line["id"], line["part"], line["supported"], clues))
    return found


def learn(pairs: Sequence[Pair], more: Sequence[Pair] = ()) -> SupportWeights:
    """Weights from pairs whose numbers stand; as strict as can be while 95 % of the good ones pass, out of fold.

    `more` pairs teach as well, each counting less, but have no say in how strict to be.
    """
    taught = [pair for pair in (*pairs, *more) if pair.clues is not None]
    clues, right = np.array([pair.clues for pair in taught]), np.array([pair.supported for pair in taught])
    own = sum(pair.clues is not None for pair in pairs)
    counts = np.where(np.arange(len(right)) < own, 1.0, _HELPS)
    values = []
    for place in np.flatnonzero(right[:own]):
        others = np.arange(len(right)) != place
        weights = learn_trust(clues[others], right[others], counts[others])
        values.append(float(clues[place] @ weights[:-1] + weights[-1]))
    return SupportWeights(learn_trust(clues, right, counts), sorted(values)[int(_LOST * len(values))])


def judge_support(pairs: Sequence[Pair], weights: SupportWeights) -> list[Caught]:
    """Figures for each part."""
    return [
        _caught(part, [pair for pair in pairs if pair.part == part], weights)
        for part in sorted({pair.part for pair in pairs})
    ]


def _caught(part: str, pairs: Sequence[Pair], learnt: SupportWeights) -> Caught:
    stands = {
        pair.id: pair.clues is not None
        and float(pair.clues @ learnt.weights[:-1] + learnt.weights[-1]) >= learnt.threshold
        for pair in pairs
    }
    bad, good = [p for p in pairs if not p.supported], [p for p in pairs if p.supported]
    return Caught(part, len(bad), sum(not stands[p.id] for p in bad), len(good), sum(not stands[p.id] for p in good))


def as_text(figures: Sequence[Caught]) -> str:
    """A line for each part."""
    return "\n".join(
        f"{one.part}: {one.caught} von {one.unsupported} unbelegten Sätzen gestrichen, "
        f"{one.lost} von {one.supported} belegten verloren"
        for one in figures
    )


def as_record(learnt: SupportWeights) -> dict[str, object]:
    """Weights by name."""
    named = zip((*SUPPORT_CLUES, "alone"), learnt.weights, strict=True)
    return {"weights": {name: round(float(value), 4) for name, value in named}, "threshold": round(learnt.threshold, 4)}


def _plain(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.support", description="Prüft die Prüfung der Belege.")
    parser.add_argument("path", type=Path, metavar="PAARE")
    parser.add_argument("more", type=Path, nargs="*", metavar="WEITERE")
    parser.add_argument("--model", default="schnell")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    embedder = load_embedder(options.model)
    files = {path: read_pairs(path, embedder) for path in (options.path, *options.more)}
    if options.write:
        learnt = learn(tuning(files[options.path]), [pair for path in options.more for pair in tuning(files[path])])
        record = {**as_record(learnt), "fingerprint": embedder.fingerprint}
        options.write.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    else:
        learnt = shipped()
    for path, found in files.items():
        print(f"{path.name}\n{as_text(judge_support(found, learnt))}")


def tuning(pairs: Sequence[Pair]) -> list[Pair]:
    """Those that may be learnt from."""
    return [pair for pair in pairs if pair.part == "tune"]


if __name__ == "__main__":
    main()
