"""Administration: only with the token, by program and by page; one re-index at a time, and always a way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.settings import Settings
from app.wiring import Archive, open_archive
from catalogue.tables import Document, Revision
from tests.town import TOOLS, fill, running, settle, town_settings

TOKEN = "ein-langes-kennwort-0815"
KNOWS = {"Authorization": f"Bearer {TOKEN}"}
ADMIN = "/api/v1/admin"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = town_settings(tmp_path / "var", admin_token=TOKEN)
    fill(settings, tmp_path / "papers")
    return settings


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with running(settings) as client:
        yield client


def form_key(client: TestClient) -> str:
    found = re.search(r'name="key" value="([0-9a-f]+)"', client.get("/verwaltung").text)
    assert found
    return found[1]


def sign_in(client: TestClient) -> None:
    answer = client.post("/verwaltung/anmelden", data={"kennwort": TOKEN}, follow_redirects=False)
    assert answer.status_code == 303
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=strict" in answer.headers["set-cookie"]
    assert TOKEN not in answer.headers["set-cookie"]


def test_without_a_token_in_the_settings_administration_says_how_to_set_it(tmp_path: Path) -> None:
    with running(town_settings(tmp_path / "var")) as client:
        answer = client.post(f"{ADMIN}/collections/dienstrecht/reindex", headers=KNOWS)
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert "STADTWISSEN_ADMIN_TOKEN" in answer.json()["hint"]
        assert "STADTWISSEN_ADMIN_TOKEN" in client.get("/verwaltung").text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer falsch"}, {"Authorization": f"Basic {TOKEN}"}])
def test_a_missing_or_wrong_token_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/reindex"), ("GET", "/jobs"), ("POST", "/rollback"), ("GET", "/overview")):
        answer = client.request(method, ADMIN + path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_handbook_is_read_anew_and_can_be_followed(client: TestClient, opened: Archive) -> None:
    asked = client.post(f"{ADMIN}/collections/dienstrecht/reindex", headers=KNOWS)
    assert asked.status_code == 202
    address = asked.headers["location"]
    assert client.get(address, headers=KNOWS).json()["state"] == "waiting"
    again = client.post(f"{ADMIN}/collections/handbuch/reindex", headers=KNOWS)
    assert again.status_code == 409
    assert "Schnittstelle" in again.json()["detail"]
    assert re.search(r"seit \d\d\.\d\d\.\d{4} \d\d:\d\d Uhr", again.json()["detail"])
    settle(opened)
    job = client.get(address, headers=KNOWS).json()
    assert (job["state"], job["collection"], job["read"], job["files"]) == ("done", "dienstrecht", 2, 2)
    seen = client.get(f"{ADMIN}/overview", headers=KNOWS).json()
    assert [item["state"] for item in seen["generations"]] == ["live", "previous"]
    assert seen["generations"][0]["id"] == job["generation"]
    assert seen["job"] is None
    back = client.post(f"{ADMIN}/rollback", headers=KNOWS).json()["generation"]
    assert back == seen["generations"][1]["id"]


def test_until_a_re_index_has_ended_the_former_passages_answer(client: TestClient, opened: Archive) -> None:
    before = client.get("/api/v1/search", params={"q": "Resturlaub verfällt"}).json()["passages"]
    client.post(f"{ADMIN}/collections/dienstrecht/reindex", headers=KNOWS)
    with opened.worker() as worker:
        job = worker.begin_job()
        list(worker.process_pending())
        worker.publish()
        assert client.get("/api/v1/search", params={"q": "Resturlaub verfällt"}).json()["passages"] == before
        assert job is not None
        generation = worker.end_job(job)
    opened.live_index().refresh()
    assert generation is not None
    with opened.sessions() as session:
        shown = session.scalars(select(Revision.job_id).where(Revision.shown)).all()
    assert sorted(map(str, shown)) == sorted([str(job.id), str(job.id), "None", "None"])


def test_a_cancelled_re_index_leaves_nothing_behind(client: TestClient, opened: Archive) -> None:
    address = client.post(f"{ADMIN}/collections/dienstrecht/reindex", headers=KNOWS).headers["location"]
    with opened.worker() as worker:
        job = worker.begin_job()
        list(worker.process_pending())
        assert client.post(f"{address}/cancel", headers=KNOWS).json()["state"] == "cancelled"
        assert job is not None
        assert worker.end_job(job) is None
    with opened.sessions() as session:
        assert session.scalars(select(Revision.id).where(Revision.job_id.is_not(None))).all() == []
    assert client.post(f"{address}/cancel", headers=KNOWS).status_code == 409
    assert client.post(f"{ADMIN}/reindex", headers=KNOWS).status_code == 202, "the next one may begin"


def test_an_index_that_does_not_agree_with_the_catalogue_never_goes_live(
    client: TestClient, opened: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.verify.count_passages", lambda *_: 99)
    before = client.get(f"{ADMIN}/overview", headers=KNOWS).json()["generations"]
    address = client.post(f"{ADMIN}/reindex", headers=KNOWS).headers["location"]
    settle(opened)
    job = client.get(address, headers=KNOWS).json()
    assert job["state"] == "failed"
    assert "99" in job["error"]
    assert client.get(f"{ADMIN}/overview", headers=KNOWS).json()["generations"] == before


def test_an_index_that_answers_fewer_golden_questions_never_goes_live(
    client: TestClient, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = tmp_path / "fragen.jsonl"
    questions.write_text('{"id": "1", "question": "Wann verfällt Resturlaub?", "document": "urlaub.txt"}\n')
    (tmp_path / "urlaub.txt").write_text("Resturlaub")
    shares = iter([1.0, 0.5])
    monkeypatch.setattr("app.golden.share_answered", lambda *_: next(shares))
    strict = open_archive(settings.model_copy(update={"golden_questions": str(questions)}), TOOLS)
    address = client.post(f"{ADMIN}/reindex", headers=KNOWS).headers["location"]
    settle(strict)
    strict.close()
    job = client.get(address, headers=KNOWS).json()
    assert job["state"] == "failed"
    assert "50%" in job["error"]


def test_the_page_wants_the_token_and_forms_of_its_own(client: TestClient) -> None:
    assert "Kennwort" in client.get("/verwaltung").text
    assert client.post("/verwaltung/anmelden", data={"kennwort": "falsch"}).status_code == 401
    sign_in(client)
    assert client.post("/verwaltung/zurueck", data={"key": "0" * 64}).status_code == 403
    assert client.post("/verwaltung/neu", data={"key": "x"}).status_code == 403
    key = form_key(client)
    client.post("/verwaltung/abmelden")
    assert client.post("/verwaltung/neu", data={"key": key}).status_code == 403
    foreign = client.post("/verwaltung/neu", data={"key": key}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


def test_the_page_shows_everything_and_sets_everything_going(client: TestClient, opened: Archive) -> None:
    sign_in(client)
    page = client.get("/verwaltung").text
    assert "Dienstrecht" in page
    assert "2 eingelesen" in page
    assert "antwortet" in page
    key = form_key(client)
    assert "Neuaufbau 1" in client.post("/verwaltung/neu", data={"key": key, "collection": "dienstrecht"}).text
    assert client.post("/verwaltung/neu", data={"key": key}).status_code == 409
    settle(opened)
    page = client.get("/verwaltung").text
    assert "Neu einlesen: dienstrecht" in page
    assert "fertig" in page
    assert "Zum vorigen Index zurück" in page
    assert client.post("/verwaltung/zurueck", data={"key": key}).status_code == 200
    assert "Neuaufbau 2" in client.post("/verwaltung/neu", data={"key": key}).text
    assert "abgebrochen" in client.post("/verwaltung/abbrechen", data={"key": key, "job": "2"}).text


def test_a_file_that_could_not_be_read_shows_its_reason_and_can_be_tried_again(
    client: TestClient, opened: Archive
) -> None:
    upload = {"file": ("kaputt.txt", b"KAPUTT")}
    client.post("/api/v1/documents", files=upload, data={"department": "Hauptamt", "collection": "Dienstrecht"})
    settle(opened)
    sign_in(client)
    assert "Die Datei ist beschädigt. Bitte neu speichern." in client.get("/verwaltung").text
    with opened.sessions() as session:
        document = session.scalars(select(Document.id).where(Document.source == "kaputt.txt")).one()
    page = client.post("/verwaltung/nochmal", data={"key": form_key(client), "document": str(document)})
    assert "1 warten" in page.text


def test_the_page_shows_what_people_said_by_question_as_text_and_not_who(client: TestClient) -> None:
    passage = client.get("/api/v1/search", params={"q": "Resturlaub"}).json()["passages"][0]["chunk_id"]
    hostile = "Resturlaub <script>alert(1)</script>?"
    for helpful, reason, comment in ((True, None, None), (False, "veraltet", "neu <b>"), (False, "veraltet", None)):
        given = {"chunk_id": passage, "question": hostile, "helpful": helpful, "reason": reason, "comment": comment}
        assert client.post("/api/v1/feedback", json=given).status_code == 204
    client.post("/barrierefreiheit", data={"comment": "zu <i>klein"})
    assert "Resturlaub" not in client.get("/verwaltung").text
    sign_in(client)
    page = client.get("/verwaltung").text
    assert page.count("Resturlaub &lt;script&gt;") == 1, "the same question stands in one line"
    assert "1 hilfreich, 2 nicht hilfreich" in page
    assert "Der Stand ist veraltet (2-mal)" in page
    assert "neu &lt;b&gt;" in page
    assert "zu &lt;i&gt;klein" in page
