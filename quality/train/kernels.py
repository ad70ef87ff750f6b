"""The two loops training spends its time in, compiled: averaging tokens into texts, and moving the tokens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Compiled once and kept beside this file; where nothing may be written there, numba would rather fail than compile.
_KEPT = os.access(Path(__file__).parent, os.W_OK)


def average(weights: Array, offsets: NDArray[np.int64], tokens: NDArray[np.int32]) -> Array:
    """The mean of each text's token vectors.

    Shapes: (len(offsets) - 1, dim) float32; a text without tokens is a row of zeros.
    """
    out = np.zeros((len(offsets) - 1, weights.shape[1]), np.float32)
    _average(weights, offsets, tokens, out)
    return out


def descend(
    weights: Array,
    mean: Array,
    square: Array,
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    texts: NDArray[np.int64],
    shares: Array,
    gradients: Array,
    rate: float,
) -> None:
    """Gather each row's gradient from the texts it stands in and take one Adam step with it, in place.

    Each row is written by one thread and sums in a fixed order: the result does not depend on the number of threads.

    Shapes: row j stands in `texts[starts[j]:starts[j + 1]]` with `shares`; gradients (texts, dim) float32.
    """
    _descend(weights, mean, square, rows, starts, texts, shares, gradients, np.float32(rate))


@njit(parallel=True, cache=_KEPT)
def _average(weights: Any, offsets: Any, tokens: Any, out: Any) -> None:
    for text in prange(len(offsets) - 1):
        low, high = offsets[text], offsets[text + 1]
        row = out[text]
        for place in range(low, high):
            vector = weights[tokens[place]]
            for column in range(row.shape[0]):
                row[column] += vector[column]
        if high > low:
            share = np.float32(1.0 / (high - low))
            for column in range(row.shape[0]):
                row[column] *= share


@njit(parallel=True, cache=_KEPT)
def _descend(
    weights: Any, mean: Any, square: Any, rows: Any, starts: Any, texts: Any, shares: Any, gradients: Any, rate: Any
) -> None:
    keep_mean, keep_square, tiny = np.float32(0.9), np.float32(0.999), np.float32(1e-9)
    new_mean, new_square = np.float32(1) - keep_mean, np.float32(1) - keep_square
    for index in prange(len(rows)):
        row = rows[index]
        gradient = np.zeros(weights.shape[1], np.float32)
        for place in range(starts[index], starts[index + 1]):
            share = shares[place]
            source = gradients[texts[place]]
            for column in range(gradient.shape[0]):
                gradient[column] += share * source[column]
        for column in range(gradient.shape[0]):
            slope = gradient[column]
            moved = keep_mean * mean[row, column] + new_mean * slope
            spread = keep_square * square[row, column] + new_square * slope * slope
            mean[row, column] = moved
            square[row, column] = spread
            weights[row, column] -= rate * moved / (np.sqrt(spread) + tiny)
