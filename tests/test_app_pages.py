from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.html import PAGES
from app.wiring import open_archive
from catalogue.tables import Chunk, Document, Revision
from tests.town import TOOLS, fill, running, town_settings

CSS = (PAGES / "static" / "stadtwissen.css").read_text("utf-8")


class Page(HTMLParser):
    """What a test wants to know of a page: its elements, its links, the text in each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"meta", "link", "input", "img"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts.setdefault(tag, []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return " ".join("".join(self.texts.get(tag, [])).split())


def page(client: TestClient, address: str, status: int = 200) -> Page:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def test_the_front_page_asks_and_says_what_can_be_asked(client: TestClient) -> None:
    front = page(client, "/")
    assert front.all("html")[0]["lang"] == "de"
    assert front.all("form")[0] | {"class": ""} == {
        "class": "",
        "action": "/",
        "method": "get",
        "role": "search",
        "aria-label": "Dokumente durchsuchen",
    }
    assert "4 Dokumenten aus 2 Abteilungen" in front.text("main")
    assert {item["value"] for item in front.all("option")} == {
        "",
        "date",
        "hauptamt",
        "buergerbuero",
        "dienstrecht",
        "handbuch",
    }


def test_an_answer_shows_the_passage_its_place_and_the_way_to_the_original(client: TestClient) -> None:
    found = page(client, "/?q=Resturlaub&department=hauptamt")
    assert "Resturlaub" in found.texts["mark"]
    assert "§ 9 Übertragung" in found.text("article")
    assert "Hauptamt" in found.text("article")
    assert re.search(r"Stand \d\d\.\d\d\.\d{4}", found.text("article"))
    links = [link["href"] for link in found.all("a")]
    assert any(re.fullmatch(r"/api/v1/documents/\d+/file", link) for link in links)
    assert all(client.get(link).status_code == 200 for link in links if link.startswith("/"))
    assert [item["value"] for item in found.all("option") if "selected" in item] == ["hauptamt"]
    assert next(item for item in found.all("input"))["value"] == "Resturlaub"


def test_the_page_of_a_passage_shows_what_stands_around_it(client: TestClient) -> None:
    chunk = client.get("/api/v1/search", params={"q": "Resturlaub"}).json()["passages"][0]["chunk_id"]
    text = page(client, f"/passage/{chunk}").text("main")
    assert "31. März" in text
    assert "Attest" in text


def test_nothing_found_says_so_and_offers_the_whole_town(client: TestClient) -> None:
    found = page(client, "/?q=Resturlaub&collection=handbuch&offset=990")
    assert "Nichts gefunden" in found.text("main")
    assert "/?q=Resturlaub" in [link["href"] for link in found.all("a")]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/?q=x", "mindestens 2 Zeichen"),
        (f"/?q={'x' * 5000}", "höchstens 1000 Zeichen"),
        ("/?q=Urlaub&department=nirgendwo", "nirgendwo"),
        ("/?q=Urlaub&offset=-1", "mindestens 0"),
        ("/?q=Urlaub&offset=abc", "ganze Zahl"),
    ],
)
def test_what_cannot_be_asked_comes_back_with_the_form_and_the_reason(
    client: TestClient, address: str, told: str
) -> None:
    answer = page(client, address, 422)
    assert told in answer.text("main")
    assert answer.all("form")


def test_pages_that_do_not_exist_are_pages_too(client: TestClient) -> None:
    for address in ("/gibt-es-nicht", "/passage/999999", "/passage/x"):
        assert "Zur Suche" in page(client, address, 404).text("a")


def test_an_empty_town_tells_the_administration_how_to_begin(tmp_path: Path) -> None:
    with running(town_settings(tmp_path / "leer")) as client:
        assert "stadtwissen add" in page(client, "/").text("main")
        assert "noch nichts eingelesen" in page(client, "/?q=Urlaub", 503).text("main")


@pytest.mark.parametrize("address", ["/", "/?q=Resturlaub", "/?q=x", "/nix", "/api/docs", "/?q=%22%3E%3Cscript%3E"])
def test_no_page_needs_what_the_policy_forbids(client: TestClient, address: str) -> None:
    answer = client.get(address)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    shown = Page(answer.text)
    assert "script" not in shown.texts, "nothing inline is run"
    assert shown.all("style") == []
    attributes = {name for _, given in shown.elements for name in given}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    loaded = [item["href"] for item in shown.all("link")]
    loaded += [item["src"] for tag in ("img", "script") for item in shown.all(tag)]
    assert all(client.get(item).status_code == 200 for item in loaded)


def test_hostile_titles_headings_and_passages_are_shown_as_text(tmp_path: Path) -> None:
    settings = town_settings(tmp_path / "var")
    fill(settings, tmp_path / "akten")
    hostile = '<img src=x onerror="alert(1)"> Resturlaub </title></mark><script>'
    opened = open_archive(settings, TOOLS)
    with opened.sessions.begin() as session:
        for document in session.query(Document):
            document.title, document.source = hostile, f"{document.id}{hostile}"
        for revision in session.query(Revision):
            revision.title, revision.warnings = hostile, [hostile]
        for chunk in session.query(Chunk):
            chunk.text, chunk.headings, chunk.citation, chunk.sheet = hostile, [hostile], hostile, hostile
    opened.close()
    with running(settings) as client:
        found = page(client, "/?q=Resturlaub")
        assert [script["src"] for script in found.all("script")] == ["/static/suche.js"]
        assert [image["src"] for image in found.all("img")] == ["/static/zeichen.svg"]
        assert "onerror" in found.text("article")
        name = client.get("/api/v1/search", params={"q": "Resturlaub"}).json()["passages"][0]["chunk_id"]
        assert page(client, f"/passage/{name}").all("script") == []


def test_every_field_has_a_label_and_every_page_one_main_heading(client: TestClient) -> None:
    chunk = client.get("/api/v1/search", params={"q": "Resturlaub"}).json()["passages"][0]["chunk_id"]
    for address in (
        *("/", "/?q=Resturlaub", "/?q=x", "/nix", f"/passage/{chunk}", "/api/docs"),
        *("/barrierefreiheit", "/datenschutz", "/impressum", "/rueckmeldung"),
    ):
        shown = Page(client.get(address).text)
        labels = {label["for"] for label in shown.all("label")}
        fields = [
            field["id"]
            for tag in ("input", "select", "textarea")
            for field in shown.all(tag)
            if field.get("type") != "hidden"
        ]
        assert set(fields) == labels
        assert len(shown.all("h1")) == 1
        assert len(shown.all("main")) == 1
        identities = [given["id"] for _, given in shown.elements if "id" in given]
        assert len(identities) == len(set(identities))
        assert all(given["aria-labelledby"] in identities for _, given in shown.elements if "aria-labelledby" in given)


def colours(scheme: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", scheme))


def contrast(one: str, other: str) -> float:
    """Source: WCAG 2.1, relative luminance."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_keep_their_contrast_in_both_schemes(scheme: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    found = colours(light) if scheme == "light" else colours(light) | colours(dark)
    texts = [(text, ground) for text in ("text", "quiet", "link") for ground in ("ground", "sheet")]
    texts += [("on-accent", "accent"), ("on-mark", "mark"), ("warn", "warn-ground")]
    assert {
        pair: contrast(found[pair[0]], found[pair[1]])
        for pair in texts
        if contrast(found[pair[0]], found[pair[1]]) < 4.5
    } == {}
    assert min(contrast(found["edge"], found[ground]) for ground in ("ground", "sheet")) >= 3


def test_the_programming_interface_is_described_without_anything_from_elsewhere(client: TestClient) -> None:
    described = page(client, "/api/docs").text("main")
    published = client.get("/api/v1/openapi.json").json()["paths"]
    for path in published:
        assert path in described
    assert "Kürzel oder Name der Abteilung" in described
    assert {
        "/api/v1/search",
        "/api/v1/suggest",
        "/api/v1/documents",
        "/api/v1/documents/{document_id}",
        "/api/v1/documents/{document_id}/file",
        "/api/v1/passages/{chunk_id}",
        "/api/v1/departments",
        "/api/v1/collections",
        "/health/live",
        "/health/ready",
    } <= set(published)


def test_a_slip_of_the_keyboard_is_offered_as_it_was_meant(client: TestClient) -> None:
    meant = page(client, "/?q=Resturlab&department=hauptamt")
    assert "Meinten Sie Resturlaub?" in meant.text("main")
    assert "/?q=Resturlaub&department=hauptamt" in [link["href"] for link in meant.all("a")]
