from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tests.bench.plot import WIDTH, bar_chart

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> tuple[list[float], list[str]]:
    """The lengths of the bars and every text, in the order they were drawn."""
    root = ElementTree.fromstring(svg)
    bars = [float(one.attrib["width"]) for one in root.iter(f"{SVG}rect") if "bar" in one.attrib.get("class", "")]
    return bars, [one.text or "" for one in root.iter(f"{SVG}text")]


def test_a_larger_value_has_a_longer_bar() -> None:
    bars, texts = drawn(bar_chart("Suche", {"p50": [10, 30], "p95": [20, 40]}, ["1 Prozess", "2 Prozesse"], "ms"))
    ten, twenty, thirty, forty = bars
    assert ten < twenty < thirty < forty < WIDTH
    assert forty == pytest.approx(4 * ten, abs=0.2)
    assert {"1 Prozess", "2 Prozesse", "p50", "p95", "10,0 ms", "40,0 ms"} <= set(texts)


def test_values_of_very_different_size_share_a_scale_of_powers_of_ten() -> None:
    bars, texts = drawn(bar_chart("Bauen", {"": [2, 20, 200, 2_000, 0]}, list("abcde"), "ms"))
    steps = [after - before for before, after in pairwise(bars[:4])]
    assert steps[0] > 50
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)
    assert 0 < bars[4] < bars[0]
    assert "ms, jeder Strich das Zehnfache" in texts
    assert "2,0 s" in texts


def test_texts_are_escaped() -> None:
    _, texts = drawn(bar_chart('Satzungen & "mehr" <1>', {"a<b": [1], "c&d": [2]}, ["<script>"], "ms"))
    assert {'Satzungen & "mehr" <1>', "a<b", "c&d", "<script>"} <= set(texts)


def test_a_picture_of_nothing_but_zeros_can_be_drawn() -> None:
    bars, _ = drawn(bar_chart("Leer", {"p50": [0, 0]}, ["a", "b"], "ms"))
    assert bars[0] == bars[1] > 0


@pytest.mark.parametrize("series", [{}, {"p50": [1.0]}])
def test_a_series_without_a_value_for_each_group_is_refused(series: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="each group"):
        bar_chart("Suche", series, ["a", "b"], "ms")
