"""How much of a question is written in a passage, letter by letter: by runs of four letters that both hold.

It sees what no dictionary knows: parts of compounds, other endings, slips of the pen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexes.texts import spelt

RUN = 4
_SHORTEST = 2
_K1, _B = 1.2, 0.75
_SPREAD = np.uint32(2654435761)
_TABLE_BITS = 16
_NOBODY = np.int16(-1)


def runs_of(word: str) -> list[bytes]:
    """The runs of a word, of a short one with the blanks around it; none of a single letter.

    Shapes: each run is `RUN` bytes.
    """
    written = spelt(word).strip()
    if len(written) >= RUN:
        return [written[start : start + RUN] for start in range(len(written) - RUN + 1)]
    return [b" %b " % written if len(written) == _SHORTEST else b" %b" % written] if len(written) >= _SHORTEST else []


def alike(weights: Mapping[str, float], texts: Sequence[bytes], mean_bytes: float) -> NDArray[np.float64]:
    """BM25 of the question's runs in each text, as a share of the most there can be.

    A run weighs what the weightiest word that holds it weighs.

    `weights` gives each word of the question its weight, `mean_bytes` is how long texts are here.

    Shapes: (len(texts),) float64, from 0 to 1.
    """
    weight_of: dict[bytes, float] = {}
    for word, weight in weights.items():
        for run in runs_of(word):
            weight_of[run] = max(weight, weight_of.get(run, 0.0))
    if not weight_of or not texts:
        return np.zeros(len(texts))
    ends = np.cumsum([len(text) for text in texts])
    counts = _counted(list(weight_of), np.frombuffer(b"".join(texts), np.uint8), ends)
    lengths = np.diff(ends, prepend=0)[:, None] / mean_bytes
    weighing = np.array(list(weight_of.values()))
    found = counts * (_K1 + 1) / (counts + _K1 * (1 - _B + _B * lengths))
    shares: NDArray[np.float64] = found @ weighing / ((_K1 + 1) * weighing.sum())
    return shares


def _counted(runs: Sequence[bytes], written: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each run stands in each text.

    Four letters are one number. Most are no run of the question, and a small table says so by their hash. Runs that
    share a place in the table take turns.

    Shapes: `written` all texts end to end, `ends` (texts,) where each of them ends; (texts, runs).
    """
    keys = np.frombuffer(b"".join(runs), "<u4")
    here = np.ndarray((len(written) - RUN + 1,), "<u4", written, strides=(1,)).copy()
    shift = np.uint32(32 - _TABLE_BITS)
    hashes = ((here * _SPREAD) >> shift).astype(np.intp)
    places = ((keys * _SPREAD) >> shift).astype(np.intp)
    counts = np.zeros(len(ends) * len(keys), np.int64)
    left = np.arange(len(keys))
    while len(left):
        table = np.full(1 << _TABLE_BITS, _NOBODY, np.int16)
        table[places[left]] = left
        at = np.flatnonzero(table.take(hashes) != _NOBODY)
        run_of = table.take(hashes.take(at))
        is_run = keys.take(run_of) == here.take(at)
        at, run_of = at[is_run], run_of[is_run]
        text_of = np.repeat(np.arange(len(ends)), np.diff(np.searchsorted(at, ends), prepend=0))
        counts += np.bincount(text_of * len(keys) + run_of, minlength=len(counts))
        left = left[table[places[left]] != left]
    return counts.reshape(len(ends), len(keys)).astype(np.float64)
