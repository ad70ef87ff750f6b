"""The comparison itself: it must see what a person would miss, and not what nobody sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.browser import looks
from tests.browser.looks import compared, reduced


@pytest.fixture(autouse=True)
def _shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "SHOTS", tmp_path)


def page(button: str = "#2141ab", *, at: int = 1000, height: int = 900) -> Image.Image:
    """A white page with a button."""
    picture = Image.new("RGB", (1280, height), "white")
    ImageDraw.Draw(picture).rectangle((at, 200, at + 120, 240), fill=button)
    return reduced(picture)


def test_the_same_page_and_one_of_nearly_the_same_colours_pass() -> None:
    assert compared(page(), page(), "x") == ""
    assert compared(page("#2545ad"), page(), "x") == ""


@pytest.mark.parametrize("changed", [page("white"), page("#ab2141"), page(at=800)], ids=["lost", "colour", "moved"])
def test_a_button_that_is_lost_moved_or_of_another_colour_is_told_with_a_picture(
    changed: Image.Image, tmp_path: Path
) -> None:
    assert "sieht anders aus" in compared(changed, page(), "x")
    assert (tmp_path / "x-anders.png").is_file()


def test_a_longer_page_is_told() -> None:
    assert "Bildpunkte" in compared(page(height=1000), page(), "x")
