from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.adding import take_in
from app.wiring import open_archive
from tests.town import TOOLS, fill, running, settle, town_settings, write_papers

SEARCH = "/api/v1/search"


def ask(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer = client.get(SEARCH, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def titles(answer: dict[str, Any]) -> list[str]:
    return [passage["document"]["title"] for passage in answer["passages"]]


# The contract. Clients rely on these names and types: entries may be added here, never changed or removed.
Contract = dict[str, type | tuple[type, ...]]
ANSWER: Contract = {"query": str, "generation": str, "took_ms": float, "passages": list, "next": (str, type(None))}
PASSAGE: Contract = {
    "chunk_id": str,
    "text": str,
    "highlights": list,
    "score": float,
    "headings": list,
    "citation": (str, type(None)),
    "page": (int, type(None)),
    "page_last": (int, type(None)),
    "sheet": (str, type(None)),
    "warnings": list,
    "link": str,
    "document": dict,
    "versions": list,
}
DOCUMENT: Contract = {
    "id": str,
    "title": str,
    "source": str,
    "department": str,
    "collection": str,
    "media_type": str,
    "modified_at": str,
    "department_name": str,
    "collection_name": str,
}


def test_the_answer_keeps_the_contract(client: TestClient) -> None:
    answer = ask(client, q="Wann verfällt Resturlaub?", limit=2, offset=0, department="", collection="", since="")
    passage = answer["passages"][0]
    for part, contract in ((answer, ANSWER), (passage, PASSAGE), (passage["document"], DOCUMENT)):
        assert contract.keys() <= part.keys()
        assert {name: isinstance(part[name], kind) for name, kind in contract.items()} == dict.fromkeys(contract, True)
    assert datetime.fromisoformat(passage["document"]["modified_at"]).tzinfo is not None
    assert answer["query"] == "Wann verfällt Resturlaub?"


def test_the_best_passage_comes_first_with_its_place(client: TestClient) -> None:
    best = ask(client, q="Wann verfällt Resturlaub?")["passages"][0]
    assert "31. März" in best["text"]
    assert best["document"]["source"] == "urlaub.txt"
    assert (best["document"]["department"], best["document"]["department_name"]) == ("hauptamt", "Hauptamt")
    assert best["headings"][-1] == "§ 9 Übertragung"


def test_versions_of_a_document_stand_beside_the_newest_one(tmp_path: Path) -> None:
    settings = town_settings(tmp_path / "var")
    order = " ".join(f"Regel {number} gilt für das Archiv und seine Magazine." for number in range(20))
    old = write_papers(tmp_path / "alt", {"archiv-2024.txt": f"# Archivordnung\n{order}"})
    new = write_papers(tmp_path / "neu", {"archiv-2025.txt": f"# Archivordnung\n{order} Neu ist der Lesesaal."})
    os.utime(old / "archiv-2024.txt", (1, 1))
    opened = open_archive(settings, TOOLS)
    for folder in (old, new):
        list(take_in(opened, "Archiv", "Ordnungen", [folder]))
    settle(opened)
    opened.close()
    with running(settings) as client:
        passages = ask(client, q="Archiv Magazine", per_document=50)["passages"]
        page = client.get("/", params={"q": "Archiv Magazine"}).text
    assert {passage["document"]["source"] for passage in passages} == {"archiv-2025.txt"}
    assert [version["source"] for version in passages[0]["versions"]] == ["archiv-2024.txt"]
    assert "Weitere Fassungen:" in page


def test_highlights_count_code_points_with_an_exclusive_end(client: TestClient) -> None:
    best = ask(client, q="Resturlaub verfällt")["passages"][0]
    marked = [best["text"][start:end] for start, end in best["highlights"]]
    assert {"Resturlaub", "verfällt"} <= set(marked)


def test_the_source_is_relative_to_the_folder_that_was_added(client: TestClient) -> None:
    assert ask(client, q="Kilometer eigener Wagen")["passages"][0]["document"]["source"] == "reisen/reisekosten.txt"


def test_the_link_opens_the_original(client: TestClient) -> None:
    best = ask(client, q="Personalausweis verloren")["passages"][0]
    assert "Personalausweis" in client.get(best["link"]).text


def test_next_leads_through_all_results_without_repeating_any(client: TestClient) -> None:
    address: str | None = f"{SEARCH}?q=Urlaub+Hund+Ausweis+Wagen&limit=2&per_document=5"
    seen: list[str] = []
    while address:
        answer = client.get(address).json()
        seen += [passage["chunk_id"] for passage in answer["passages"]]
        address = answer["next"]
    assert len(seen) == len(set(seen)) >= 4


def test_next_keeps_the_filters(client: TestClient) -> None:
    answer = ask(client, q="Urlaub Wagen Hund", limit=1, department=["hauptamt"], since="2020-01-01")
    assert "department=hauptamt" in answer["next"]
    assert "offset=1" in answer["next"]
    assert client.get(answer["next"]).status_code == 200


def test_filters_by_department_collection_and_media_type(client: TestClient) -> None:
    assert set(titles(ask(client, q="Urlaub Hund", department="buergerbuero"))) <= {"ausweis", "hund"}
    assert set(titles(ask(client, q="Urlaub Hund", collection="dienstrecht"))) <= {"urlaub", "reisekosten"}
    both = ask(client, q="Urlaub Hund", department=["hauptamt", "buergerbuero"])
    assert {"urlaub", "hund"} <= set(titles(both))
    assert titles(ask(client, q="Urlaub", media_type="txt")) == titles(ask(client, q="Urlaub", media_type="text/plain"))
    assert titles(ask(client, q="Urlaub", media_type="application/pdf")) == []


def test_since_leaves_out_what_is_older(client: TestClient) -> None:
    assert titles(ask(client, q="Urlaub", since="2000-01-01")) != []
    assert titles(ask(client, q="Urlaub", since="2999-01-01")) == []


def test_at_most_two_passages_of_a_document_unless_asked_otherwise(client: TestClient) -> None:
    assert titles(ask(client, q="Urlaub erkrankt Resturlaub", per_document=1)).count("urlaub") == 1


def test_unknown_departments_are_named_instead_of_finding_nothing(client: TestClient) -> None:
    answer = client.get(SEARCH, params={"q": "Urlaub", "department": "bauamt"})
    assert answer.status_code == 422
    assert "bauamt" in answer.json()["detail"]


@pytest.mark.parametrize("q", ["", " ", "x", "\x00\x01", "x" * 10_000])
def test_questions_that_are_none_are_refused_in_german(client: TestClient, q: str) -> None:
    answer = client.get(SEARCH, params={"q": q})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Zeichen" in answer.json()["detail"]
    assert answer.json()["errors"][0]["parameter"] == "q"


@pytest.mark.parametrize(
    "q",
    [
        'AND OR NOT (("*:* ~5 ^ [a TO z] {x} \\ / + - && || !',
        '"" "',
        "-urlaub",
        "a:b:c",
        "SELECT * FROM document; --",
        "<script>alert(1)</script>",
        "Urlaub\x00\x1f\x7f\x85",
        "😀😀",
        "مرحبا بالعالم",
        "\ufffe\uffff",
        "§§§§",
        "* * *",
        "x" * 1000,
        "%%__",
        "a\u0300" * 400,
    ],
)
def test_any_other_question_gets_a_normal_answer(client: TestClient, q: str) -> None:
    assert ask(client, q=q)["query"]


def test_half_a_character_in_the_address_is_answered(client: TestClient) -> None:
    assert client.get(f"{SEARCH}?q=Urlaub%ED%A0%80").status_code == 200
    assert client.get(f"{SEARCH}?q=Urlaub%FF%FE").status_code == 200


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"limit": 0}, "mindestens 1"),
        ({"limit": 51}, "höchstens 50"),
        ({"limit": "viele"}, "ganze Zahl"),
        ({"offset": -1}, "mindestens 0"),
        ({"since": "gestern"}, "2025-01-31"),
        ({"since": "0001-01-01"}, "weit weg"),
        ({"since": "9999-12-31T23:59:59"}, "weit weg"),
        ({"department": "x" * 300}, "höchstens 200"),
        ({"collection": ["x"] * 60}, "höchstens 50"),
    ],
)
def test_parameters_that_do_not_fit_say_what_is_expected(
    client: TestClient, parameters: dict[str, Any], told: str
) -> None:
    answer = client.get(SEARCH, params={"q": "Urlaub", **parameters})
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


def test_a_zero_byte_in_a_filter_never_reaches_the_database(client: TestClient) -> None:
    for name in ("department", "collection", "media_type"):
        assert client.get(SEARCH, params={"q": "Urlaub", name: "haupt\x00amt"}).status_code in {200, 422}
    assert client.get("/api/v1/documents", params={"department": "\x00", "collection": "a\x00b"}).status_code == 200
    assert client.get("/api/v1/suggest", params={"q": "\x00u"}).status_code == 200


def test_suggestions_complete_titles_and_headings_by_words_whatever_the_spelling(client: TestClient) -> None:
    def suggest(typed: str) -> list[str]:
        answer = client.get("/api/v1/suggest", params={"q": typed})
        return [item["text"] for item in answer.json()["suggestions"]]

    assert suggest("uebertr") == ["§ 9 Übertragung"]
    assert suggest("URLAUB")[0] == "urlaub"
    assert suggest("xyz") == []


def test_departments_and_collections_are_listed_with_their_slugs(client: TestClient) -> None:
    departments = client.get("/api/v1/departments").json()["departments"]
    assert departments == [{"slug": "buergerbuero", "name": "Bürgerbüro"}, {"slug": "hauptamt", "name": "Hauptamt"}]
    collections = client.get("/api/v1/collections").json()["collections"]
    assert {(item["slug"], item["department"]) for item in collections} == {
        ("dienstrecht", "hauptamt"),
        ("handbuch", "buergerbuero"),
    }


def test_a_passage_comes_with_its_neighbours_in_reading_order(client: TestClient) -> None:
    found = ask(client, q="Wann verfällt Resturlaub?")["passages"][0]
    passage = client.get(f"/api/v1/passages/{found['chunk_id']}").json()
    assert passage["text"] == found["text"]
    assert passage["document"] == found["document"]
    assert passage["before"] == []
    assert "Attest" in passage["after"][0]["text"]
    alone = client.get(f"/api/v1/passages/{found['chunk_id']}", params={"neighbours": 0}).json()
    assert alone["after"] == []


@pytest.mark.parametrize("name", ["999999", "abc", "0", "-1", "1e3", "9" * 40, "²", "%00", "१"])
def test_ids_that_name_nothing_are_not_found(client: TestClient, name: str) -> None:
    for kind in ("passages", "documents"):
        answer = client.get(f"/api/v1/{kind}/{name}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "nicht-gefunden"


def test_a_town_without_documents_says_so_and_is_ready(tmp_path: Path) -> None:
    with running(town_settings(tmp_path / "leer")) as client:
        assert client.get("/health/ready").status_code == 200
        answer = client.get(SEARCH, params={"q": "Urlaub"})
        assert answer.status_code == 503
        assert "noch nichts eingelesen" in answer.json()["detail"]
        assert client.get(SEARCH, params={"q": ""}).status_code == 422


def test_the_service_is_ready_with_the_generation_that_answers(client: TestClient) -> None:
    ready = client.get("/health/ready").json()
    assert ready["status"] == "ok"
    assert ready["generation"] == ask(client, q="Urlaub")["generation"]
    assert client.get("/health/live").json()["status"] == "ok"


def test_it_is_not_ready_while_a_generation_that_should_answer_cannot(client: TestClient, tmp_path: Path) -> None:
    settings = town_settings(tmp_path / "var")
    fill(settings, tmp_path / "akten")
    for manifest in settings.indexes_dir.rglob("manifest.json"):
        manifest.write_text("{}")
    with running(settings) as broken:
        ready = broken.get("/health/ready")
        assert ready.status_code == 503
        assert "reindex" in ready.json()["detail"]
        assert broken.get("/health/live").status_code == 200
