"""Questions as people type them are understood as well as they were when this was written, less a margin."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexes.embedder import load_embedder
from quality.everyday import Share, as_json, as_text, judge_everyday, read_everyday
from quality.judged import sort_of

QUESTIONS = Path(__file__).parents[2] / "samples" / "alltag.jsonl"
FLOORS = {
    "komposita": 0.75,
    "glossar": 0.85,
    "umlaute": 0.8,
    "tippfehler": 0.85,
    "zahlen": 0.9,
    "phrasen": 0.9,
    "minus": 0.8,
    "paragraf": 0.95,
    "englisch": 0.55,
}


@pytest.fixture(scope="module")
def shares() -> list[Share]:
    return judge_everyday(QUESTIONS, load_embedder("schnell"))


def test_each_kind_is_asked_about_at_least_twenty_times() -> None:
    kinds = [one.kind for one in read_everyday(QUESTIONS)]
    assert {kind: kinds.count(kind) >= 20 for kind in FLOORS} == dict.fromkeys(FLOORS, True)
    assert set(kinds) == set(FLOORS)
    assert sort_of(QUESTIONS) == "everyday"


def test_every_kind_is_understood_as_often_as_promised(shares: list[Share]) -> None:
    rates = {one.kind: one.rate for one in shares}
    assert {kind: rates[kind] for kind, floor in FLOORS.items() if rates[kind] < floor} == {}


def test_the_table_names_every_kind_and_what_was_missed(shares: list[Share]) -> None:
    table = as_text(shares)
    assert all(kind in table for kind in FLOORS)
    assert all(missed in table and missed in as_json(shares) for share in shares for missed in share.missed)
