import pytest

from indexes.compounds import fold, parts


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("abstandsflächen", ("abstand", "flaechen")),
        ("urlaubsanspruch", ("urlaub", "anspruch")),
        ("geburtsurkunde", ("geburt", "urkunde")),
        ("verfahrensfrei", ("verfahren", "frei")),
    ],
)
def test_compounds_come_apart_at_their_linking_forms(word: str, expected: tuple[str, ...]) -> None:
    assert parts(fold(word)) == expected


@pytest.mark.parametrize("word", ["vereinbarung", "unternehmen", "steuer", "amt", "", "qqqqqqqqqqq", "a" * 500])
def test_words_that_are_no_compounds_stay_whole(word: str) -> None:
    assert parts(word) == ()


def test_a_compound_of_compounds_comes_down_to_its_smallest_parts() -> None:
    assert parts("hundesteuerbescheid")[-1] == "bescheid"
    assert "steuer" in parts("hundesteuerbescheid")


def test_both_spellings_of_umlauts_come_apart_alike() -> None:
    assert parts(fold("gebührensatzung")) == parts(fold("gebuehrensatzung")) != ()
