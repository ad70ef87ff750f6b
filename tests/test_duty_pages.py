from __future__ import annotations

from pathlib import Path

import pytest

from app.duty_pages import DUTIES, duty_page
from tests.town import running, town_settings


@pytest.mark.parametrize("slug", DUTIES)
def test_every_page_is_there_from_the_start_and_named_in_every_footer(tmp_path: Path, slug: str) -> None:
    with running(town_settings(tmp_path / "var", contact="rathaus@stadt.example")) as client:
        answer = client.get(f"/{slug}")
        assert f'href="/{slug}"' in client.get("/").text
    assert answer.status_code == 200
    assert "rathaus@stadt.example" in answer.text
    assert "{{" not in answer.text


def test_a_house_puts_its_own_text_in_the_place_of_ours(data_dir: Path) -> None:
    (data_dir / "seiten").mkdir()
    (data_dir / "seiten" / "impressum.md").write_text("# Impressum\n\nStadt *{{stadt}}*, Am Markt 1", "utf-8")
    page = duty_page(town_settings(data_dir), "Kranichsbrück & Umland", "impressum")
    assert "<em>Kranichsbrück &amp; Umland</em>, Am Markt 1" in page.body


def test_what_a_house_writes_cannot_run(data_dir: Path) -> None:
    (data_dir / "seiten").mkdir()
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>[hier](javascript:alert(1))"
    (data_dir / "seiten" / "datenschutz.md").write_text(hostile, "utf-8")
    body = duty_page(town_settings(data_dir), "<script>", "datenschutz").body
    assert "<script" not in body
    assert "onerror" not in body
    assert "javascript" not in body
