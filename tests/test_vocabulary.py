"""The words near to what was typed, told from all that stand in the passages."""

from __future__ import annotations

import pytest

from indexes.vocabulary import Vocabulary

WORDS = ["hundesteuer", "hundesteuern", "gebühr", "gebühren", "übung", "straße", "rat", "rad", "a4"]


def near(typed: str, allowed: int = 1, known: list[str] = WORDS) -> list[tuple[int, str]]:
    vocabulary = Vocabulary(lambda letter: [word for word in known if word.startswith(letter)], known.count)
    return vocabulary.near(typed, allowed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hundesteur", [(1, "hundesteuer")]),
        ("gebuhr", [(1, "gebühr")]),
        ("gebuehern", [(1, "gebühren")]),
        ("ubung", [(1, "übung")]),
        ("srtasse", [(1, "straße")]),
        ("rat", [(0, "rat"), (1, "rad")]),
        ("", []),
        ("a5", []),
    ],
)
def test_umlauts_count_as_they_are_folded_and_two_letters_turned_round_as_one_slip(
    typed: str, meant: list[tuple[int, str]]
) -> None:
    assert near(typed) == meant


@pytest.mark.parametrize("typed", ["gundesteuer", "undesteuer", "shundesteuer", "uhndesteuer"])
def test_the_first_letter_may_be_the_mistyped_one(typed: str) -> None:
    assert near(typed) == [(1, "hundesteuer")]


def test_two_slips_are_allowed_only_behind_the_right_first_letter() -> None:
    assert near("hunbesteur", 2) == [(2, "hundesteuer")]
    assert near("bunbesteuer", 2) == []


def test_the_nearest_comes_first() -> None:
    assert near("hundesteuren", 2) == [(1, "hundesteuern"), (2, "hundesteuer")]


def test_without_any_words_none_is_near() -> None:
    assert near("hund", 2, []) == []
