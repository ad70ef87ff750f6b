"""The search page in a real browser: with scripts, without, with the keyboard alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from app.html import FETCHED, has_viewer
from app.schemas import Answer
from tests.browser.conftest import OpenPage, Town, Watch


@pytest.fixture
def page(town: Town, visit: OpenPage) -> Page:
    return visit(town.service)


def focused(page: Page) -> str:
    """The name of what the keyboard acts on."""
    return str(page.evaluate("(document.activeElement.innerText || document.activeElement.id || '').trim()"))


def test_the_keyboard_leads_from_the_question_to_the_passage(page: Page) -> None:
    expect(page.get_by_role("combobox", name="Frage oder Stichworte")).to_be_focused()
    page.keyboard.type("Wann verfällt Resturlaub?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=Wann*")
    page.keyboard.press("Tab")
    assert focused(page) == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    while focused(page) != "urlaub":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/api/v1/documents/*/file")


def test_focus_follows_the_order_of_reading(page: Page, town: Town) -> None:
    page.goto(f"{town.service}/?q=Resturlaub")
    places: list[tuple[float, float]] = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            """() => { const e = document.activeElement, b = e.getBoundingClientRect();
            return e.closest('.hits') ? [b.y + scrollY, b.x] : null; }"""
        )
        if inside:
            places.append((round(inside[0] / 12), inside[1]))
    assert len(places) > 5
    assert places == sorted(places)


def test_titles_and_headings_are_completed_and_chosen_with_the_keyboard(page: Page) -> None:
    field = page.get_by_role("combobox", name="Frage oder Stichworte")
    field.press_sequentially("uebertr", delay=10)
    expect(page.get_by_role("option", name="§ 9 Übertragung")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Vorschläge")).to_be_hidden()
    field.press_sequentially("ag", delay=10)
    expect(page.get_by_role("option", name="§ 9 Übertragung")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=%C2%A7+9*")


@pytest.mark.parametrize("more", ["", "&department=ordnungsamt&year=2019"])
def test_results_have_the_room_there_is(page: Page, town: Town, more: str) -> None:
    page.goto(f"{town.service}/?q=Wochenmarkt{more}")
    box = page.get_by_role("article").first.bounding_box()
    assert box is not None
    assert box["width"] > 700


def test_a_preview_shows_the_neighbours_in_place(page: Page, town: Town) -> None:
    page.goto(f"{town.service}/?q=Resturlaub")
    button = page.get_by_role("button", name="Vorschau").first
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".preview").first).to_contain_text("Attest")
    button.click()
    expect(page.locator(".preview").first).to_be_hidden()


def test_a_remark_is_sent_without_leaving_the_page(page: Page, town: Town) -> None:
    page.goto(f"{town.service}/?q=Resturlaub")
    page.locator("summary", has_text="Rückmeldung").first.click()
    page.get_by_label("Falls nicht: warum?").first.select_option("veraltet")
    page.get_by_role("button", name="Nicht hilfreich").first.click()
    expect(page.locator(".told")).to_contain_text("Danke")
    expect(page.locator(".told")).to_be_focused()


def test_a_service_that_is_away_is_told_in_place(page: Page, town: Town, watch: Watch) -> None:
    page.goto(f"{town.service}/?q=Resturlaub")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.get_by_role("button", name="Vorschau").first.click()
    expect(page.locator(".preview").first).to_contain_text("ließ sich nicht laden")
    page.locator("summary", has_text="Rückmeldung").first.click()
    page.get_by_role("button", name="Hilfreich", exact=True).first.click()
    expect(page.locator(".told")).to_contain_text("nicht speichern")
    watch.expected.append("Failed to load resource")


def test_without_javascript_everything_is_a_link_or_a_form(town: Town, visit: OpenPage) -> None:
    page = visit(town.service, java_script_enabled=False)
    page.get_by_label("Frage oder Stichworte").fill("Wochenmarkt")
    page.get_by_role("button", name="Suchen").click()
    page.get_by_text("Eingrenzen", exact=True).click()
    page.get_by_role("link", name=re.compile("^2019")).click()
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("link", name=re.compile("^2019.*aufheben")).click()
    page.get_by_label("Reihenfolge").select_option("date")
    page.get_by_role("button", name="Suchen").click()
    page.locator("summary", has_text="Rückmeldung").first.click()
    page.get_by_role("button", name="Nicht hilfreich").first.click()
    expect(page.get_by_role("heading", name="Danke")).to_be_visible()
    page.goto(f"{town.service}/?q=Wochenmarkt")
    page.get_by_role("link", name="Im Zusammenhang lesen").first.click()
    expect(page.get_by_role("heading", name="Ähnliche Dokumente")).to_be_visible()


def open_pdf(page: Page, town: Town) -> None:
    page.goto(f"{town.service}/?q=Grabmale+Naturstein+Genehmigung")
    page.get_by_role("heading", name="Friedhofssatzung").get_by_role("link").first.click()
    page.wait_for_url("**/ansicht/*")


def test_a_pdf_opens_at_its_page_with_the_passage_marked(page: Page, town: Town) -> None:
    open_pdf(page, town)
    expect(page.get_by_text("Seite 3 von 3")).to_be_visible()
    marked = page.locator(".textLayer .marked")
    expect(marked.filter(has_text="Grabmale aus Naturstein")).to_have_count(1)
    lines, canvas = marked.first.bounding_box(), page.locator(".paper canvas").bounding_box()
    assert lines is not None
    assert canvas is not None
    assert lines["height"] > 5
    assert canvas["x"] <= lines["x"]
    assert lines["x"] + lines["width"] <= canvas["x"] + canvas["width"] + 2
    expect(page.get_by_role("button", name="Nächste Seite")).to_be_disabled()
    page.get_by_role("button", name="Vorige Seite").click()
    expect(page.get_by_text("Seite 2 von 3")).to_be_visible()
    expect(marked).to_have_count(0)


def test_where_the_viewer_fails_the_text_and_the_way_to_the_original_remain(
    page: Page, town: Town, watch: Watch
) -> None:
    page.route("**/fetched/**", lambda route: route.abort())
    open_pdf(page, town)
    expect(page.locator("#text")).to_contain_text("Naturstein")
    expect(page.get_by_role("link", name="Original auf Seite 3 öffnen")).to_be_visible()
    expect(page.locator("#ansicht")).to_be_hidden()
    watch.expected.append("Failed to load resource")


def test_where_no_viewer_was_fetched_the_title_leads_to_the_original(
    page: Page, town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert has_viewer(), f"scripts/install.sh web-tests fills {FETCHED}"
    monkeypatch.setattr("app.html.FETCHED", tmp_path)
    page.goto(f"{town.service}/?q=Grabmale+Naturstein+Genehmigung")
    link = page.get_by_role("heading", name="Friedhofssatzung").get_by_role("link").first
    assert str(link.get_attribute("href")).endswith("/file#page=3")


def test_hostile_titles_and_questions_are_text(page: Page, town: Town) -> None:
    for question in ("Schädling", "<img src=x onerror=alert(1)>", "🐕 מה x", "x" * 500):
        page.goto(town.service)
        page.get_by_role("combobox", name="Frage oder Stichworte").fill(question)
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=*")
        assert page.get_by_role("combobox", name="Frage oder Stichworte").input_value() == question
        assert "gehackt" not in page.title()
        assert page.locator("main img, main script, main b").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_completion_that_comes_late_is_not_shown_for_another_question(page: Page) -> None:
    def late(route: Route) -> None:
        page.wait_for_timeout(300 if "q=ub" in route.request.url else 0)
        route.continue_()

    page.route("**/api/v1/suggest?*", late)
    field = page.get_by_role("combobox", name="Frage oder Stichworte")
    field.press_sequentially("ub", delay=10)
    page.wait_for_timeout(200)
    field.fill("uebertr")
    expect(page.get_by_role("option", name="§ 9 Übertragung")).to_be_visible()
    page.wait_for_timeout(400)
    expect(page.locator("#vorschlaege [role=option]")).to_have_count(1)


SENTENCE = {
    "text": "Resturlaub verfällt <i>Ende</i> März.",
    "chunk_id": "1",
    "citation": "§ 9",
    "page": None,
    "document": {"title": "Urlaubsordnung"},
}


@pytest.mark.parametrize("kind", ["written", "quoted"])
def test_a_written_answer_takes_the_place_of_the_quoted_one_only_if_it_counts(
    page: Page, town: Town, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    quoted = Answer(query="x", generation="1", took_ms=1, kind="none", text="Nichts Belastbares.", sentences=[])
    last = {"kind": kind, "sentences": [SENTENCE]}
    body = f"event: sentence\ndata: {json.dumps(SENTENCE)}\n\nevent: answer\ndata: {json.dumps(last)}\n\n"
    monkeypatch.setattr("app.search_page.spoken_answer", lambda *_: quoted)
    monkeypatch.setattr("app.search_page.stream_address", lambda *_: "/api/v1/answer/stream?q=x")
    page.route("**/answer/stream?*", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    page.goto(f"{town.service}/?q=Resturlaub")
    if kind == "written":
        expect(page.locator("section.answer")).to_contain_text("Resturlaub verfällt <i>Ende</i> März.")
        expect(page.locator("section.answer")).to_contain_text("Von einem Sprachmodell formuliert")
    else:
        expect(page.locator("section.answer")).to_contain_text("Nichts Belastbares.")
    expect(page.locator("section.answer")).to_have_count(1)
