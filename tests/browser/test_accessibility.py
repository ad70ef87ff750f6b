"""Every page and every state of the widget: axe finds nothing, nothing is cut off, nothing is lost in any theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenPage, Town, Watch
from tests.browser.looks import looks_as_before
from tests.browser.test_widget import ANSWER, DEMO, FIELD, OPTION, SEARCHES, STATUS
from tests.browser.town import ADMIN_TOKEN

THEMES: dict[str, dict[str, Any]] = {
    "hell": {},
    "dunkel": {"color_scheme": "dark"},
    "kontrast": {"forced_colors": "active"},
    "320": {"viewport": {"width": 320, "height": 640}},
    "200-prozent": {"viewport": {"width": 640, "height": 512}, "device_scale_factor": 2},
}
Act = Callable[[Page], None]


def nothing(_page: Page) -> None:
    """Look at the page as it comes."""


def completed(page: Page) -> None:
    page.locator("#q").press_sequentially("hund", delay=5)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def opened(page: Page) -> None:
    """Everything on a page of results that can be opened."""
    page.get_by_role("button", name="Vorschau").first.click()
    expect(page.locator(".preview p").first).to_be_visible()
    page.locator("summary", has_text="Rückmeldung").first.click()
    facets = page.locator(".facets details")
    facets.evaluate("element => { element.open = true; }")


def revealed(page: Page) -> None:
    page.get_by_text("Trotzdem ähnliche Stellen zeigen").click()
    expect(page.get_by_role("article").first).to_be_visible()


def in_pdf(page: Page) -> None:
    page.get_by_role("heading", name="Friedhofssatzung").get_by_role("link").first.click()
    expect(page.get_by_text("Seite 3 von 3")).to_be_visible()


def in_context(page: Page) -> None:
    page.get_by_role("link", name="Im Zusammenhang lesen").first.click()
    expect(page.get_by_role("heading", name="Ähnliche Dokumente")).to_be_visible()


def signed_in(page: Page) -> None:
    page.get_by_label("Kennwort").fill(ADMIN_TOKEN)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Suchindex")).to_be_visible()


PAGES: dict[str, tuple[str, Act]] = {
    "anfang": ("/", nothing),
    "vorschlaege": ("/", completed),
    "ergebnisse": ("/?q=Resturlaub", opened),
    "antwort": ("/?q=Was+kostet+der+erste+Hund+im+Jahr%3F", nothing),
    "keine-antwort": ("/?q=Wie+viele+Astronauten+waren+auf+dem+Mond%3F", nothing),
    "eingegrenzt": ("/?q=Wochenmarkt&department=ordnungsamt&year=2019&sort=date", nothing),
    "nichts": ("/?q=Wochenmarkt&department=hauptamt&year=2019", nothing),
    "nichts-aehnliches": ("/?q=yxcv+uiop", revealed),
    "abgelehnt": ("/?q=x", nothing),
    "zusammenhang": ("/?q=Resturlaub", in_context),
    "pdf": ("/?q=Grabmale+Naturstein+Genehmigung", in_pdf),
    "barrierefreiheit": ("/barrierefreiheit", nothing),
    "datenschutz": ("/datenschutz", nothing),
    "impressum": ("/impressum", nothing),
    "danke": ("/rueckmeldung", nothing),
    "schnittstelle": ("/api/docs", nothing),
    "anmeldung": ("/verwaltung", nothing),
    "verwaltung": ("/verwaltung", signed_in),
    "gibt-es-nicht": ("/gibt-es-nicht", nothing),
}


def typed(question: str) -> Act:
    def act(page: Page) -> None:
        page.locator(FIELD).fill(question)
        expect(page.locator(OPTION).last).to_contain_text("Alle Ergebnisse")
        page.keyboard.press("ArrowDown")

    return act


def answered(page: Page) -> None:
    page.route("**/api/v1/answer?*", lambda route: route.fulfill(json=ANSWER))
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(OPTION).first).to_contain_text("Antwort")


def found_nothing(page: Page) -> None:
    page.locator(FIELD).fill("yxcv uiop")
    expect(page.locator(STATUS)).to_contain_text("wurde nichts gefunden")


def remembered(page: Page) -> None:
    page.evaluate("localStorage.setItem('stadtwissen-suche:zuletzt', '[\"Hundesteuer\", \"Resturlaub\"]')")
    page.locator(FIELD).focus()
    expect(page.locator(OPTION).first).to_be_visible()


def away(page: Page) -> None:
    page.route(SEARCHES, lambda route: route.abort())
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(STATUS)).to_contain_text("nicht zu erreichen")


def slow(page: Page) -> None:
    page.route(SEARCHES, lambda _route: None)
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(STATUS)).to_contain_text("länger als gewöhnlich")


def in_easy_language(page: Page) -> None:
    page.get_by_role("combobox", name="Suche im Bürger-Büro").fill("Ausweis")
    expect(page.get_by_role("option").first).to_be_visible()


WIDGET: dict[str, tuple[str, Act]] = {
    "widget-ruhe": (DEMO, nothing),
    "widget-treffer": (DEMO, typed("Hundesteuer")),
    "widget-antwort": (DEMO, answered),
    "widget-nichts": (DEMO, found_nothing),
    "widget-zuletzt": (DEMO, remembered),
    "widget-gestoert": (DEMO, away),
    "widget-langsam": (DEMO, slow),
    "widget-leicht": (DEMO, in_easy_language),
    "widget-rahmen": ("/widget/rahmen", nothing),
}
STATES = PAGES | WIDGET
# What the narrow, enlarged and high-contrast views of the other states are made of is in these.
MAIN = ("anfang", "ergebnisse", "eingegrenzt", "pdf", "verwaltung", "widget-treffer", "widget-gestoert")
LOOKS = [(state, theme) for state in STATES for theme in THEMES if theme in {"hell", "dunkel"} or state in MAIN]


# Pages of text only, and the interface's own page, are looked at once; the rest in every theme that it is made for.
ONCE = ("abgelehnt", "danke", "impressum", "datenschutz", "gibt-es-nicht", "widget-rahmen", "widget-langsam")
UNPICTURED = ("schnittstelle",)


def is_pictured(state: str, theme: str) -> bool:
    return state not in UNPICTURED and (theme == "hell" or state not in ONCE)


@pytest.mark.parametrize(("state", "theme"), LOOKS)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    town: Town, visit: OpenPage, watch: Watch, state: str, theme: str
) -> None:
    address, act = STATES[state]
    page = visit(town.service + address, **THEMES[theme])
    act(page)
    if is_pictured(state, theme):
        assert looks_as_before(page, f"{state}-{theme}") == ""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    watch.expected.append("Failed to load resource")


def test_a_picture_waits_for_a_style_sheet_that_comes_late(town: Town, visit: OpenPage) -> None:
    page = visit(f"{town.service}/verwaltung")

    def late(route: Route) -> None:
        expect(page.get_by_role("heading", name="Suchindex")).to_be_visible()
        # More questions than a picture asks, so that one that does not wait is measured in between.
        for _ in range(20):
            page.evaluate("document.readyState")
        route.continue_()

    page.route("**/static/stadtwissen.css", late)
    signed_in(page)
    assert looks_as_before(page, "verwaltung-hell") == ""


def test_printed_only_what_is_to_be_read_remains(town: Town, visit: OpenPage) -> None:
    page = visit(f"{town.service}/?q=Resturlaub", color_scheme="dark")
    page.emulate_media(media="print")
    assert looks_as_before(page, "ergebnisse-druck") == ""
    for unwanted in ("form.ask", ".facets", ".remark", ".actions", "footer"):
        expect(page.locator(unwanted).first).to_be_hidden()
    expect(page.get_by_role("article").first).to_be_visible()
    ground = "getComputedStyle(document.querySelector('article')).backgroundColor"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate(ground) == "rgb(255, 255, 255)", "dark ground costs ink, and black on it is unreadable"


def test_larger_spacing_of_text_cuts_nothing_off(town: Town, visit: OpenPage) -> None:
    page = visit(f"{town.service}/?q=Resturlaub", viewport={"width": 800, "height": 600}, bypass_csp=True)
    spacing = "line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important;"
    page.add_style_tag(content=f"* {{ {spacing} }} p {{ margin-bottom: 2em !important; }}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = (
        "e => getComputedStyle(e).overflow === 'hidden' && e.scrollHeight > e.clientHeight + 1 && !e.matches('.hidden')"
    )
    assert page.evaluate(f"[...document.querySelectorAll('main *')].filter({cut}).map(e => e.className)") == []


def test_targets_are_large_enough_to_hit(town: Town, visit: OpenPage) -> None:
    page = visit(town.service + DEMO, viewport={"width": 320, "height": 640})
    typed("Hundesteuer")(page)
    small = page.locator("stadtwissen-suche").first.evaluate(
        """element => [...element.shadowRoot.querySelectorAll('button, input, a')].filter(e => e.checkVisibility())
        .map(e => e.getBoundingClientRect()).filter(box => box.height < 24 || box.width < 24).length"""
    )
    assert small == 0


def test_what_happens_is_announced(town: Town, visit: OpenPage) -> None:
    page = visit(town.service + DEMO)
    page.evaluate("""() => { window.said = [];
        const spoken = document.querySelector('stadtwissen-suche').shadowRoot.querySelector('[role=status]');
        new MutationObserver(() => window.said.push(spoken.textContent)).observe(spoken, { childList: true }); }""")
    typed("Hundesteuer")(page)
    said = [text for text in page.evaluate("window.said") if "länger als" not in text]
    assert len(said) == 1, "once, not with every letter"
    assert re.match(r"\d Treffer\. Auswahl mit den Pfeiltasten\.", said[0])
