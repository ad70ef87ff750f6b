"""The real service in processes of its own, to be used and to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_S = 180


@dataclass(frozen=True, slots=True)
class Service:
    """A running service. `client` speaks to it; `process` is what can be killed; `log` is what it wrote."""

    client: httpx.Client
    process: subprocess.Popen[bytes]
    log: Path

    def worker(self) -> int:
        """The id of the process that reads what comes in."""
        return int(await_value(lambda: next(iter(children_of(self.process.pid)), 0)))

    def hand_in(self, name: str, text: str) -> str:
        """Upload a text; returns the address of its document."""
        answer = self.client.post(
            "/api/v1/documents",
            files={"file": (name, text.encode())},
            data={"department": "Ordnungsamt", "collection": "Märkte"},
        )
        assert answer.status_code == 202, answer.text
        return str(answer.headers["location"])

    def searchable(self) -> set[str]:
        """The sources of documents that can be found."""
        documents = self.client.get("/api/v1/documents", params={"limit": 200}).json()["documents"]
        return {item["source"] for item in documents if item["searchable"]}

    def found(self, q: str) -> list[str]:
        """The sources of the passages that answer."""
        answer = self.client.get("/api/v1/search", params={"q": q})
        return [passage["document"]["source"] for passage in answer.json().get("passages", [])]


def children_of(pid: int) -> list[int]:
    """The ids of the processes that a process has started and that still run."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for listed in threads for child in listed.read_text().split()]


def descendants_of(pid: int) -> list[int]:
    """The ids of everything a process has set going."""
    children = children_of(pid)
    return children + [below for child in children for below in descendants_of(child)]


def kill(pid: int) -> None:
    """End a process that may have ended already, as a power cut would."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether a process is there and no mere entry that waits to be noticed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def environment(data_dir: Path, port: int) -> dict[str, str]:
    """Settings for a process of its own."""
    own = {"STADTWISSEN_DATA_DIR": str(data_dir), "STADTWISSEN_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    return os.environ | own


def await_value(look: Callable[[], Any]) -> Any:
    """Look until there is something to see."""
    end = time.monotonic() + PATIENCE_S
    while not (value := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return value


def is_up(client: httpx.Client) -> bool:
    """Whether the service answers and is ready."""
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def serving(data_dir: Path, *command: str) -> Iterator[Service]:
    """Start the service on a free port; whatever is left of it afterwards is ended."""
    port = free_port()
    log = data_dir.parent / f"service-{port}.log"
    started = command or ("-m", "app.cli", "serve")
    with log.open("w") as output, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        process = subprocess.Popen(
            [sys.executable, *started],
            cwd=ROOT, env=environment(data_dir, port), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            await_value(lambda: is_up(client) or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield Service(client, process, log)
        finally:
            for member in [process.pid, *descendants_of(process.pid)]:
                kill(member)
            process.wait(PATIENCE_S)


def stop(service: Service, number: signal.Signals = signal.SIGTERM) -> int:
    """Tell the service to end, and wait until it has."""
    service.process.send_signal(number)
    return service.process.wait(PATIENCE_S)
