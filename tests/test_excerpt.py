from __future__ import annotations

import pytest

from app.excerpt import LONGEST, excerpt


def joined(text: str, spans: list[tuple[int, int]], longest: int = LONGEST) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in excerpt(text, spans, longest))


def test_a_short_passage_is_shown_whole_with_its_marks() -> None:
    assert joined("Der Hund kostet 60 Euro.", [(4, 8), (19, 23)]) == "Der [Hund] kostet 60 [Euro]."


def test_a_passage_without_marks_is_shown_from_its_beginning() -> None:
    text = "Wort " * 400
    shown = joined(text, [])
    assert shown.startswith("Wort Wort")
    assert shown.endswith(" … ")
    assert len(shown) < LONGEST + 10


def test_a_long_passage_is_cut_between_words_around_most_of_its_marks() -> None:
    text = "Hund " + "leer " * 200 + "Hund und Hund und Hund " + "leer " * 200
    spans = [(at, at + 4) for at in range(len(text)) if text.startswith("Hund", at)]
    shown = joined(text, spans)
    assert shown.count("[Hund]") == 3
    assert shown.startswith(" … leer")
    assert shown.endswith("leer … ")


@pytest.mark.parametrize("text", ["", "x" * 5000, "ä" * 599 + " " + "ß" * 4000, "\n" * 3000])
def test_texts_without_blanks_are_cut_all_the_same(text: str) -> None:
    spans = [(len(text) - 10, len(text))] if len(text) > 10 else []
    assert len(joined(text, spans)) <= max(600, LONGEST + 20)


def test_marks_count_code_points() -> None:
    assert joined("😀 Gebühr", [(2, 8)]) == "😀 [Gebühr]"
