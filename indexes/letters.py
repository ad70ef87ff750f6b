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

    Four letters are one number. Most are no run of the question, and a small table of hashes says so.

    Shapes: `written` all texts end to end, `ends` (texts,) where each of them ends; (texts, runs).
    """
    keys = np.frombuffer(b"".join(runs), "<u4")
    order = np.argsort(keys)
    here = np.ndarray((len(written) - RUN + 1,), "<u4", written, strides=(1,)).copy()
    asked = np.zeros(1 << _TABLE_BITS, np.bool_)
    shift = np.uint32(32 - _TABLE_BITS)
    asked[(keys * _SPREAD) >> shift] = True
    at = np.flatnonzero(asked[(here * _SPREAD) >> shift])
    place_of = np.minimum(np.searchsorted(keys[order], here[at]), len(keys) - 1)
    is_run = keys[order[place_of]] == here[at]
    text_of = np.searchsorted(ends, at[is_run], "right")
    cells = text_of * len(keys) + order[place_of[is_run]]
    return np.bincount(cells, minlength=len(ends) * len(keys)).reshape(len(ends), len(keys)).astype(np.float64)
