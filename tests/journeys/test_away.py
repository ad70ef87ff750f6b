"""What happens in a town hall's server room: the database goes away for a minute, the disk takes nothing any more."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

import catalogue.connection
from app.settings import Settings
from app.wiring import open_archive
from tests.conftest import own_cluster
from tests.postgres import Cluster
from tests.test_worker import await_state, hand_in
from tests.town import TOOLS, fill, following, running, settle, town_settings

SEARCH = "/api/v1/search"
AT_ONCE_S = 10


def ask(client: TestClient, text: str) -> Response:
    return client.get(SEARCH, params={"q": text})


def send(client: TestClient, name: str = "neu.txt", text: str = "Die Sporthalle schließt um zehn.") -> Response:
    place = {"department": "Hauptamt", "collection": "Dienstrecht"}
    return client.post("/api/v1/documents", files={"file": (name, text.encode())}, data=place)


def sources(answer: Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [passage["document"]["source"] for passage in answer.json()["passages"]]


def assert_told(answer: Response, status: int, reason: str) -> None:
    """A program is told in German what is wrong, and when to come back."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason in answer.json()["detail"]
    assert answer.json()["hint"].startswith("Bitte ")
    assert status != 503 or int(answer.headers["retry-after"]) > 0


@pytest.fixture
def server() -> Iterator[Cluster]:
    """A PostgreSQL that may be stopped: nobody else uses it."""
    with own_cluster() as cluster:
        yield cluster


def test_a_postgresql_that_stops_is_told_at_once_and_found_again_by_itself(server: Cluster, tmp_path: Path) -> None:
    with server.copy_of_template() as url:
        settings = town_settings(tmp_path / "var", database_url=url)
        fill(settings, tmp_path / "akten")
        with running(settings) as client:
            before = sources(ask(client, "Attest bei Krankheit"))
            server.stop()
            began_s = monotonic()
            still = ask(client, "Attest bei Krankheit")
            assert sources(still) == before, "search goes on with what is known"
            assert still.json()["as_of"] is not None
            unknown = {"q": "Attest bei Krankheit", "department": "hauptamt"}
            assert_told(client.get(SEARCH, params=unknown), 503, "Die Datenbank antwortet nicht")
            assert_told(send(client), 503, "Die Datenbank antwortet nicht")
            page = client.get("/", params={"q": "Was kostet der zweite Hund?"})
            assert (page.status_code, "Die Datenbank antwortet nicht" in page.text) == (503, True)
            assert client.get("/health/ready").status_code == 503
            assert client.get("/health/live").status_code == 200
            assert monotonic() - began_s < AT_ONCE_S
            server.start()
            assert "hund.txt" in sources(ask(client, "Was kostet der zweite Hund?"))
            assert send(client).status_code == 202
            assert client.get("/health/ready").status_code == 200


def test_a_worker_outlives_a_postgresql_that_stops(server: Cluster, tmp_path: Path) -> None:
    with server.copy_of_template() as url:
        opened = open_archive(town_settings(tmp_path / "var", database_url=url), TOOLS)
        with following(opened):
            await_state(opened, hand_in(opened, "erste.txt"), "shown")
            server.stop()
            server.start()
            await_state(opened, hand_in(opened, "zweite.txt", b"Der Markt endet um zwei."), "shown")
        opened.close()


@pytest.fixture
def town(tmp_path: Path) -> Settings:
    """A town with the embedded database, read in."""
    settings = town_settings(tmp_path / "var")
    fill(settings, tmp_path / "akten")
    return settings


def database_of(settings: Settings) -> Path:
    return settings.data_dir / "stadtwissen.db"


def test_while_another_program_holds_the_database_search_goes_on(
    town: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue.connection, "BUSY_TIMEOUT_MS", 200)
    with running(town) as client:
        other = sqlite3.connect(database_of(town), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert "hund.txt" in sources(ask(client, "Was kostet der zweite Hund?"))
        assert_told(send(client), 503, "Ein anderes Programm hält die Datenbank fest")
        other.execute("ROLLBACK")
        other.close()
        assert send(client).status_code == 202


def test_a_database_file_that_is_away_for_a_minute_is_not_replaced_by_an_empty_one(town: Settings) -> None:
    with running(town) as client:
        before = sources(ask(client, "Attest bei Krankheit"))
        path = database_of(town)
        path.rename(path.with_suffix(".weg"))
        assert sources(ask(client, "Attest bei Krankheit")) == before
        assert ask(client, "Was kostet der zweite Hund?").status_code in (200, 503)
        meanwhile = send(client).status_code
        assert meanwhile in (202, 503, 507)
        assert not path.exists()
        path.with_suffix(".weg").rename(path)
        assert "hund.txt" in sources(ask(client, "Was kostet der zweite Hund?"))
        kept = {one["source"] for one in client.get("/api/v1/documents").json()["documents"]}
        assert ("neu.txt" in kept) == (meanwhile == 202), "what was accepted is kept, and nothing else"
        assert send(client, "spaeter.txt").status_code == 202


def test_a_database_put_back_from_a_backup_is_read_without_a_restart(town: Settings, tmp_path: Path) -> None:
    saved = tmp_path / "sicherung.db"
    with sqlite3.connect(database_of(town)) as copied, sqlite3.connect(saved) as target:
        copied.backup(target)
    copied.close()
    target.close()
    with running(town) as client:
        hund = next(one for one in client.get("/api/v1/documents").json()["documents"] if one["source"] == "hund.txt")
        assert client.delete(f"/api/v1/documents/{hund['id']}").status_code == 204
        assert "hund.txt" not in sources(ask(client, "Was kostet der zweite Hund?"))
        for rest in town.data_dir.glob("stadtwissen.db-*"):
            rest.unlink()
        shutil.move(saved, database_of(town))
        assert "hund.txt" in sources(ask(client, "Was kostet der zweite Hund?"))


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that may be protected against writing; where mounting is not allowed, the test is skipped."""
    disk = tmp_path / "platte"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here; the next tests say the same with stand-ins")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_service_starts_and_answers_on_a_disk_that_takes_nothing(disk: Path, tmp_path: Path) -> None:
    settings = town_settings(disk / "var")
    fill(settings, tmp_path / "akten")
    remount(disk, "ro")
    with running(settings) as client:
        assert client.get("/health/ready").status_code == 200
        assert "hund.txt" in sources(ask(client, "Was kostet der zweite Hund?"))
        assert_told(send(client), 507, "schreibgeschützt")
        remount(disk, "rw")
        assert send(client).status_code == 202, "a disk that takes something again needs no restart"
        opened = open_archive(settings, TOOLS)
        settle(opened)
        opened.close()
        client.app.state.live.refresh()  # type: ignore[attr-defined]
        assert "neu.txt" in sources(ask(client, "Wann schließt die Sporthalle?"))


def test_what_cannot_be_written_to_is_read_all_the_same(town: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    written = {path: path.stat().st_mtime_ns for path in town.data_dir.rglob("*")}
    monkeypatch.setattr(catalogue.connection, "is_read_only", lambda _path: True)
    monkeypatch.setattr("indexes.lexical.os.access", lambda *_: False)
    with running(town) as client:
        assert "hund.txt" in sources(ask(client, "Was kostet der zweite Hund?"))
        assert_told(client.delete("/api/v1/documents/1"), 507, "schreibgeschützt")
    assert {path: path.stat().st_mtime_ns for path in town.data_dir.rglob("*")} == written
