"""The service as it runs in a town hall: started, used, killed, started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.service import (
    PATIENCE_S,
    ROOT,
    Service,
    await_value,
    children_of,
    environment,
    is_running,
    kill,
    serving,
    stop,
)
from tests.postgres import free_port

TOPICS = ("Wochenmarkt", "Flohmarkt", "Weihnachtsmarkt", "Blumenmarkt", "Fischmarkt", "Büchermarkt", "Trödelmarkt")


def text_about(topic: str) -> str:
    return f"# {topic}\n\nDer {topic} findet auf dem Marktplatz statt. Anmeldungen nimmt das Ordnungsamt entgegen.\n"


def stadtwissen(data_dir: Path, port: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run one command of the command line."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *map(str, arguments)],
        cwd=ROOT, env=environment(data_dir, port), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def test_an_upload_is_read_found_shown_and_removed_while_the_service_runs(data_dir: Path) -> None:
    with serving(data_dir) as service:
        assert "noch nichts eingelesen" in service.client.get("/").text
        address = service.hand_in("märkte.md", text_about("Wochenmarkt"))
        await_value(lambda: "märkte.md" in service.searchable())
        await_value(lambda: service.found("Wo meldet man sich zum Wochenmarkt an?") == ["märkte.md"])
        page = service.client.get("/", params={"q": "Anmeldung Wochenmarkt"}).text
        assert "<mark>Wochenmarkt</mark>" in page
        assert service.client.delete(address).status_code == 204
        assert service.found("Wochenmarkt") == []
        worker = service.worker()
        assert stop(service) in {0, -signal.SIGTERM}
        await_value(lambda: not is_running(worker))
        written = service.log.read_text()
        assert "Wochenmarkt" not in written
        assert "Traceback" not in written


def test_nothing_accepted_is_lost_when_service_and_worker_are_killed_while_reading(data_dir: Path) -> None:
    names = {f"{topic}.md" for topic in TOPICS}
    with serving(data_dir) as service:
        for topic in TOPICS[:4]:
            service.hand_in(f"{topic}.md", text_about(topic))
        worker = service.worker()
        await_value(lambda: has_begun(service))
        service.process.kill()
        service.process.wait(PATIENCE_S)
    await_value(lambda: not is_running(worker))
    with serving(data_dir) as service:
        for topic in TOPICS[4:]:
            service.hand_in(f"{topic}.md", text_about(topic))
        await_value(lambda: has_begun(service))
        first = service.worker()
        kill(first)
        await_value(lambda: service.searchable() == names)
        assert service.worker() != first
        await_value(lambda: all(service.found(topic)[:1] == [f"{topic}.md"] for topic in TOPICS))


def has_begun(service: Service) -> bool:
    """Whether the worker has taken up one of the documents."""
    documents = service.client.get("/api/v1/documents").json()["documents"]
    return any(item["revision"]["state"] != "pending" for item in documents)


def test_the_command_line_and_the_service_work_on_the_same_town(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "akten"
    folder.mkdir()
    for topic in TOPICS[:3]:
        (folder / f"{topic}.txt").write_text(text_about(topic), "utf-8")
    with serving(data_dir) as service:
        port = service.client.base_url.port or 0
        service.hand_in("Fischmarkt.md", text_about("Fischmarkt"))
        place = ("--department", "Ordnungsamt", "--collection", "Märkte")
        added = stadtwissen(data_dir, port, "add", folder, *place)
        assert added.returncode == 0, added.stdout + added.stderr
        found = json.loads(stadtwissen(data_dir, port, "search", "Flohmarkt", "--json").stdout)
        assert found["passages"][0]["document"]["source"] == "Flohmarkt.txt"
        await_value(lambda: service.found("Flohmarkt")[:1] == ["Flohmarkt.txt"])
        (folder / "Flohmarkt.txt").unlink()
        again = stadtwissen(data_dir, port, "add", folder, *place)
        assert "entfernt" in again.stdout
        assert "Flohmarkt.txt" not in service.found("Flohmarkt")
        rebuilt = stadtwissen(data_dir, port, "reindex")
        assert rebuilt.returncode == 0, rebuilt.stderr
        await_value(lambda: service.client.get("/health/ready").json()["generation"] in rebuilt.stdout)
        taken = stadtwissen(data_dir, port, "serve")
        assert taken.returncode == 2
        assert f"127.0.0.1:{port}" in taken.stderr
        assert "Traceback" not in taken.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_asks_three_questions_and_serves_until_it_is_told_to_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "akten"
    folder.mkdir()
    for topic in TOPICS[:3]:
        (folder / f"{topic}.md").write_text(text_about(f"{topic} der Stadt"), "utf-8")
    with serving(tmp_path / "var", "-m", "app.demo", "--docs", str(folder)) as service:
        told = await_value(lambda: told if "Suchseite:" in (told := service.log.read_text()) else "")
        assert told.count("Frage: ") == 3
        assert f"Suchseite: {service.client.base_url}" in told
        assert service.found("Flohmarkt")[:1] == ["Flohmarkt.md"]
        stop(service, number)
        assert "Traceback" not in service.log.read_text()


def test_the_demo_refuses_a_port_that_is_taken_before_it_reads_anything(data_dir: Path) -> None:
    with serving(data_dir) as service:
        port = service.client.base_url.port or 0
        refused = subprocess.run(
            [sys.executable, "-m", "app.demo"], cwd=ROOT, env=environment(data_dir, port),
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    assert refused.returncode == 2
    assert "Läuft er schon?" in refused.stderr
    assert "Lese" not in refused.stdout


def test_a_worker_of_its_own_serves_a_service_without_one(data_dir: Path) -> None:
    port = free_port()
    settings = environment(data_dir, port) | {"STADTWISSEN_WORKER_INSIDE": "false"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "work"], cwd=ROOT, env=settings, stdin=subprocess.DEVNULL
    )
    try:
        code = "import os; os.environ['STADTWISSEN_WORKER_INSIDE'] = 'false'; from app.cli import main; main(['serve'])"
        with serving(data_dir, "-c", code) as service:
            assert children_of(service.process.pid) == []
            service.hand_in("Fischmarkt.md", text_about("Fischmarkt"))
            await_value(lambda: service.searchable() == {"Fischmarkt.md"})
        worker.terminate()
        assert worker.wait(PATIENCE_S) == 0
    finally:
        worker.kill()
        worker.wait(PATIENCE_S)
