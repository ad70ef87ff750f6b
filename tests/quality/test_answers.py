"""Answers are as good on the sample town as they were when this was written, less a margin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexes.answer.choose import as_record, read_weights, shipped
from indexes.answer.opposites import DIFFERENCES, differences
from indexes.answer.quote import Quoted, quote
from indexes.answer.support import Source, is_supported, numbers_belong, numbers_stand
from indexes.embedder import load_embedder
from indexes.search import SearchRequest
from quality.answers import Asked, Figures, answering, as_json, as_text, holds, is_right, read_asked
from quality.judged import sort_of
from quality.shelf import Shelf
from quality.support import as_text as support_text
from quality.support import judge_support, learn, read_pairs, tuning
from quality.trust import learn_trust

SAMPLES = Path(__file__).parents[2] / "samples"
QUESTIONS, PAIRS = SAMPLES / "antworten.jsonl", SAMPLES / "belege.jsonl"
HARDER = SAMPLES / "belege-lernen.jsonl"
SAID = re.compile(r"\d[\d.,]*|§")


@pytest.fixture(scope="module")
def answered() -> Iterator[tuple[Shelf, list[tuple[Asked, Quoted]]]]:
    """Every question of the file with what is said to it."""
    embedder = load_embedder("schnell")
    asked = read_asked(QUESTIONS)
    with answering(QUESTIONS, asked, embedder) as shelf, shelf.sessions() as session:
        searcher, view = shelf.searcher, shelf.view()
        yield shelf, [(one, quote(session, searcher, SearchRequest(one.question), view, shipped())) for one in asked]


def test_the_file_holds_the_questions_it_promises_in_two_halves() -> None:
    asked = read_asked(QUESTIONS)
    halves = {part: [one for one in asked if one.part == part] for part in ("tune", "test")}
    assert {part: sum(bool(one.reference) for one in ones) for part, ones in halves.items()} == {"tune": 50, "test": 50}
    assert {part: sum(not one.reference for one in ones) for part, ones in halves.items()} == {"tune": 30, "test": 30}
    assert (sort_of(QUESTIONS), sort_of(PAIRS)) == ("answers", "support")


def test_nothing_is_said_where_nothing_is_to_be_said(answered: tuple[Shelf, list[tuple[Asked, Quoted]]]) -> None:
    silent = [not found.quotes for one, found in answered[1] if one.part == "test" and not one.reference]
    assert sum(silent) / len(silent) >= 0.87


def test_most_answers_hold_the_sentence_that_answers(answered: tuple[Shelf, list[tuple[Asked, Quoted]]]) -> None:
    shelf, everything = answered
    given = [
        is_right(one, found, shelf)
        for one, found in everything
        if one.part == "test" and one.reference and found.quotes
    ]
    assert len(given) >= 24
    assert sum(given) / len(given) >= 0.85


def test_every_number_and_paragraph_of_an_answer_stands_in_the_passage_it_cites(
    answered: tuple[Shelf, list[tuple[Asked, Quoted]]],
) -> None:
    quotes = [item for _, found in answered[1] for item in found.quotes]
    assert len(quotes) > 50
    for item in quotes:
        assert set(SAID.findall(item.text)) <= set(SAID.findall(item.passage.text))
        assert item.passage.text[item.start : item.end].strip()
    assert all(1 <= len(found.quotes) <= 3 for _, found in answered[1] if found.quotes)


def test_the_check_of_written_sentences_cuts_what_is_not_there_and_keeps_what_is() -> None:
    embedder = load_embedder("schnell")
    pairs = read_pairs(PAIRS, embedder)
    assert sum(pair.part == "test" for pair in pairs) == 50
    assert len(pairs) >= 100
    from indexes.answer.support import shipped as shipped_support

    figures = judge_support(pairs, shipped_support())
    test = next(one for one in figures if one.part == "test")
    assert test.caught / test.unsupported >= 0.84
    assert test.lost / test.supported <= 0.05
    assert sum(one.caught for one in figures) / sum(one.unsupported for one in figures) >= 0.9
    assert sum(one.lost for one in figures) / sum(one.supported for one in figures) <= 0.05
    assert "unbelegten" in support_text(figures)
    learnt = learn(tuning(pairs), tuning(read_pairs(HARDER, embedder)))
    assert learnt.weights == pytest.approx(shipped_support().weights, abs=1e-2)


@pytest.mark.parametrize(
    ("sentence", "text", "stands"),
    [
        ("Es kostet 84 Euro.", "Die Steuer beträgt 84,00 Euro.", True),
        ("Es kostet 84 Euro.", "Die Steuer beträgt 84 Cent.", False),
        ("Es dauert 2 Wochen.", "Man hat zwei Wochen Zeit.", True),
        ("Es dauert zwei Wochen.", "Man hat drei Wochen Zeit.", False),
        ("Es sind 1500 Euro.", "höchstens 1.500 €", True),
        ("Das gilt seit 2019.", "Das gilt.", False),
    ],
)
def test_numbers_stand_with_their_unit_however_they_are_written(sentence: str, text: str, stands: bool) -> None:
    assert numbers_stand(sentence, text) is stands


def test_a_number_from_beside_what_is_spoken_of_does_not_belong() -> None:
    text = "Die Ruhezeit beträgt bei Särgen 25 Jahre, bei Kindern 15 Jahre und bei Aschen 20 Jahre."
    assert numbers_belong("Die Ruhezeit für Särge beträgt 25 Jahre.", text)
    assert numbers_belong("Für Aschen sind es 20 Jahre.", text)
    assert not numbers_belong("Die Ruhezeit für Särge beträgt 20 Jahre.", text)


@pytest.mark.parametrize(
    ("sentence", "text", "difference"),
    [
        ("Plakate sind erlaubt.", "Plakate sind verboten.", "clashes"),
        ("Man darf filmen.", "Man darf nicht filmen.", "clashes"),
        ("Das Becken ist genehmigungspflichtig.", "Das Becken ist frei.", "clashes"),
        ("Schecks werden angenommen.", "Schecks werden nicht angenommen.", "turned"),
        ("Podeste sind zulässig.", "Podeste sind nur auf dem Markt zulässig.", "widened"),
        ("Alle Räume werden gefilmt.", "Der Keller wird gefilmt.", "widened"),
        ("Nur Bargeld wird genommen.", "Bargeld wird genommen.", "narrowed"),
        ("Auch Bargeld wird genommen.", "Bargeld wird genommen.", "extended"),
        ("Mindestens 20 Gramm.", "Höchstens 20 Gramm.", "opposed"),
        ("Die Kosten trägt die Stadt.", "Die Kosten trägt der Antragsteller.", "strangers"),
    ],
)
def test_one_word_that_turns_a_sentence_is_noticed(sentence: str, text: str, difference: str) -> None:
    found = dict(zip(DIFFERENCES, differences(sentence, text), strict=True))
    assert found[difference] == 1.0
    assert differences(text, text) == (0.0,) * len(DIFFERENCES)


def test_what_may_be_done_need_not_be_done() -> None:
    assert dict(zip(DIFFERENCES, differences("Man darf abreißen.", "Der Abriss ist anzeigefrei."), strict=True)) == (
        dict.fromkeys(DIFFERENCES, 0.0)
    )


@pytest.mark.parametrize(
    ("said", "reversed_"),
    [
        ("Wurzeln dürfen nicht gekappt werden.", "Wurzeln dürfen gekappt werden."),
        ("Schecks werden nicht angenommen.", "Schecks werden angenommen."),
        ("Privatfahrten mit dem Dienstwagen sind verboten.", "Privatfahrten mit dem Dienstwagen sind erlaubt."),
    ],
)
def test_a_sentence_that_says_the_opposite_in_the_same_words_is_cut(said: str, reversed_: str) -> None:
    source, embedder = Source("Merkblatt", (), said), load_embedder("schnell")
    assert is_supported(said, source, embedder)
    assert not is_supported(reversed_, source, embedder)


def test_a_sentence_without_words_or_a_passage_without_text_supports_nothing() -> None:
    embedder = load_embedder("schnell")
    assert not is_supported("…", Source("", (), "Die Steuer beträgt 84 Euro."), embedder)
    assert not is_supported("Die Steuer beträgt 84 Euro.", Source("", (), ""), embedder)


def test_weights_survive_being_written_down() -> None:
    again = read_weights(as_record(shipped()))
    assert again.choice == pytest.approx(shipped().choice)
    assert again.trust == pytest.approx(shipped().trust)


def test_trust_is_learnt_from_what_tells_right_from_wrong() -> None:
    clues = np.random.default_rng(1).normal(size=(200, 3))
    weights = learn_trust(clues, clues[:, 1] > 0, np.ones(200))
    assert weights[1] > 5 * max(abs(weights[0]), abs(weights[2]))


def test_the_table_says_how_many_were_right_and_how_often_nothing_was_said() -> None:
    table = as_text([Figures("test", 50, 40, 36, 30, 27, 12.0, 4.0)])
    assert "36 = 90.0%" in table
    assert "27 = 90.0%" in table
    assert '"abstained": 27' in as_json([Figures("test", 50, 40, 36, 30, 27, 12.0, 4.0)])


def test_a_reference_is_held_by_nine_of_ten_words() -> None:
    assert holds("Leistung: Personalausweis; Gebühr: 37,00 €", "Personalausweis 37,00")
    assert not holds("Personalausweis", "Personalausweis 37,00")
