from dataclasses import replace
from pathlib import Path

import pytest

from indexes.german import ask, token_words, tokens
from indexes.highlight import Highlighter
from samples.source import SUFFIX, TEXTS

NOTHING = ask("")


def marked(query: str, text: str) -> list[str]:
    return [text[start:end] for start, end in Highlighter(ask(query)).marks(text)]


def test_words_with_a_stem_or_a_part_of_the_question_are_marked_as_they_stand() -> None:
    text = "Die Hundesteuer wird für Hunde erhoben, nicht für Katzen; Gebühren (§ 4a) kommen hinzu."
    assert marked("Hund", text) == ["Hundesteuer", "Hunde"]
    assert marked("Gebuehr", text) == ["Gebühren"]
    assert marked("§ 4a", text) == ["§ 4a"]


def test_a_question_without_words_marks_nothing() -> None:
    assert marked("", "Die Hundesteuer") == []


@pytest.mark.parametrize("path", sorted(TEXTS.rglob(f"*{SUFFIX}")), ids=lambda path: path.stem)
def test_no_token_is_passed_over_that_holds_what_is_asked_for(path: Path) -> None:
    for token in dict.fromkeys(tokens(path.read_text("utf-8"))):
        for term in {term for word in token_words(token) for term in word.terms}:
            assert Highlighter(replace(NOTHING, terms={term: 1.0})).marks(token), (token, term)
