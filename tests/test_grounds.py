"""What is only nearest is told apart from what was found, and one telling word is always reason enough."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.wiring import open_archive
from catalogue.access import Reader
from catalogue.view import View
from indexes.search import SearchRequest
from tests.test_app_pages import Page
from tests.town import TOOLS, fill, town_settings

NONSENSE = "yxcv uiop"


def ask(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    return dict(client.get("/api/v1/search", params={"q": question, **more}).json())


@pytest.mark.parametrize("question", [NONSENSE, "Gluonen", "Quantenchromodynamik Gluonen", "???"])
def test_what_neither_words_nor_meaning_support_is_only_similar(client: TestClient, question: str) -> None:
    found = ask(client, question)
    assert found["only_similar"] is True
    assert found["passages"], "nothing is kept from whoever wants to see it"


@pytest.mark.parametrize(
    "question",
    ["Resturlaub", "Resturlaub Quantenchromodynamik Gluonen", "Näheres regelt Anlage", "Personalauswies", "Hund fnord"],
)
def test_one_telling_word_is_reason_enough_even_mistyped_and_so_are_common_ones(
    client: TestClient, question: str
) -> None:
    assert ask(client, question)["only_similar"] is False


def test_a_word_found_outside_what_was_chosen_is_no_reason(client: TestClient) -> None:
    assert ask(client, "Personalausweis")["only_similar"] is False
    assert ask(client, "Personalausweis", department="hauptamt")["only_similar"] is True


def test_a_word_in_what_the_reader_may_not_see_is_no_reason(tmp_path: Any) -> None:
    settings = town_settings(tmp_path / "var")
    fill(settings, tmp_path / "akten")
    opened = open_archive(settings, TOOLS)
    live = opened.live_index()
    live.try_refresh()
    with opened.sessions() as session:
        for departments, is_far in ((None, False), (frozenset({1}), True)):
            reader = Reader(opened.tenant_id, departments)
            found = live.searcher.search(session, SearchRequest("Personalausweis"), View(reader))
            assert found.only_similar is is_far
    opened.close()


def test_the_page_says_nothing_was_found_names_the_nearest_and_shows_it_on_request(client: TestClient) -> None:
    page = Page(client.get("/", params={"q": NONSENSE}).text)
    assert "Nichts gefunden" in page.text("h2")
    assert page.text("strong") in {"Hauptamt", "Bürgerbüro"}
    assert "Trotzdem ähnliche Stellen zeigen" in page.text("summary")
    assert "Ähnliche Stellen 1 bis" in page.text("details")
    assert "open" not in page.all("details")[0]
    assert "Nichts gefunden" not in client.get("/", params={"q": "Resturlaub"}).text
