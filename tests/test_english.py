"""English questions are asked in German as well, and German ones are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexes import english
from indexes.embedder import load_embedder
from indexes.english import meanings, translated
from indexes.german import ask
from indexes.lexical import LexicalIndex, build_lexical, open_lexical
from indexes.query import Entry
from quality.english import across, german_counts, nearest_of
from quality.judged import JudgedSet, Query, Written

TEXTS = ("Die Hundesteuer für den zweiten Hund beträgt 120 Euro.", "Das Register liegt aus, siehe Anlage a.")


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("index")
    build_lexical(
        folder,
        [
            Entry(number, number, number, 1, 1, "Satzung", (), text, "text/plain", 0, str(number))
            for number, text in enumerate(TEXTS, 1)
        ],
    )
    return open_lexical(folder)


def test_an_english_question_asks_for_the_german_words(lexical: LexicalIndex) -> None:
    question = translated(ask("How much is the tax for a dog?"), lexical)
    assert {"hund", "steu"} <= set(question.terms)
    assert question.terms.keys().isdisjoint({"a", "how", "the"}), "„a“ would find every Anlage a"
    assert "hund" in question.exact
    assert "dog" not in question.exact
    assert question.text == "How much is the tax for a dog?", "the model knows what it means"


def test_a_german_question_stays_as_it_is(lexical: LexicalIndex) -> None:
    question = ask("Was kostet der zweite Hund nach Anlage a?")
    assert translated(question, lexical) is question


def test_a_word_the_texts_hold_is_not_translated(lexical: LexicalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(english, "meanings", lambda: {"register": "Verzeichnis"})
    question = ask("register")
    assert translated(question, lexical) is question


def test_the_table_knows_everyday_words() -> None:
    known = meanings()
    assert len(known) > 3000
    expected = {"dog": "hund", "tax": "steuer", "fee": "gebühr", "school": "schule", "church": "kirche"}
    assert {word: known[word].split()[0] for word in expected} == expected


def test_meanings_are_near_enough_and_hardly_less_than_the_best() -> None:
    likes = np.array([0.9, 0.8, 0.6, 0.1], np.float32)
    assert nearest_of(likes, ["hund", "hunde", "katze", "amt"]) == ["hund", "hunde"]
    assert nearest_of(likes - 0.5, ["hund", "hunde", "katze", "amt"]) == []


def test_questions_in_one_language_are_judged_on_documents_in_another() -> None:
    written = (Written("hund", "Hundesteuer", TEXTS[0]), Written("register", "Register", TEXTS[1]))
    questions = JudgedSet("en", (Query("1", "dog tax", {"hund": 1}), Query("2", "bulky waste", {"nirgends": 1})))
    assert across(questions, JudgedSet("de", (), written), load_embedder("schnell")) == (0.5, 0.5)


def test_german_words_are_counted_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "texte.jsonl"
    file.write_text('{"text": "Der Hund, der bellt."}\n', "utf-8")
    assert german_counts([file])["der"] == 2
