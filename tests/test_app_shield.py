from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError, OperationalError

from app.main import create_app
from app.shield import HEADERS
from tests.town import TOOLS, fill, running, town_settings

SECRET = "Geheimer Text aus einem Dokument"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application with some routes that fail."""
    app = create_app(town_settings(tmp_path_factory.mktemp("var")), TOOLS)

    @app.get("/api/v1/kaputt")
    def accident() -> None:
        raise RuntimeError(SECRET)

    @app.get("/api/v1/datenbank")
    def away() -> None:
        raise OperationalError(SECRET, {}, Exception())

    @app.get("/api/v1/gleichzeitig")
    def overtaken() -> None:
        raise IntegrityError(SECRET, {}, Exception())

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/nix", 404),
        ("GET", "/health/nix", 404),
        ("PUT", "/api/v1/search", 405),
        ("GET", "/api/v1/search", 422),
        ("GET", "/api/v1/kaputt", 500),
        ("GET", "/api/v1/datenbank", 503),
        ("GET", "/api/v1/gleichzeitig", 409),
    ],
)
def test_every_error_is_a_german_problem(client: TestClient, method: str, address: str, status: int) -> None:
    answer = client.request(method, address)
    told = answer.json()
    assert answer.status_code == told["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code"} <= told.keys()
    assert told["type"] == f"urn:stadtwissen:problem:{told['code']}"
    assert SECRET not in answer.text
    assert told["detail"] not in {"Not Found", "Method Not Allowed", "Internal Server Error"}


def test_a_wrong_method_is_told_the_right_one(client: TestClient) -> None:
    assert client.put("/api/v1/search").headers["allow"] == "GET"


@pytest.mark.parametrize(
    "address", ["/", "/nix", "/static/stadtwissen.css", "/api/v1/departments", "/api/v1/kaputt", "/health/live"]
)
def test_every_response_has_the_strict_headers(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


def test_an_accident_is_found_in_the_log_by_its_number_without_any_text(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        hint = client.get("/api/v1/kaputt?q=Wessen+Akte").json()["hint"]
    incident = hint.split()[-2]
    assert f"incident {incident}: RuntimeError" in caplog.text
    assert f"{Path(__file__).name}:" in caplog.text
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert SECRET not in ours
    assert "Akte" not in ours


def test_questions_and_texts_stay_out_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = town_settings(tmp_path / "var")
    with caplog.at_level(logging.DEBUG):
        fill(settings, tmp_path / "akten")
        with running(settings) as client:
            client.get("/api/v1/search", params={"q": "Personalausweis verloren Meier"})
            client.get("/", params={"q": "Personalausweis verloren Meier"})
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "asyncio"))]
    assert ours != []
    assert not [line for line in ours if "Meier" in line or "Personalausweis" in line]


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 404), ("", 404)])
def test_other_sites_cannot_make_a_browser_change_anything(client: TestClient, site: str, status: int) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert client.delete("/api/v1/documents/1", headers=headers).status_code == status


def test_other_sites_may_link_to_the_search(client: TestClient) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_body_over_the_limit_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/api/v1/documents", headers={"Content-Length": str(10**12)})
    assert (answer.status_code, answer.json()["code"]) == (413, "zu-gross")


def test_head_answers_like_get(client: TestClient) -> None:
    assert client.head("/").status_code == 200
    assert client.head("/api/v1/nix").status_code == 404
