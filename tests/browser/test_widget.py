"""The widget as staff use it: on pages of all kinds, with the keyboard, on a bad network."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.embedding import WIDGET
from tests.browser.conftest import OpenPage, Town, Watch

DEMO = "/widget/demo/einfach.html"
FIELD = "stadtwissen-suche >> nth=0 >> input[role=combobox]"
OPTION = "stadtwissen-suche >> nth=0 >> [role=option]"
STATUS = "stadtwissen-suche >> nth=0 >> [role=status]"
PANEL = "stadtwissen-suche >> nth=0 >> .panel"
SEARCHES = "**/api/v1/search?*"


def test_the_script_is_small() -> None:
    assert len(gzip.compress((WIDGET / "stadtwissen-suche.js").read_bytes())) <= 20_000


@pytest.fixture
def page(town: Town, visit: OpenPage) -> Page:
    """The plainest page with the widget."""
    return visit(town.service + DEMO)


def test_a_question_is_answered_while_it_is_typed_and_enter_opens_the_passage(page: Page) -> None:
    page.locator(FIELD).press_sequentially("Resturlaub", delay=15)
    expect(page.locator(OPTION).first).to_contain_text("31. März")
    expect(page.locator(OPTION).first.locator("mark").first).to_have_text("Resturlaub")
    expect(page.locator(STATUS)).to_contain_text("Treffer")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/api/v1/documents/*/file")


def ask(page: Page, question: str) -> None:
    """Type a question and wait for its answer."""
    page.locator(FIELD).fill(question)
    expect(page.locator(OPTION).last).to_contain_text("Alle Ergebnisse")


def chosen(page: Page) -> str:
    """What a screen reader would say is chosen."""
    return str(
        page.locator(FIELD).evaluate(
            "f => f.getRootNode().getElementById(f.getAttribute('aria-activedescendant'))?.textContent ?? ''"
        )
    )


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type("Urlaub")
    expect(page.locator(OPTION).first).to_be_visible()
    expect(page.locator(FIELD)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowUp")
    assert "Alle Ergebnisse" in chosen(page)
    page.keyboard.press("ArrowDown")
    assert chosen(page) == ""
    page.keyboard.press("ArrowDown")
    assert "urlaub" in chosen(page)
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_be_hidden()
    expect(page.locator(FIELD)).to_have_value("Urlaub")
    page.keyboard.press("ArrowDown")
    expect(page.locator(PANEL)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(FIELD)).to_have_value("")


def test_control_enter_opens_a_new_tab_and_enter_alone_the_search_page(page: Page, town: Town) -> None:
    ask(page, "Hundesteuer")
    page.keyboard.press("ArrowDown")
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    assert "/api/v1/documents/" in opened.value.url
    expect(page.locator(PANEL)).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.service}/?q=Hundesteuer")


def test_a_bare_slash_is_typed_as_one_unless_the_host_switches_it_on(page: Page) -> None:
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator(FIELD)).not_to_be_focused()
    page.locator("stadtwissen-suche").first.evaluate("element => element.setAttribute('slash', '')")
    page.keyboard.press("/")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator(FIELD)).to_have_value("/")


def test_recent_searches_are_offered_kept_in_this_browser_only_and_can_be_forgotten(page: Page, town: Town) -> None:
    ask(page, "Kilometer eigener Wagen")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.service}/?q=*")
    page.goto(town.service + DEMO)
    page.keyboard.press("Control+k")
    expect(page.locator(OPTION).first).to_have_text("Kilometer eigener Wagen")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(OPTION).first).to_contain_text("38 Cent")
    page.locator(FIELD).fill("")
    page.get_by_role("option", name="Letzte Suchen löschen").click()
    assert page.evaluate("localStorage.length") == 0
    expect(page.locator(STATUS)).to_contain_text("gelöscht")


def test_where_the_host_says_so_nothing_is_remembered(page: Page, town: Town) -> None:
    field = page.get_by_role("combobox", name="Suche im Bürger-Büro")
    field.fill("Ausweis")
    expect(page.get_by_role("option", name="Mehr zu „Ausweis“ zeigen")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.service}/?q=Ausweis&department=buergerbuero")
    assert page.evaluate("localStorage.length") == 0


def test_fifty_questions_typed_fast_show_only_the_answer_to_the_last(page: Page) -> None:
    delays = iter(range(1000))

    def late_first(route: Route) -> None:
        """The earlier a question, the later its answer."""
        page.wait_for_timeout(max(0, 300 - 60 * next(delays)))
        route.continue_()

    page.route(SEARCHES, late_first)
    for number in range(49):
        page.locator(FIELD).evaluate(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }", f"Hund {number}"
        )
        if number % 10 == 0:
            page.wait_for_timeout(170)
    ask(page, "Personalausweis")
    page.wait_for_timeout(600)
    expect(page.locator(OPTION).last).to_have_text("Alle Ergebnisse zu „Personalausweis“")
    expect(page.locator(OPTION).first).to_contain_text("Verlust")


def test_the_host_page_hears_what_happens_and_may_go_there_itself(page: Page) -> None:
    page.evaluate("""() => {
        window.heard = [];
        for (const name of ["search", "results", "select", "open", "close"])
            document.addEventListener(`stadtwissen-${name}`, event => {
                window.heard.push(name);
                if (name === "select") { window.picked = event.detail; event.preventDefault(); }
            });
    }""")
    ask(page, "Hundesteuer")
    page.locator(OPTION).first.click()
    assert page.evaluate("window.heard") == ["search", "open", "results", "select", "close"]
    assert page.evaluate("window.picked.passage.document.title") == "hund"
    assert page.url.endswith(DEMO)


def test_a_slow_service_is_named_slow_and_its_answer_shown_when_it_comes(page: Page) -> None:

    def late(route: Route) -> None:
        page.wait_for_timeout(2500)
        route.continue_()

    page.route(SEARCHES, late)
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(STATUS)).to_contain_text("länger als gewöhnlich")
    expect(page.locator(OPTION).first).to_contain_text("60 Euro")


def test_a_service_that_is_away_is_told_and_asked_again_until_it_is_back(page: Page, watch: Watch) -> None:
    page.route(SEARCHES, lambda route: route.abort())
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(STATUS)).to_contain_text("nicht zu erreichen")
    page.unroute(SEARCHES)
    expect(page.locator(OPTION).first).to_contain_text("60 Euro")
    page.route(SEARCHES, lambda route: route.fulfill(status=503, json={"detail": "Der Index wird gebaut.", "hint": ""}))
    page.locator(FIELD).fill("Personalausweis")
    expect(page.locator(STATUS)).to_contain_text("Der Index wird gebaut.")
    page.unroute(SEARCHES)
    page.get_by_role("button", name="Jetzt noch einmal versuchen").click()
    expect(page.locator(OPTION).first).to_contain_text("Verlust")
    watch.expected.append("Failed to load resource")


def test_an_answer_of_an_earlier_state_says_so(page: Page) -> None:
    def earlier(route: Route) -> None:
        route.fulfill(json=route.fetch().json() | {"as_of": "2026-11-29T12:00:00Z"})

    page.route(SEARCHES, earlier)
    ask(page, "Hundesteuer")
    expect(page.locator(STATUS)).to_contain_text("Treffer")
    expect(page.locator(STATUS)).to_contain_text("es kann etwas fehlen")
    expect(page.locator(OPTION).first).to_contain_text("60 Euro")
    page.unroute(SEARCHES)
    ask(page, "Personalausweis")
    expect(page.locator(STATUS)).not_to_contain_text("es kann etwas fehlen")


def test_a_refusal_is_told_in_the_words_of_the_service(page: Page, watch: Watch) -> None:
    page.locator("stadtwissen-suche").first.evaluate("element => element.setAttribute('department', 'nirgendwo')")
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(STATUS)).to_contain_text("Die Abteilung „nirgendwo“ gibt es nicht.")
    watch.expected.append("Failed to load resource")


QUESTIONS = [
    "<img src=x onerror=alert(1)> Hund",
    "🐕‍🦺 Hundesteuer",
    "שלום مرحبا Hund",
    "Hundesteuer " * 45,
    "a\u0300\u0301" * 160,
]


@pytest.mark.parametrize("question", QUESTIONS, ids=["markup", "emoji", "right-to-left", "long", "combining"])
def test_any_question_is_shown_as_the_text_it_is(page: Page, question: str) -> None:
    page.locator(FIELD).fill(question)
    expect(page.locator(PANEL)).to_contain_text(question.strip(), use_inner_text=False)
    assert page.locator("stadtwissen-suche img").count() == 0


def test_hostile_titles_and_texts_are_shown_and_not_run(page: Page) -> None:
    ask(page, "Schädling")
    expect(page.locator(OPTION).first).to_contain_text("<script>")
    assert page.locator("stadtwissen-suche >> nth=0 >> .panel >> img, script, b").count() == 0
    assert page.title().startswith("Einfache Seite")


def test_css_of_the_host_page_changes_only_what_it_may(town: Town, visit: OpenPage) -> None:
    page = visit(town.service + "/widget/demo/cms.html")
    ask(page, "Hundesteuer")
    style = "e => ['textTransform', 'letterSpacing', 'float', 'textAlign'].map(name => getComputedStyle(e)[name])"
    assert page.locator(OPTION).first.evaluate(style) == ["none", "normal", "none", "start"]
    assert (
        page.locator("stadtwissen-suche >> button[type=submit]").evaluate("e => getComputedStyle(e).fontWeight")
        == "400"
    )
    on_top = page.locator(OPTION).first.evaluate("""element => {
        const box = element.getBoundingClientRect();
        return element.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) !== null
            && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2).localName;
    }""")
    assert on_top == "stadtwissen-suche"


def test_in_a_frame_the_widget_opens_what_is_found_in_a_tab_of_its_own(town: Town, visit: OpenPage) -> None:
    page = visit(town.service + "/widget/demo/rahmen.html")
    inside = page.frame_locator("iframe")
    inside.get_by_role("combobox", name="Suche im Rahmen").fill("Hundesteuer")
    with page.context.expect_page() as opened:
        inside.get_by_role("option").first.click()
    assert "/api/v1/documents/" in opened.value.url


def test_without_javascript_there_is_a_form_that_works(town: Town, visit: OpenPage) -> None:
    page = visit(town.service + DEMO, java_script_enabled=False)
    page.get_by_label("In den Dokumenten suchen").fill("Hundesteuer")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("heading", name="hund")).to_be_visible()


HOST_PAGE = """<!doctype html><html lang="de"><head><title>Intranet</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {service};
 connect-src 'self' {service}; img-src 'self'; base-uri 'none'; form-action {service};
 require-trusted-types-for 'script'">
<script src="{service}/widget/stadtwissen-suche.js" {how}></script></head>
<body><main><h1>Intranet</h1><stadtwissen-suche {more}></stadtwissen-suche></main></body></html>"""


def host(town: Town, name: str, how: str, more: str = "") -> str:
    """Put a page with the strictest policy there is into the intranet."""
    (town.intranet_dir / name).write_text(HOST_PAGE.format(service=town.service, how=how, more=more), "utf-8")
    return f"{town.intranet}/{name}"


@pytest.mark.parametrize("how", ["defer", "async", "type=module crossorigin"])
def test_another_origin_and_a_strict_policy_are_no_obstacle(town: Town, visit: OpenPage, how: str) -> None:
    page = visit(host(town, f"{how[:5]}.html", how, f'api="{town.service}"'))
    ask(page, "Hundesteuer")
    background = page.locator("stadtwissen-suche >> button[type=submit]").evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    assert background == "rgb(32, 68, 170)", "its styles must have been accepted"
    page.locator(OPTION).first.click()
    page.wait_for_url(f"{town.service}/api/v1/documents/*/file")


def test_a_token_of_the_hosts_back_end_goes_along_and_is_fetched_again_when_it_is_refused(
    town: Town, visit: OpenPage, watch: Watch
) -> None:
    page = visit(host(town, "schein.html", "defer", 'token-url="/schein"'))
    sent: list[str | None] = []

    def guarded(route: Route) -> None:
        """A service that wants to see a token, and does not like the first one."""
        if route.request.method == "GET":
            sent.append(route.request.headers.get("authorization"))
        if len(sent) == 1:
            route.fulfill(status=401, json={"detail": "abgelaufen"}, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.continue_()

    page.route(SEARCHES, guarded)
    ask(page, "Hundesteuer")
    assert sent == ["Bearer tagesschein"] * 2
    watch.expected.append("Failed to load resource")


def test_origins_that_are_not_on_the_list_get_no_answer(town: Town, visit: OpenPage, watch: Watch) -> None:
    address = host(town, "fremd.html", "defer").replace("127.0.0.1", "localhost")
    page = visit(address)
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(STATUS)).to_contain_text("nicht zu erreichen")
    assert any("CORS" in line for line in watch.complaints)
    watch.expected += ["CORS", "Failed to load resource"]


def test_on_a_small_screen_the_panel_stays_inside(town: Town, visit: OpenPage) -> None:
    page = visit(town.service + DEMO, viewport={"width": 320, "height": 480})
    ask(page, "Hundesteuer")
    box = page.locator(PANEL).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 480
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


ANSWER: dict[str, Any] = {
    "kind": "quoted",
    "sentences": [
        {
            "text": "Jeder weitere Hund kostet <b>90</b> Euro.",
            "chunk_id": "7",
            "citation": "§ 3",
            "page": 2,
            "document": {"title": "Hundesteuersatzung"},
        }
    ],
}


def test_an_answer_stands_above_the_passages_and_leads_to_its_place(town: Town, page: Page) -> None:
    found = page.request.get(f"{town.service}/api/v1/search?q=Hundesteuer").json()["passages"][0]["chunk_id"]
    answer = ANSWER | {"sentences": [ANSWER["sentences"][0] | {"chunk_id": found}]}
    page.route("**/api/v1/answer?*", lambda route: route.fulfill(json=answer))
    page.locator(FIELD).fill("Hundesteuer")
    expect(page.locator(OPTION).first).to_contain_text("Jeder weitere Hund kostet <b>90</b> Euro.")
    expect(page.locator(OPTION).first).to_contain_text("Hundesteuersatzung, § 3, Seite 2")
    expect(page.locator(STATUS)).to_contain_text("Antwort")
    page.keyboard.press("ArrowDown")
    assert chosen(page).startswith("Antwort")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.service}/passage/{found}")


def test_an_answer_that_comes_late_moves_nothing_under_the_hand(page: Page) -> None:
    def late(route: Route) -> None:
        page.wait_for_timeout(400)
        route.fulfill(json=ANSWER)

    page.route("**/api/v1/answer?*", late)
    ask(page, "Hundesteuer")
    page.keyboard.press("ArrowDown")
    before = page.locator(OPTION).count()
    page.wait_for_timeout(700)
    assert page.locator(OPTION).count() == before
