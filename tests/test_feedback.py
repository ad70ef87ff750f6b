from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.cli_look import remark_text
from app.pace import PER_MINUTE, Pace
from app.wiring import open_archive
from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.errors import TooOften
from catalogue.feedback import keep_barrier, remarks, today
from catalogue.tables import Feedback
from tests.town import TOOLS, fill, running, town_settings


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = town_settings(tmp_path / "var")
    fill(settings, tmp_path / "akten")
    with running(settings) as client:
        yield client


def a_passage(client: TestClient) -> str:
    return str(client.get("/api/v1/search", params={"q": "Resturlaub"}).json()["passages"][0]["chunk_id"])


def kept(tmp_path: Path) -> list[str]:
    """What the administration reads."""
    opened = open_archive(town_settings(tmp_path / "var"), TOOLS)
    with opened.sessions() as session:
        texts = [remark_text(remark) for remark in remarks(session, opened.reader)]
    opened.close()
    return texts


def test_a_verdict_is_kept_with_its_question_and_reason(client: TestClient, tmp_path: Path) -> None:
    given = {"chunk_id": a_passage(client), "question": "Resturlaub?", "helpful": False, "reason": "veraltet"}
    assert client.post("/api/v1/feedback", json=given | {"comment": "neu seit März"}).status_code == 204
    (text,) = kept(tmp_path)
    assert text.startswith(f"{today():%d.%m.%Y}")
    for part in ("Der Stand ist veraltet", "Resturlaub?", "urlaub", "neu seit März"):
        assert part in text


def test_the_form_does_the_same_and_thanks(client: TestClient, tmp_path: Path) -> None:
    form = {"chunk_id": a_passage(client), "question": "Resturlaub?", "helpful": "true", "reason": "", "comment": ""}
    answer = client.post("/rueckmeldung", data=form)
    assert answer.status_code == 200
    assert "Danke" in answer.text
    assert "hilfreich" in kept(tmp_path)[0]
    answer = client.post("/barrierefreiheit", data={"comment": "Der Knopf ist zu klein <b>"})
    assert "Danke" in answer.text
    assert kept(tmp_path)[0].endswith("Barriere: Der Knopf ist zu klein <b>")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"chunk_id": "999999"}, 404),
        ({"chunk_id": "x"}, 404),
        ({"reason": "erfunden"}, 422),
        ({"comment": "x" * 2001}, 422),
        ({"question": ""}, 422),
        ({"helpful": "vielleicht"}, 422),
    ],
)
def test_what_cannot_be_kept_is_refused(client: TestClient, changed: dict[str, str], status: int) -> None:
    given = {"chunk_id": a_passage(client), "question": "Resturlaub?", "helpful": False} | changed
    assert client.post("/api/v1/feedback", json=given).status_code == status


def test_nothing_kept_tells_who_or_at_what_hour() -> None:
    assert set(Feedback.__table__.columns.keys()) == {
        *("id", "tenant_id", "day", "subject", "question", "document_id", "chunk_id", "helpful", "reason", "comment")
    }


def test_remarks_are_those_of_the_own_town(sessions: Sessions) -> None:
    with sessions.begin() as session:
        keep_barrier(session, 1, "zu klein")
    with sessions() as session:
        assert [remark.feedback.comment for remark in remarks(session, Reader(1))] == ["zu klein"]
        assert remarks(session, Reader(2)) == []


def test_a_machine_that_floods_the_form_is_asked_to_wait(client: TestClient, tmp_path: Path) -> None:
    given = {"comment": "zu klein"}
    answers = [client.post("/barrierefreiheit", data=given, follow_redirects=False) for _ in range(PER_MINUTE + 1)]
    assert [answer.status_code for answer in answers] == [303] * PER_MINUTE + [429]
    assert "in einer Minute" in answers[-1].text
    assert len(kept(tmp_path)) == PER_MINUTE


def test_each_machine_has_its_own_minute() -> None:
    at_s = [0.0]
    pace = Pace(per_minute=2, clock=lambda: at_s[0])
    for machine in ("a", "a", "b"):
        pace.count(machine)
    with pytest.raises(TooOften):
        pace.count("a")
    at_s[0] = 60.0
    pace.count("a")
