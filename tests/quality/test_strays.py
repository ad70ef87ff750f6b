"""„Nichts gefunden“ is said to most questions that have nothing to do with the town, and to none that it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexes.embedder import load_embedder
from quality.judged import read_set
from quality.strays import Told, as_text, judge_strays, read_strays

SAMPLES = Path(__file__).parents[2] / "samples"
FLOOR = 0.55


@pytest.fixture(scope="module")
def told() -> Told:
    return judge_strays(
        read_strays(SAMPLES / "fremd.jsonl"), read_set(SAMPLES / "alltag.jsonl"), load_embedder("schnell")
    )


def test_most_strays_are_told_that_nothing_was_found(told: Told) -> None:
    assert set(told.strays) == {"tune", "test"}
    assert {part: empty / asked for part, (empty, asked) in told.strays.items() if empty / asked < FLOOR} == {}


def test_no_question_of_the_town_is(told: Told) -> None:
    assert told.questions > 200
    assert told.wronged == ()


def test_the_table_names_who_was_wronged() -> None:
    table = as_text([Told("alltag", {"test": (27, 42)}, 203, ("Perso weg",))])
    assert "test 27 von 42 fremden, 1 von 203 eigenen" in table
    assert "zu Unrecht: Perso weg" in table
