"""Spread over processes the analysis takes less time and gives the same terms, whatever happens to a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalogue.access import Reader
from catalogue.connection import connect
from catalogue.places import ensure_collection
from catalogue.view import View
from indexes import analysts
from indexes.analysts import Block, analysed
from indexes.fields import fields_of, searched
from indexes.generation import generation_folder
from indexes.helper import Helper
from indexes.live import LiveIndex
from indexes.search import SearchRequest
from ingest.folder import accept_paths
from ingest.originals import Originals
from ingest.work import Worker
from tests.fakes import FakeEmbedder, parse_plain
from tests.test_lexical import entry

WORDS = "Hundesteuersatzung Straßenreinigung § 4a Gebühr Bürgerbüro Grundstück der Antrag zahlen schriftlich".split()


@pytest.fixture
def blocks() -> list[Block]:
    """Nine blocks of documents of several passages each."""
    rng = np.random.default_rng(5)

    def block(start: int) -> Block:
        entries = [
            entry(
                start + number, " ".join(rng.choice(WORDS, 12)), revision_id=start + number // 3, title=f"Akte {start}"
            )
            for number in range(6)
        ]
        return Block(entries, np.full((6, 2), start, np.float32))

    return [block(10 * number) for number in range(9)]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes start for a handful of passages."""
    monkeypatch.setattr(analysts, "PAYS_FROM", 10)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_terms_and_order_do_not_depend_on_the_number_of_processes(blocks: list[Block], processes: int) -> None:
    found = list(analysed(iter(blocks), processes))
    assert [block for block, _ in found] == blocks
    assert [fields for _, fields in found] == [fields_of(searched(block.entries)) for block in blocks]


def test_few_passages_start_no_process(blocks: list[Block], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysts, "_Analyst", None)
    assert len(list(analysed(iter(blocks), 2))) == len(blocks)


@pytest.mark.usefixtures("soon")
def test_a_process_that_is_killed_costs_no_passage(blocks: list[Block], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def noted(work: Any) -> Helper[Any, Any]:
        helper = Helper[Any, Any](work)
        started.append(helper.pid)
        return helper

    monkeypatch.setattr(analysts, "_Analyst", noted)
    found = analysed(iter(blocks), 2)
    first = next(found)
    os.kill(started[1], signal.SIGKILL)
    rest = list(found)
    assert [fields for _, fields in [first, *rest]] == [fields_of(searched(block.entries)) for block in blocks]


SCRIPT = """
import os, sys, time
from indexes.helper import Helper
if __name__ == "__main__":
    print(Helper(len).pid, flush=True)
    time.sleep(600)
"""


def test_the_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "starts.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        helper = int(parent.stdout.readline())
        parent.kill()
    end_s = time.monotonic() + 60
    while Path(f"/proc/{helper}").exists() and "zombie" not in Path(f"/proc/{helper}/status").read_text():
        assert time.monotonic() < end_s
        time.sleep(0.05)


@pytest.fixture
def worker(sqlite_url: str, tmp_path: Path) -> Iterator[Worker]:
    """A worker with fifty small files read, and nothing published."""
    folder = tmp_path / "akten"
    folder.mkdir()
    for number in range(50):
        (folder / f"{number:02d}.txt").write_text(f"# Akte {number}\nEs gilt {WORDS[number % 10]} Nummer {number}.")
    sessions = connect(sqlite_url)
    worker = Worker(sessions, Originals(tmp_path / "o"), tmp_path / "indexes", parse_plain, FakeEmbedder(), 1, 2)
    with sessions.begin() as session:
        place = ensure_collection(session, 1, "Hauptamt", "Akten").id
    list(accept_paths(sessions, worker.originals, place, [folder]))
    list(worker.process_pending())
    yield worker
    sessions.kw["bind"].dispose()


def answers(worker: Worker) -> list[list[tuple[int, float]]]:
    live = LiveIndex(worker.sessions, worker.indexes_dir, 1, lambda: worker.embedder)
    live.refresh()
    with worker.sessions() as session:
        found = [live.searcher.search(session, SearchRequest(word), View(Reader(1))).passages for word in WORDS]
    return [[(passage.chunk_id, round(passage.score, 6)) for passage in passages] for passages in found]


def test_an_index_built_in_two_processes_answers_as_one_built_in_one(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = worker.publish()
    expected = answers(worker)
    monkeypatch.setattr(analysts, "PAYS_FROM", 1)
    together = worker.publish(force=True)
    assert alone is not None
    assert together is not None
    assert answers(worker) == expected
    assert expected[0]
    assert (generation_folder(worker.indexes_dir, together) / "lexical").is_dir()
