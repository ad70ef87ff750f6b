"""Answers: what can be quoted, what is asked for, and what is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.html import environment
from app.schemas import Answer
from indexes.answer.clues import Candidate
from indexes.answer.quote import citation_of
from indexes.answer.units import Unit, units
from indexes.answer.wanted import fit, kinds_asked
from tests.town import fill, running, town_settings

ANSWER = "/api/v1/answer"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("antwort")
    settings = town_settings(home / "var")
    fill(settings, home / "akten")
    with running(settings) as client:
        yield client


def ask(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer = client.get(ANSWER, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_sentences_lose_their_numbering_and_keep_their_subsection() -> None:
    found = units("(1) Der erste Satz gilt. Der zweite auch.\n(2) Der dritte ist am 3. Mai fällig.")
    assert [(unit.shown, unit.subsection) for unit in found] == [
        ("Der erste Satz gilt.", "1"),
        ("Der zweite auch.", "1"),
        ("Der dritte ist am 3. Mai fällig.", "2"),
    ]


def test_rows_of_a_table_are_read_with_their_header() -> None:
    text = (
        "Die Steuer beträgt jährlich\nTatbestand | Betrag\n"
        "für den ersten Hund | 84,00 Euro\nfür jeden weiteren | 150,00 Euro"
    )
    rows = [unit for unit in units(text) if unit.is_row]
    assert [row.shown for row in rows] == [
        "Tatbestand: für den ersten Hund; Betrag: 84,00 Euro",
        "Tatbestand: für jeden weiteren; Betrag: 150,00 Euro",
    ]
    assert rows[0].about == "Die Steuer beträgt jährlich"
    assert text[rows[0].start : rows[0].end] == "für den ersten Hund | 84,00 Euro"


def test_items_of_a_list_know_what_they_belong_to() -> None:
    text = "Nicht gestattet ist es,\n• Waren anzubieten,\n• Tiere mitzubringen.\nKinder sind willkommen."
    found = units(text)
    assert [(unit.lead, unit.shown) for unit in found] == [
        ("Nicht gestattet ist es,", "Waren anzubieten,"),
        ("Nicht gestattet ist es,", "Tiere mitzubringen."),
        ("", "Kinder sind willkommen."),
    ]


def test_a_short_line_above_a_sentence_is_its_heading_and_no_answer() -> None:
    found = units("Läuse\nDas Kind wird abgeholt und behandelt.")
    assert [(unit.about, unit.shown) for unit in found] == [("Läuse", "Das Kind wird abgeholt und behandelt.")]


@pytest.mark.parametrize("text", ["", " | ", "|||", "\n\n", "(1)", "• ", "§", "a | b\n" * 3, "🎉 " * 50])
def test_any_text_can_be_cut(text: str) -> None:
    for unit in units(text):
        assert 0 <= unit.start < unit.end <= len(text)


@pytest.mark.parametrize(
    ("question", "kind", "held", "missing"),
    [
        ("Was kostet der zweite Hund?", "betrag", "Der zweite Hund kostet 120,00 Euro.", "Der Hund ist anzumelden."),
        ("Wie lange gilt die Sperre?", "dauer", "Sie ist auf zwei Jahre befristet.", "Sie wird eingetragen."),
        ("Wann ist der Ausflug?", "zeit", "Vorgeschlagen ist der 19. September.", "Der Ausflug ist schön."),
        ("Welche Durchwahl hat die Hotline?", "durchwahl", "Die Hotline hat die 444.", "Die Hotline hilft gern."),
        ("Wie viele Bäume pflanzen wir?", "anzahl", "Es werden zwei neue gesetzt.", "Bäume werden gesetzt."),
        ("Darf ich im Auto rauchen?", "erlaubnis", "Rauchen ist verboten.", "Das Auto ist blau."),
    ],
)
def test_what_is_asked_for_is_recognised_in_a_sentence(question: str, kind: str, held: str, missing: str) -> None:
    kinds = kinds_asked(question)
    assert kinds[0].name == kind
    assert fit(kinds, held) == 1.0
    assert fit(kinds, missing) == 0.0


def test_the_citation_names_the_subsection_the_sentence_stands_in(client: TestClient) -> None:
    class Passage:
        citation = "§ 3 Abs. 1–3"

    unit = Unit(0, 1, "x", subsection="2")
    assert citation_of(Candidate(Passage(), unit)) == "§ 3 Abs. 2"  # type: ignore[arg-type]
    Passage.citation = "§ 3 Abs. 1, § 4"
    assert citation_of(Candidate(Passage(), unit)) == "§ 3 Abs. 1, § 4"  # type: ignore[arg-type]


def test_an_answer_quotes_the_passage_with_its_place(client: TestClient) -> None:
    answer = ask(client, q="Was kostet der erste Hund im Jahr?")
    assert answer["kind"] == "quoted"
    first = answer["sentences"][0]
    assert "60 Euro" in first["text"]
    assert first["document"]["source"] == "hund.txt"
    passage = client.get(f"/api/v1/passages/{first['chunk_id']}").json()
    assert passage["text"][first["start"] : first["end"]] == first["text"]
    assert client.get(first["link"].partition("#")[0]).status_code == 200


def test_where_nothing_answers_the_answer_says_so(client: TestClient) -> None:
    answer = ask(client, q="Wie viele Astronauten waren auf dem Mond?")
    assert (answer["kind"], answer["sentences"]) == ("none", [])
    assert answer["text"] == "Dazu steht nichts Belastbares in den Dokumenten."


def test_an_answer_is_looked_for_where_it_was_asked_to_be(client: TestClient) -> None:
    answer = ask(client, q="Was kostet der erste Hund im Jahr?", department="hauptamt")
    assert all(sentence["document"]["department"] == "hauptamt" for sentence in answer["sentences"])
    assert client.get(ANSWER, params={"q": "Hund", "department": "gibtesnicht"}).status_code == 422


@pytest.mark.parametrize("q", ["<script>alert(1)</script>", "🐕🐕", "؟ما هو", "x" * 500, "((( §§ 4", '"""', "-- -"])
def test_no_question_breaks_it(client: TestClient, q: str) -> None:
    assert ask(client, q=q)["kind"] in {"quoted", "none"}


def test_the_partial_shows_quotes_as_text_and_never_as_markup(client: TestClient) -> None:
    answer = Answer.model_validate(ask(client, q="Was kostet der erste Hund im Jahr?"))
    hostile = answer.sentences[0].model_copy(update={"text": "<img src=x onerror=alert(1)>"})
    page = environment.get_template("answer.html").render(answer=answer.model_copy(update={"sentences": [hostile]}))
    assert "<img" not in page
    assert f'href="/passage/{hostile.chunk_id}"' in page
    nothing = answer.model_copy(update={"kind": "none", "text": "Dazu steht nichts.", "sentences": []})
    assert re.search(r"Dazu steht nichts\.", environment.get_template("answer.html").render(answer=nothing))
