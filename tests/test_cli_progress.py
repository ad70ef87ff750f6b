from __future__ import annotations

import io

import pytest
from rich.console import Console

from app.adding import Standing
from app.cli_progress import LINE_S, Meter, duration_text, standing_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "eine halbe Minute"),
        (50, "eine Minute"),
        (80, "eine Minute"),
        (600, "10 Minuten"),
        (4000, "1 Std. 7 Min."),
    ],
)
def test_times_are_told_as_people_say_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_files_pages_and_an_estimate_are_told() -> None:
    assert standing_text(0, 10, 0, 5) == "0 von 10 Dateien gelesen"
    assert standing_text(5, 10, 120, 600) == "5 von 10 Dateien gelesen, 120 Seiten, noch etwa 10 Minuten"
    assert standing_text(10, 10, 120, 600) == "10 von 10 Dateien gelesen, 120 Seiten"


def test_that_the_model_learns_is_told_once_everything_is_found() -> None:
    told, now_s = io.StringIO(), [0.0]
    with Meter(Console(file=told, width=200), lambda: now_s[0]) as meter:
        meter.tell(Standing(2, 0, 0))
        meter.tell(Standing(0, 2, 4))
        now_s[0] = LINE_S
        meter.learns()
    assert told.getvalue() == "Alles zu finden, das Modell lernt noch\n"


def test_where_there_is_no_terminal_a_line_comes_now_and_then() -> None:
    told, now_s = io.StringIO(), [0.0]
    with Meter(Console(file=told, width=200), lambda: now_s[0]) as meter:
        meter.tell(Standing(4))
        now_s[0] = LINE_S / 2
        meter.tell(Standing(4, 1, 7))
        assert told.getvalue() == ""
        now_s[0] = LINE_S
        meter.pages("[b]lang.pdf", 3, 90)
        meter.tell(Standing(4, 2, 9))
    line = "1 von 4 Dateien gelesen, 7 Seiten, noch etwa 2 Minuten; [b]lang.pdf: Seite 3 von 90\n"
    assert told.getvalue() == line


def test_on_a_terminal_a_bar_is_drawn() -> None:
    told = io.StringIO()
    with Meter(Console(file=told, width=200, force_terminal=True)) as meter:
        meter.tell(Standing(2))
        meter.tell(Standing(1, 0, 3))
    assert "1 von 2 Dateien gelesen, 3 Seiten" in told.getvalue()
