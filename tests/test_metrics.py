"""Every expected figure here was worked out by hand."""

from math import log2

import pytest

from quality.metrics import difference_p, interval, per_query

RELEVANT = {"a": {"x": 1}, "b": {"x": 1, "y": 1}, "c": {"z": 1}}
RUN = {
    "a": ["n1", "x", "n2"],  # the answer is second
    "b": ["y", *(f"n{number}" for number in range(9)), "x"],  # one answer first, the other eleventh
    "c": ["n1", "n2"],  # not found
}


def test_values_are_what_the_definitions_give_by_hand() -> None:
    values = per_query(RELEVANT, RUN)
    ideal_of_two = 1 / log2(2) + 1 / log2(3)
    assert values["nDCG@10"] == pytest.approx({"a": 1 / log2(3), "b": 1 / ideal_of_two, "c": 0.0})
    assert values["MRR@10"] == pytest.approx({"a": 0.5, "b": 1.0, "c": 0.0})
    assert values["recall@1"] == pytest.approx({"a": 0.0, "b": 0.5, "c": 0.0})
    assert values["recall@10"] == pytest.approx({"a": 1.0, "b": 0.5, "c": 0.0})
    assert values["recall@50"] == pytest.approx({"a": 1.0, "b": 1.0, "c": 0.0})


def test_a_question_without_any_answer_counts_as_nothing_found() -> None:
    assert per_query({"a": {"x": 1}}, {"a": []})["nDCG@10"] == {"a": 0.0}


def test_the_interval_surrounds_the_mean_and_is_the_same_each_time() -> None:
    values = [0.0, 1.0] * 50
    first = interval(values)
    assert first == interval(values)
    assert first.low < first.mean == 0.5 < first.high
    # the standard error of 100 coin tosses is 0.05, so 95 % lie within about 0.1
    assert first.high - first.low == pytest.approx(0.196, abs=0.03)


def test_equal_rankings_do_not_differ_and_opposite_ones_do() -> None:
    assert difference_p([0.3, 0.7], [0.3, 0.7]) == 1.0
    assert difference_p([1.0] * 20, [0.0] * 20) < 0.001
    # two questions: of the four ways to flip the signs, two are as far out as what was seen
    assert difference_p([1.0, 1.0], [0.0, 0.0]) == pytest.approx(0.5, abs=0.02)
