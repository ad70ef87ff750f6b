"""While the database is away, what was last known of it is shown: never more than that, and only for some minutes."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from catalogue import views
from catalogue.access import Reader
from catalogue.epoch import Epoch
from catalogue.tables import Document
from catalogue.tables.row import now
from catalogue.view import NotKnown
from catalogue.views import Ahead, Views
from tests.test_view import ALL, NOBODY, documents, shown
from tests.town import fill, running, town_settings

__all__ = ["documents"]
SEARCH = "/api/v1/search"


class Switch:
    """Takes the database away and brings it back; counts how often it was asked meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away = False
        self.asked = 0
        read = Epoch.read

        def read_or_fail(epoch: Epoch) -> str:
            self.asked += 1
            if self.is_away:
                raise OperationalError("SELECT", {}, Exception("connection refused"))
            return read(epoch)

        monkeypatch.setattr(Epoch, "read", read_or_fail)


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Switch:
    monkeypatch.setattr(views, "RETRY_S", 0.0)
    return Switch(monkeypatch)


def test_what_is_known_is_worked_with_and_the_rest_is_told_as_the_database_told_it(
    sessions, documents, switch: Switch
) -> None:
    kept = Views(sessions)
    kept.look(ALL, lambda session, view: view.documents(session, {documents[0]}))
    switch.is_away = True
    found, as_of = kept.look(ALL, lambda session, view: (view.documents(session, set(documents)), view.as_of))
    assert found.keys() == {documents[0]}
    assert as_of <= now()
    with pytest.raises(OperationalError, match="refused"):
        kept.look(ALL, lambda session, view: view.other(session, "never asked", lambda _session: 1))
    with pytest.raises(OperationalError, match="refused"):
        kept.look(NOBODY, lambda session, view: view.documents(session, set(documents)))
    switch.is_away = False
    assert kept.look(ALL, lambda session, view: view.documents(session, set(documents))).keys() == set(documents)
    kept.close()


def test_a_database_that_breaks_off_in_the_middle_is_away_too(sessions, documents) -> None:
    kept = Views(sessions)
    tried: list[bool] = []

    def work(session: object, _view: object) -> str:
        tried.append(session is not None)
        if session is not None:
            raise OperationalError("SELECT", {}, Exception())
        return "from what is known"

    assert kept.look(ALL, work) == "from what is known"
    assert tried == [True, False]
    kept.close()


def test_what_was_known_of_an_earlier_state_is_not_shown(sessions, documents, switch: Switch) -> None:
    kept = Views(sessions)
    kept.look(ALL, lambda session, view: view.documents(session, set(documents)))
    with sessions.begin() as session:
        session.get_one(Document, documents[0]).deleted_at = now()
    kept.present(NOBODY)
    switch.is_away = True
    with pytest.raises(OperationalError):
        kept.look(ALL, lambda session, view: view.documents(session, set(documents)))
    kept.close()


def test_after_some_minutes_nothing_is_shown_any_more(
    sessions, documents, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Views(sessions)
    kept.present(ALL)
    switch.is_away = True
    assert kept.look(ALL, lambda session, _view: session) is None
    monkeypatch.setattr(views, "PATIENCE_S", 0.0)
    with pytest.raises(OperationalError):
        kept.look(ALL, lambda session, _view: session)
    kept.close()


def test_a_database_that_does_not_answer_is_not_asked_again_at_once(
    sessions, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "RETRY_S", 0.2)
    kept = Views(sessions)
    kept.present(ALL)
    switch.is_away, switch.asked = True, 0
    for _ in range(5):
        with pytest.raises(OperationalError):
            kept.present(ALL)
    assert switch.asked == 1
    switch.is_away = False
    sleep(0.25)
    assert kept.present(ALL).reader == ALL
    kept.close()


def test_everything_is_read_ahead_documents_before_passages(
    sessions, documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.view.READ_AHEAD", 1)
    kept = Views(sessions)
    ahead = Ahead(sessions, kept, ALL)
    view = kept.present(ALL)
    steps = 0
    while ahead.step(view):
        steps += 1
    found = view.documents(None, set(documents))
    assert [one.title for one in found.values()] == ["Bauordnung", "Bauernregeln"]
    assert shown(sessions, view, documents) == ["Bauordnung", "Bauernregeln"]
    assert view.documents(None, {*documents, 99}).keys() == set(documents)
    assert steps == 2 * len(documents) + 2, "a look behind the last document, and the glossary"
    stranger = kept.present(Reader(2))
    assert not ahead.step(stranger) or stranger.documents(None, set(documents)) == {}
    kept.close()


def test_reading_ahead_waits_until_the_catalogue_has_come_to_rest(
    sessions, documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LOOK_S", 0.01)
    monkeypatch.setattr(views, "PAUSE_S", 0.01)
    monkeypatch.setattr(views, "SETTLED_S", 0.05)
    kept = Views(sessions)
    ahead = Ahead(sessions, kept, ALL)
    ahead.start()
    until_s = monotonic() + 20
    while not kept.present(ALL).documents(None, set(documents)) and monotonic() < until_s:
        sleep(0.02)
    assert kept.present(ALL).documents(None, set(documents)).keys() == set(documents)
    ahead.close()
    kept.close()


@pytest.fixture
def town(tmp_path: Path, switch: Switch):
    settings = town_settings(tmp_path / "var")
    fill(settings, tmp_path / "akten")
    with running(settings) as client:
        client.get("/")
        client.get(SEARCH, params={"q": "Attest bei Krankheit", "per_document": 50})
        yield client


def test_search_goes_on_and_says_of_when_it_is(town: TestClient, switch: Switch) -> None:
    question = {"q": "Was kostet der zweite Hund?"}
    switch.is_away = True
    found = town.get(SEARCH, params=question).json()
    answer = town.get("/api/v1/answer", params=question).json()
    page = town.get("/", params=question)
    switch.is_away = False
    present = town.get(SEARCH, params=question).json()
    assert found["as_of"] is not None
    assert answer["as_of"] is not None
    assert page.status_code == 200
    assert "Die Datenbank antwortet gerade nicht" in page.text
    assert present["as_of"] is None
    assert [one["chunk_id"] for one in found["passages"]] == [one["chunk_id"] for one in present["passages"]]
    assert "Die Datenbank antwortet" not in town.get("/", params=question).text


def test_what_was_removed_before_the_database_went_is_not_shown(town: TestClient, switch: Switch) -> None:
    question = {"q": "Was kostet der zweite Hund?"}
    best = town.get(SEARCH, params=question).json()["passages"][0]["document"]
    assert best["source"] == "hund.txt"
    assert town.delete(f"/api/v1/documents/{best['id']}").status_code == 204
    town.get(SEARCH, params={"q": "Wagen"})
    switch.is_away = True
    sources = {one["document"]["source"] for one in town.get(SEARCH, params=question).json()["passages"]}
    assert sources
    assert "hund.txt" not in sources


def test_a_place_nobody_has_asked_about_is_not_guessed_while_the_database_is_away(
    town: TestClient, switch: Switch
) -> None:
    asked = {"q": "Urlaub", "department": "hauptamt"}
    switch.is_away = True
    assert town.get(SEARCH, params=asked).status_code == 503
    switch.is_away = False
    assert town.get(SEARCH, params=asked).status_code == 200
    switch.is_away = True
    assert town.get(SEARCH, params=asked).json()["as_of"] is not None


def test_not_known_is_told_apart(sessions) -> None:
    kept = Views(sessions)
    view = kept.present(ALL)
    with pytest.raises(NotKnown):
        view.other(None, "key", lambda _session: 1)
    with sessions() as session:
        assert view.other(session, "key", lambda _session: 1) == 1
    assert view.other(None, "key", lambda _session: 2) == 1
    kept.close()
