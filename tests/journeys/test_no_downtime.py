"""While everything is built anew, and goes live, not one search fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx

from tests.journeys.service import Service, await_value, serving

TOKEN = "ein-langes-kennwort-0815"
KNOWS = {"Authorization": f"Bearer {TOKEN}"}
ADMIN = "/api/v1/admin"
ASKING = 3
ROUNDS = 2


def text_about(number: int) -> str:
    return (
        f"# Markt {number}\n\nDer Markt Nummer {number} findet auf dem Marktplatz statt. Standgeld nimmt die Kasse.\n"
    )


@contextmanager
def asked_all_the_time(service: Service) -> Iterator[list[tuple[int, str]]]:
    """Search from several threads until the end; collects the status of every answer, and which generation gave it."""
    seen: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(base_url=service.client.base_url, timeout=60) as client:
            while not stop.is_set():
                number += ASKING
                answer = client.get("/api/v1/search", params={"q": f"Standgeld auf dem Markt {number % 50}"})
                seen.append((answer.status_code, answer.json().get("generation", answer.text)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(ASKING)]
    for thread in threads:
        thread.start()
    yield seen
    stop.set()
    for thread in threads:
        thread.join(60)


def everybody_answers(service: Service) -> bool:
    """Whether both processes have an index: a new connection may reach either."""
    address = f"{service.client.base_url}/health/ready"
    return all(httpx.get(address, timeout=60).json().get("generation") for _ in range(30))


def finished(service: Service, address: str) -> str:
    """How a job has ended, once it has."""
    state = str(service.client.get(address, headers=KNOWS).json()["state"])
    return state if state not in {"waiting", "running"} else ""


def test_no_search_fails_while_everything_is_built_anew(data_dir: Path, monkeypatch) -> None:
    monkeypatch.setenv("STADTWISSEN_ADMIN_TOKEN", TOKEN)
    monkeypatch.setenv("STADTWISSEN_WORKERS", "2")
    with serving(data_dir) as service:
        for number in range(12):
            service.hand_in(f"markt-{number}.md", text_about(number))
        await_value(lambda: len(service.searchable()) == 12)
        await_value(partial(everybody_answers, service))
        with asked_all_the_time(service) as seen:
            for _ in range(ROUNDS):
                for target in ("/collections/maerkte/reindex", "/reindex"):
                    address = service.client.post(ADMIN + target, headers=KNOWS).headers["location"]
                    assert await_value(partial(finished, service, address)) == "done"
            generation = service.client.post(f"{ADMIN}/rollback", headers=KNOWS)
            newest = service.client.get(f"{ADMIN}/overview", headers=KNOWS).json()["generations"]
            live = next(item["id"] for item in newest if item["state"] == "live")
            await_value(lambda: [found for _, found in seen[-20:]] == [live] * 20)
    assert generation.status_code in {200, 409}, "the worker may be at it just then"
    assert [found for status, found in seen if status != 200] == []
    assert len({found for _, found in seen}) > ROUNDS, "every process took up the new generations by itself"
