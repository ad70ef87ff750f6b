"""Narrowing, ordering and leading on: what the search page offers beside the passages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.adding import take_in
from app.wiring import open_archive
from tests.test_app_pages import Page
from tests.town import TOOLS, fill, running, settle, town_settings, write_papers

YEARS = {"markt-alt.txt": 2019, "markt-neu.txt": 2023}
PAPERS = {
    "markt-alt.txt": "# Marktsatzung\nStandplätze auf dem Wochenmarkt vergibt das Ordnungsamt jährlich im Herbst.\n",
    "markt-neu.txt": "# Merkblatt Wochenmarkt\nHändler bauen bis sieben Uhr auf; Wochenmarkt ist jeden Samstag.\n",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("town")
    settings = town_settings(home / "var")
    fill(settings, home / "akten")
    written = write_papers(home / "markt", PAPERS)
    for name, year in YEARS.items():
        moment = datetime(year, 6, 1, tzinfo=UTC).timestamp()
        os.utime(written / name, (moment, moment))
    opened = open_archive(settings, TOOLS)
    list(take_in(opened, "Ordnungsamt", "Märkte", [written]))
    settle(opened)
    opened.close()
    with running(settings) as client:
        yield client


def ask(client: TestClient, **parameters: Any) -> dict[str, Any]:
    return dict(client.get("/api/v1/search", params={"q": "Wochenmarkt", **parameters}).json())


def sources(answer: dict[str, Any]) -> list[str]:
    return [passage["document"]["source"] for passage in answer["passages"]]


def test_facets_come_on_request_and_count_documents(client: TestClient) -> None:
    assert ask(client)["facets"] is None
    facets = ask(client, facets=True)["facets"]
    counts = {(facet["kind"], facet["value"]): facet["documents"] for facet in facets}
    assert counts["department", "ordnungsamt"] == counts["collection", "maerkte"] == 2
    assert counts["year", "2019"] == counts["year", "2023"] == 1
    assert {facet["name"] for facet in facets if facet["kind"] == "media_type"} == {"TXT"}
    years = [int(facet["value"]) for facet in facets if facet["kind"] == "year"]
    assert years == sorted(years, reverse=True)


def test_a_facet_holds_the_documents_it_counted(client: TestClient) -> None:
    for facet in ask(client, facets=True)["facets"]:
        if facet["kind"] == "year":
            year = int(facet["value"])
            narrowed = ask(client, since=f"{year}-01-01", until=f"{year + 1}-01-01", limit=50, per_document=1)
        else:
            narrowed = ask(client, limit=50, per_document=1, **{facet["kind"]: facet["value"]})
        assert len(narrowed["passages"]) == facet["documents"], facet


def test_by_date_the_newest_document_comes_first(client: TestClient) -> None:
    by_date = ask(client, sort="date", department="ordnungsamt")
    assert sources(by_date) == ["markt-neu.txt", "markt-alt.txt"]
    dates = [passage["document"]["modified_at"] for passage in ask(client, sort="date", limit=50)["passages"]]
    assert dates == sorted(dates, reverse=True)


def test_similar_documents_leave_out_the_document_itself(client: TestClient) -> None:
    best = ask(client)["passages"][0]["document"]
    similar = client.get(f"/api/v1/documents/{best['id']}/similar", params={"limit": 3}).json()["documents"]
    assert 0 < len(similar) <= 3
    assert best["id"] not in [item["id"] for item in similar]
    assert client.get("/api/v1/documents/999999/similar").status_code == 404


def page(client: TestClient, **parameters: str) -> Page:
    return Page(client.get("/", params={"q": "Wochenmarkt", **parameters}).text)


def test_the_page_narrows_by_links_and_takes_each_back(client: TestClient) -> None:
    links = [link["href"] for link in page(client).all("a")]
    assert "/?q=Wochenmarkt&year=2019" in links
    assert "/?q=Wochenmarkt&department=ordnungsamt" in links
    narrowed = page(client, year="2019", department="ordnungsamt", sort="date")
    assert "Eingegrenzt auf" in narrowed.text("main")
    assert "Merkblatt" not in narrowed.text("ol")
    links = [link["href"] for link in narrowed.all("a")]
    assert "/?q=Wochenmarkt&department=ordnungsamt&sort=date" in links
    assert "/?q=Wochenmarkt&year=2019&sort=date" in links
    hidden = {field["name"]: field["value"] for field in narrowed.all("input") if field.get("type") == "hidden"}
    assert hidden["year"] == "2019"


def test_nothing_found_names_the_department_that_comes_nearest(client: TestClient) -> None:
    found = page(client, department="hauptamt", year="2019")
    assert "Nichts gefunden" in found.text("main")
    assert "Ordnungsamt" in found.text("strong")
    assert "/?q=Wochenmarkt&department=ordnungsamt" in [link["href"] for link in found.all("a")]


def test_a_year_that_is_none_narrows_nothing(client: TestClient) -> None:
    for year in ("abc", "99999", "²019", "-1"):
        assert "Merkblatt" in page(client, year=year).text("ol")
