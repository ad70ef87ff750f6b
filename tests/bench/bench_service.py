"""How soon the service answers: `python tests/bench/bench_service.py [DATA_DIR]`, by default with the samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from app.cli_demo import take_in_samples
from app.settings import Settings
from app.wiring import open_archive
from app.worker import work_off
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
ROUNDS = 3
PATIENCE_S = 120


def questions() -> list[str]:
    """What the authors of the samples asked."""
    lines = (ROOT / "samples" / "fragen.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def get(address: str) -> bytes:
    """One answer, over a connection of its own."""
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        body: bytes = answer.read()
    return body


def taken_ms(work: Callable[[], object]) -> float:
    """How long it took by the clock."""
    before = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - before)


@contextmanager
def serving(environment: dict[str, str], port: int) -> Iterator[float]:
    """The service, and when it was started."""
    command = [sys.executable, "-m", "app.cli", "serve"]
    started_s = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield started_s
        finally:
            process.terminate()


def first_answer_s(address: str, started_s: float) -> float:
    """Ask again and again until a passage comes; the seconds since the process was started."""
    while time.perf_counter() < started_s + PATIENCE_S:
        try:
            if json.loads(get(address))["passages"]:
                return time.perf_counter() - started_s
        except OSError:
            time.sleep(0.02)
    raise TimeoutError


def bench_queries(base: str) -> None:
    """Questions over HTTP, beside an answer that needs no work."""
    asked = [f"{base}/api/v1/search?{urllib.parse.urlencode({'q': question})}" for question in questions()]
    found, idle = [], []
    for address in asked * ROUNDS:
        found.append(taken_ms(lambda address=address: get(address)))  # type: ignore[misc]
        idle.append(taken_ms(lambda: get(f"{base}/health/live")))
    late = sorted(found)[int(0.95 * len(found))]
    print(f"Frage über HTTP: {median(found):.1f} ms im Median, {late:.1f} ms im 95. Perzentil ({len(found)} Fragen)")
    print(f"/health/live zwischendurch: {median(idle):.1f} ms, also {median(found) / median(idle):.1f}-mal so lang")


def bench_commands(environment: dict[str, str]) -> None:
    """Commands from their start to their end, the fastest of some rounds."""

    def run(*words: str) -> None:
        command = [sys.executable, "-m", "app.cli", *words]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    def bare() -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    floor = min(taken_ms(bare) for _ in range(ROUNDS))
    for name, words in (("--help", ["--help"]), ("search", ["search", "Was kostet der zweite Hund?"])):
        before = os.times()
        taken = min(taken_ms(lambda words=words: run(*words)) for _ in range(ROUNDS))  # type: ignore[misc]
        after = os.times()
        cpu_s = (after.children_user + after.children_system - before.children_user - before.children_system) / ROUNDS
        print(f"stadtwissen {name}: {taken / 1000:.2f} s, {cpu_s:.2f} s Rechenzeit; Python allein {floor / 1000:.2f} s")


def samples() -> Path:
    """A folder that the sample town has been read into; what is there already stays as it is."""
    data_dir = ROOT / "var" / "bench" / "samples"
    with closing(open_archive(Settings.model_validate({"data_dir": data_dir}))) as opened:
        list(take_in_samples(opened))
        list(work_off(opened))
    return data_dir


def main(data_dir: str = "") -> None:
    """Print every figure with the machine it was measured on."""
    folder = Path(data_dir).resolve() if data_dir else samples()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = {"STADTWISSEN_DATA_DIR": str(folder), "STADTWISSEN_PORT": str(port), "STADTWISSEN_CACHED_ANSWERS": "0"}
    environment = {**os.environ, **settings, "STADTWISSEN_WORKER_INSIDE": "false", "PYTHONPATH": str(ROOT)}
    print(f"{os.cpu_count()} Kerne, Last {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    with serving(environment, port) as started_s:
        first = first_answer_s(f"{base}/api/v1/search?q=Hundesteuer", started_s)
        print(f"erste Antwort {first:.1f} s nach dem Start des Dienstes")
        bench_queries(base)
    bench_commands(environment)


if __name__ == "__main__":
    main(*sys.argv[1:])
