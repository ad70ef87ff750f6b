"""Which units answer a question, and whether that is worth saying; `python -m quality.trust` learns the weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from indexes.answer.clues import TRUST_CLUES, UNIT_CLUES, Candidate, Floats, Judged, trusted

MOST_UNITS = 3
_NEARLY = 0.3
_WEIGHTS = Path(__file__).parent / "weights.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """What each clue counts, and from which trust on an answer is given.

    Shapes: `choice` (len(UNIT_CLUES),); `trust` (len(TRUST_CLUES) + 1,), the last one alone.
    """

    choice: Floats
    trust: Floats
    threshold: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The units that answer, the best first, and how far they can be trusted, between 0 and 1."""

    units: tuple[Candidate, ...]
    trust: float


def choose(judged: Judged, weights: Weights) -> Choice:
    """The best unit and those nearly as good, at most three, each text once."""
    if not judged.candidates:
        return Choice((), 0.0)
    scores = judged.clues @ weights.choice
    near = best_of(scores)
    chosen = {judged.candidates[place].unit.shown: judged.candidates[place] for place in reversed(near)}
    clues = trusted(judged, scores, near[0])
    return Choice(tuple(reversed(chosen.values())), trust_of(clues, weights.trust))


def best_of(scores: Floats) -> list[int]:
    """The place of the best unit, and those of units nearly as good; at most three.

    Shapes: `scores` (units,), log weights.
    """
    order = np.argsort(-scores, kind="stable")[:MOST_UNITS]
    return [int(place) for place in order if np.exp(scores[place] - scores[order[0]]) >= _NEARLY]


def trust_of(clues: Floats, trust: Floats) -> float:
    """The probability that the answer is right.

    Shapes: `clues` (len(TRUST_CLUES),); `trust` as in `Weights`.
    """
    return float(1.0 / (1.0 + np.exp(-(clues @ trust[:-1] + trust[-1]))))


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """The weights that come with the program."""
    return read_weights(json.loads(_WEIGHTS.read_text("utf-8")))


def read_weights(learnt: dict[str, Any]) -> Weights:
    """Weights by the names of the clues, as `as_record` wrote them."""
    choice = np.array([learnt["choice"][name] for name in UNIT_CLUES])
    trust = np.array([learnt["trust"][name] for name in (*TRUST_CLUES, "alone")])
    return Weights(choice, trust, float(learnt["threshold"]))


def as_record(weights: Weights) -> dict[str, Any]:
    """Weights by name."""
    return {
        "choice": {name: round(float(value), 4) for name, value in zip(UNIT_CLUES, weights.choice, strict=True)},
        "trust": {
            name: round(float(value), 4) for name, value in zip((*TRUST_CLUES, "alone"), weights.trust, strict=True)
        },
        "threshold": round(weights.threshold, 4),
    }
