from __future__ import annotations

from itertools import islice

from tests.bench.corpus import STRIDE, halves, with_variations

PAPERS = [
    ("Haushalt", ["Die Stadt plant viel Neues", "Der Rat stimmt zu"]),
    ("Bäder", ["Das Freibad bleibt lange offen"]),
]


def test_papers_come_as_they_are_and_then_mixed_with_others() -> None:
    assert STRIDE % len(PAPERS) == 1
    first, second, mixed, *_ = islice(with_variations(PAPERS), 5)
    assert [first, second] == PAPERS
    assert mixed == ("Haushalt", ["Die Stadt plant bleibt lange offen", "Der Rat bleibt lange offen"])


def test_there_are_as_many_as_are_wanted() -> None:
    assert len(list(islice(with_variations(PAPERS), 1_000))) == 1_000


def test_a_text_of_one_word_stays_a_text() -> None:
    assert halves("Haushalt", "Bäder") == "Haushalt Bäder"
