"""Questions and answers found in the replies a town gives to its councillors."""

from __future__ import annotations

from quality.train.corpus import Answer, Section
from quality.train.inquiries import answered

TITLE = "Anfrage: Bänke am Stadtweiher"
BENCHES = "Am Stadtweiher stehen zwölf Bänke, davon wurden vier im letzten Jahr neu aufgestellt."
COSTS = "Eine Bank kostet einschließlich des Fundaments rund 1.200 Euro, die aus dem Haushalt der Gärtnerei kommen."
SHADE = "Am Südufer sind im Herbst drei Linden vorgesehen, die den Bänken später Schatten geben sollen."


def reply(*pieces: str) -> list[Section]:
    return [Section(0, TITLE, "Stellungnahme", piece) for piece in pieces]


def pairs(sections: list[Section]) -> list[tuple[str, str]]:
    return [(answer.question, answer.text) for answer in answered(sections)]


def test_each_numbered_question_gets_what_stands_behind_it_up_to_the_next_one() -> None:
    text = f"Stellungnahme\n1. Wie viele Bänke stehen am Weiher?\n{BENCHES}\n2. Was kostet eine Bank?\n{COSTS}\n{SHADE}"
    assert pairs(reply(text)) == [
        ("Wie viele Bänke stehen am Weiher?", BENCHES),
        ("Was kostet eine Bank?", f"{COSTS} {SHADE}"),
    ]


def test_questions_are_found_inside_a_line_and_across_the_pieces_of_a_paper() -> None:
    text = f"Zu Frage 1: Wie viele Bänke stehen am Weiher? {BENCHES} 2. Was kostet eine Bank? {COSTS}"
    expected = [("Wie viele Bänke stehen am Weiher?", BENCHES), ("Was kostet eine Bank?", COSTS)]
    assert pairs(reply(text)) == expected
    assert (
        pairs(reply(f"1. Wie viele Bänke stehen am Weiher?\n{BENCHES}\n2. Was kostet", f"eine Bank?\n{COSTS}"))
        == expected
    )


def test_a_numbered_question_may_explain_itself_and_ask_twice() -> None:
    asked = "Die Wege sind neu. Wie viele Bänke stehen am Weiher? Wo fehlen welche?"
    assert pairs(reply(f"1. {asked}\n{BENCHES}")) == [(asked, BENCHES)]


def test_a_question_followed_only_by_questions_or_hardly_a_word_is_no_pair() -> None:
    asked = "1. Wie viele Bänke stehen am Weiher?\n2. Was kostet eine Bank?\n3. Wo fehlt es an Schatten?"
    assert pairs(reply(asked)) == []
    assert pairs(reply("1. Wie viele Bänke stehen am Weiher?\nZwölf.")) == []


def test_the_next_number_ends_an_answer_even_if_it_asks_nothing() -> None:
    text = f"1. Wie viele Bänke stehen am Weiher?\n{BENCHES}\n2. Schatten am Weiher\n{SHADE}"
    assert pairs(reply(text)) == [("Wie viele Bänke stehen am Weiher?", BENCHES)]


def test_only_replies_are_read() -> None:
    minutes = Section(0, TITLE, "Protokoll", f"1. Wie viele Bänke stehen am Weiher?\n{BENCHES}")
    assert pairs([minutes]) == []


def test_known_questions_repeated_ones_and_texts_of_the_judged_sets_are_left_out() -> None:
    sections = reply(f"1. Wie viele Bänke stehen am Weiher?\n{BENCHES}\n2. Was kostet eine Bank?\n{COSTS}")
    known = [Answer("", "Wie viele Bänke stehen am Weiher?", "Zwölf.")]
    assert [answer.text for answer in answered(sections, known)] == [COSTS]
    assert [answer.text for answer in answered(sections, (), [f"{COSTS} Mehr nicht."])] == [BENCHES]
    assert len(list(answered([*sections, Section(0, "Zuvor", "Antrag", "Bänke"), *sections]))) == 2
