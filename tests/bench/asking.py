"""Searches over HTTP: starts the service on a filled folder, puts load on it, and looks at its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import httpx

from app.settings import Settings
from app.wiring import open_archive
from indexes.succession import live_generation
from tests.bench.corpus import read_records
from tests.bench.processes import processor_s, resident_mb
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
LONGEST_QUESTION = 200
WARM_UP, WARM_UP_S = 300, 8.0
LONGEST_REBUILD_S = 3600.0
SETTLE_S = 3.0
"""So long after a rebuild is asked on: every process opens the new generation in this time."""
SERVE = (
    "import sys, uvicorn; uvicorn.run('tests.bench.served:app', factory=True, host='127.0.0.1', port=int(sys.argv[1]),"
    " workers=int(sys.argv[2]), access_log=False, log_config=None)"
)


def questions() -> list[str]:
    """What councillors asked: long, and never twice the same."""
    found = dict.fromkeys(
        " ".join(one["question"].split())[:LONGEST_QUESTION] for one in read_records("anfragen_antworten")
    )
    return [text for text in found if len(text) > 1]


@contextmanager
def service(data_dir: Path, workers: int, **settings: str) -> Iterator[tuple[int, int]]:
    """The service in processes of its own; yields its port and the id of its first process."""
    port = free_port()
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "STADTWISSEN_DATA_DIR": str(data_dir),
        "STADTWISSEN_WORKER_INSIDE": "false",
        "STADTWISSEN_LOG_LEVEL": "warning",
        **settings,
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(port), str(workers)], cwd=ROOT, env=environment)
    try:
        await_ready(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def await_ready(port: int) -> None:
    """Wait until the service answers."""
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the service does not start")


def start_load(port: int, paths: list[str], clients: int, seconds: float) -> subprocess.Popen[str]:
    """Let a process of its own put load on a running service."""
    command = [sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(port), str(clients), str(seconds)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdin is not None
    process.stdin.write("\n".join(paths))
    process.stdin.close()
    return process


def seen_by(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What such a process has seen, once it has ended.

    Raises: CalledProcessError when it has broken down.
    """
    with process:
        assert process.stdout is not None
        printed = process.stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    found: dict[str, Any] = json.loads(printed)
    return found


def load(port: int, paths: list[str], clients: int, seconds: float) -> dict[str, Any]:
    """Put load on a running service for some seconds."""
    return seen_by(start_load(port, paths, clients, seconds))


def live(data_dir: Path) -> int:
    """The number of the generation that should answer."""
    with closing(open_archive(Settings.model_validate({"data_dir": data_dir}))) as opened, opened.sessions() as session:
        generation = live_generation(session, opened.tenant_id)
    assert generation is not None
    return generation.id


def measure(data_dir: Path, seconds: float, *, with_rebuild: bool) -> dict[str, Any]:
    """Search and empty route under 1, 8 and 64 clients, with one and two processes; then with remembered answers.

    With a rebuild, also while the index of everything is built anew.
    """
    search = [f"/api/v1/search?q={quote(text)}" for text in questions()]
    found: dict[str, Any] = {"bare_mb": bare_mb(search)}
    for workers in (1, 2):
        with service(data_dir, workers, STADTWISSEN_CACHED_ANSWERS="0") as (port, pid):
            load(port, search[-WARM_UP:], 4, min(seconds, WARM_UP_S))
            rows = []
            for clients in (1, 8, 64):
                before_s = processor_s(pid)
                answered = load(port, search, clients, seconds)
                answered["processor_ms"] = round(1000 * (processor_s(pid) - before_s) / answered["answers"], 2)
                os.environ["BENCH_PAYLOAD_BYTES"] = str(answered["bytes"])
                rows.append({"search": answered, "empty": load(port, ["/leer"], clients, min(seconds, 5))})
                print(workers, rows[-1], file=sys.stderr, flush=True)
            found[str(workers)] = {"rows": rows, "resident_mb": resident_mb(pid)}
    with service(data_dir, 2) as (port, _):
        load(port, search[:40], 4, seconds)
        found["remembered"] = load(port, search[:40], 8, min(seconds, 5))
    if with_rebuild:
        found["rebuild"] = during_a_rebuild(data_dir, search, seconds)
    return found


def bare_mb(paths: list[str]) -> int:
    """What a process takes that answers from a single small document: program, model, and hardly any index."""
    with TemporaryDirectory() as name:
        data_dir, paper = Path(name, "var"), Path(name, "satzung.txt")
        paper.write_text("Murmeltiere sind im Stadtgebiet anzuleinen.\n", "utf-8")
        command(data_dir, "add", str(paper), "--department", "Stadt", "--collection", "Satzungen")
        with service(data_dir, 1, STADTWISSEN_CACHED_ANSWERS="0") as (port, pid):
            load(port, paths[-WARM_UP:], 4, WARM_UP_S)
            return resident_mb(pid)


def during_a_rebuild(data_dir: Path, paths: list[str], seconds: float) -> list[dict[str, Any]]:
    """Two processes answer 1 and 8 clients before, while and after `reindex` builds the index of everything anew."""
    rows = []
    with service(data_dir, 2, STADTWISSEN_CACHED_ANSWERS="0") as (port, _):
        load(port, paths[-WARM_UP:], 4, min(seconds, WARM_UP_S))
        for clients in (1, 8):
            row: dict[str, Any] = {"clients": clients, "before": load(port, paths, clients, seconds)}
            asking = start_load(port, paths, clients, LONGEST_REBUILD_S)
            row["rebuild_s"] = rebuild(data_dir)
            time.sleep(SETTLE_S)
            asking.terminate()
            row["during"] = seen_by(asking)
            row["after"] = load(port, paths, clients, seconds)
            rows.append(row)
            print("rebuild", row, file=sys.stderr, flush=True)
    return rows


def rebuild(data_dir: Path) -> float:
    """Build the index of everything anew, as an administrator would; returns the seconds it took.

    Raises: RuntimeError when the same generation is still live afterwards.
    """
    before, started_s = live(data_dir), time.perf_counter()
    command(data_dir, "reindex")
    taken_s = time.perf_counter() - started_s
    if live(data_dir) == before:
        raise RuntimeError("reindex has built nothing")
    return round(taken_s, 1)


def command(data_dir: Path, *words: str) -> None:
    """Carry out one of the program's own commands on a data folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "STADTWISSEN_DATA_DIR": str(data_dir)}
    run = [sys.executable, "-m", "app.cli", *words]
    subprocess.run(run, cwd=ROOT, check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), float(sys.argv[2]), with_rebuild="rebuild" in sys.argv[3:])))
