"""What pages of other sites may have, and what they may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from tests.town import fill, running, town_settings

INTRANET = "https://intranet.stadt.example"
SCRIPT = "/widget/stadtwissen-suche.js"
SEARCH = "/api/v1/search?q=Resturlaub"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("town")
    settings = town_settings(home / "var", cors_origins=f" {INTRANET} , http://127.0.0.1:8001")
    fill(settings, home / "akten")
    with running(settings) as client:
        yield client


def test_the_script_may_be_loaded_by_any_page_and_is_not_sent_twice(client: TestClient) -> None:
    answer = client.get(SCRIPT)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["access-control-allow-origin"] == "*"
    again = client.get(SCRIPT, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_only_listed_origins_read_answers(client: TestClient) -> None:
    for origin, allowed in ((INTRANET, INTRANET), ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
                            ("https://fremd.example", None), ("null", None)):  # fmt: skip
        answer = client.get(SEARCH, headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed


def test_a_token_may_be_sent_along_but_nothing_may_be_changed(client: TestClient) -> None:
    asked = {"Origin": INTRANET, "Access-Control-Request-Headers": "authorization"}
    allowed = client.options(SEARCH, headers=asked | {"Access-Control-Request-Method": "GET"})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == INTRANET
    refused = client.options("/api/v1/documents/1", headers=asked | {"Access-Control-Request-Method": "DELETE"})
    assert refused.status_code == 400


def test_the_page_for_frames_may_be_framed_by_listed_origins_and_no_other_page_may(client: TestClient) -> None:
    policy = client.get("/widget/rahmen").headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors 'self' {INTRANET} http://127.0.0.1:8001")
    assert "unsafe" not in policy
    assert client.get("/").headers["content-security-policy"].endswith("frame-ancestors 'self'")


def test_settings_of_the_frame_are_handed_to_the_widget_as_text(client: TestClient) -> None:
    page = client.get("/widget/rahmen", params={"department": 'haupt"amt', "label": "<script>", "theme": "dark"}).text
    assert 'department="haupt&#34;amt"' in page
    assert "<script>" not in page
    assert 'theme="dark"' in page


@pytest.mark.parametrize(
    "origins", ["*", "https://*.stadt.example", "intranet.stadt.example", "https://a.example/pfad", "https://a b"]
)
def test_origins_that_would_let_in_too_much_or_nobody_are_refused(tmp_path: Path, origins: str) -> None:
    with pytest.raises(ValidationError):
        town_settings(tmp_path, cors_origins=origins)


def test_without_a_list_no_origin_is_let_in(tmp_path: Path) -> None:
    with running(town_settings(tmp_path / "var")) as client:
        assert (
            "access-control-allow-origin" not in client.get("/api/v1/departments", headers={"Origin": INTRANET}).headers
        )
