from __future__ import annotations

import numpy as np
import pytest

from indexes.vectors import Vectors
from tests.bench.bench_vectors import Shown, bits, compared, half_precision, lists_for, made, nearest_of_all, table
from tests.bench.german import german


@pytest.fixture(scope="module")
def matrix() -> Vectors:
    rows: Vectors = np.random.default_rng(7).normal(size=(4_000, 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def test_whoever_proposes_everything_answers_exactly(matrix: Vectors) -> None:
    exact = half_precision(matrix)
    for search in (bits(matrix, exact, 4_000, 64), made(matrix, exact, "RaBitQfs", 4_000)):
        assert list(search(matrix[3])) == list(nearest_of_all(exact, matrix[3]))
        assert search(matrix[3])[0] == 3


def test_fewer_proposals_find_less(matrix: Vectors) -> None:
    shown = {one.name: one.found for one in compared(matrix, matrix[:20] + matrix[20:40])}
    assert shown["fp16, alle verglichen"][200] > 0.99
    many, few = (shown[name] for name in shown if name.startswith(("Bits um den Mittelwert, 4", "Bits von 32")))
    assert many[200] > few[200]


def test_an_inverted_file_has_more_lists_for_more_rows() -> None:
    assert [lists_for(rows) for rows in (100, 165_000, 1_000_000)] == [1, 1_024, 4_096]


def test_the_table_says_what_was_measured_on_how_much() -> None:
    told = table([Shown("fp16", 23.456, {10: 1.0, 50: 0.9876, 200: 0.5}, 54.4)], 165_000, 512, 299)
    assert "| fp16 | 23,46 | 1,000 | 0,988 | 0,500 | 54 s |" in told
    assert f"{german(165_000, 0)} Stücke" in told
