"""Figures for a ranking, how sure they are, and whether two rankings really differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

MEASURES = ("nDCG@10", "MRR@10", "recall@1", "recall@5", "recall@10", "recall@50")
_IR_NAMES = {"nDCG@10": "nDCG@10", "MRR@10": "RR@10"} | {f"recall@{k}": f"R@{k}" for k in (1, 5, 10, 50)}
_RESAMPLES = 2_000
_SEED = 20_261_123

PerQuery = dict[str, dict[str, float]]
"""Measure to query id to value."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % bootstrap interval over queries."""

    mean: float
    low: float
    high: float


def per_query(relevant: Mapping[str, Mapping[str, int]], run: Mapping[str, Sequence[str]]) -> PerQuery:
    """Judge rankings (query id to document ids, best first); a query without an answer counts 0.

    Source: ir-measures, which wraps trec_eval; checked against values worked out by hand in the tests.
    """
    import ir_measures

    names = {ir_measures.parse_measure(ir_name): name for name, ir_name in _IR_NAMES.items()}
    scored = {
        query: {document: float(len(ranking) - place) for place, document in enumerate(ranking)}
        for query, ranking in run.items()
    }
    values: PerQuery = {name: dict.fromkeys(relevant, 0.0) for name in MEASURES}
    judged = {query: dict(grades) for query, grades in relevant.items()}
    for metric in ir_measures.iter_calc(list(names), judged, scored):
        values[names[metric.measure]][metric.query_id] = float(metric.value)
    return values


def interval(values: Sequence[float]) -> Interval:
    """Percentile bootstrap with a fixed seed: the same values always give the same interval."""
    sample = np.asarray(values, np.float64)
    if not len(sample):
        return Interval(0.0, 0.0, 0.0)
    picks = np.random.default_rng(_SEED).integers(0, len(sample), (_RESAMPLES, len(sample)))
    low, high = np.percentile(sample[picks].mean(axis=1), (2.5, 97.5))
    return Interval(float(sample.mean()), float(low), float(high))


def difference_p(first: Sequence[float], second: Sequence[float]) -> float:
    """How often chance alone would part two paired lists this far: two-sided sign-flip permutation test.

    Source: Smucker, Allan and Carterette, "A comparison of statistical significance tests for information
        retrieval evaluation", CIKM 2007.
    """
    gaps = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    if not np.any(gaps):
        return 1.0
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), (10_000, len(gaps)))
    means = np.abs((signs * gaps).mean(axis=1))
    return float((np.sum(means >= abs(gaps.mean()) - 1e-12) + 1) / (len(means) + 1))
