from dataclasses import replace
from pathlib import Path

import pytest

from indexes.german import Question, ask, token_words, tokens, words
from indexes.highlight import highlights
from samples.source import SUFFIX, TEXTS

NOTHING = ask("")


def marked(query: str, text: str) -> list[str]:
    [marks] = highlights(ask(query), [text])
    return [text[start:end] for start, end in marks]


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
            assert highlights(replace(NOTHING, terms={term: 1.0}), [token]) != [[]], (token, term)


def by_the_word(question: Question, text: str) -> list[tuple[int, int]]:
    """The same by taking every word apart, slowly."""
    marks: list[tuple[int, int]] = []
    for word in words(text):
        if question.terms.keys().isdisjoint(word.terms):
            continue
        if marks and word.start < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], word.end))
        else:
            marks.append((word.start, word.end))
    return marks


def test_marked_is_exactly_what_shares_a_stem_or_a_part_with_the_question() -> None:
    texts = [path.read_text("utf-8") for path in sorted(TEXTS.rglob(f"*{SUFFIX}"))]
    asked = [*texts[::10], "Gebühren für die IT-Sicherheit", "§ 4a", "Straße strasse GEBÜHR", "!", ""]
    strange = ["", "§\n4a ﬁ ＩＴ-Sicherheit", "Ge\u00adbühr İstanbul Straße\u0301 m²", "-–-", "ä" * 300]
    for question in map(ask, asked):
        for some in ([*texts[:20], *strange], texts[20:], []):
            assert highlights(question, some) == [by_the_word(question, text) for text in some], question.text
