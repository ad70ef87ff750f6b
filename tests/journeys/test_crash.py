"""Whatever is killed, whenever: afterwards the answers are those of a fresh build, and nothing accepted is lost."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalogue.access import Reader
from catalogue.tables import Chunk, Embedding, Revision
from indexes.live import LiveIndex
from indexes.search import SearchRequest
from ingest.work import Worker
from tests.journeys.crash import killed_after, killed_at_step, make_worker, take_in

STEPS = [
    "ingest.originals:Originals.put",
    "ingest.intake:record",
    "ingest.work:claim",
    "ingest.pipeline:embed_missing",
    "ingest.pipeline:commit_chunks",
    "ingest.work:finish",
    "indexes.generation:rows_from",
    "indexes.generation:share",
    "indexes.lexical:LexicalWriter.commit",
    "indexes.vectors:SegmentWriter.write",
    "indexes.generation:write_manifest",
    "ingest.work:activate",
    "indexes.succession:show",
    "ingest.work:clear",
    "indexes.succession:purge",
    "ingest.work:release_interrupted",
]
QUESTIONS = ("Urlaub Tage", "Reise Kilometer", "Hund Steuer", "Etwas Neues")
RANDOM_KILLS = 12

Answers = list[list[tuple[str, str]]]


@pytest.fixture(scope="module")
def spawn():
    """Run a function in a process that starts quickly, and see it killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.journeys.crash", "faiss", "tantivy"])

    def spawn(function: Callable[..., None], *arguments: object) -> None:
        process = context.Process(target=function, args=arguments)
        process.start()
        process.join(120)
        assert process.exitcode == -signal.SIGKILL

    return spawn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "akten"
    folder.mkdir()
    (folder / "urlaub.txt").write_text("# Urlaub\nDer Urlaub beträgt 30 Tage im Jahr.")
    (folder / "reise.txt").write_text("# Reise\nDie Reise wird mit 30 Cent je Kilometer vergütet.")
    (folder / "hund.txt").write_text("# Hund\nDie Steuer für einen Hund beträgt 90 Euro.")
    return folder


@pytest.fixture
def worker(sqlite_url: str, tmp_path: Path, folder: Path) -> Worker:
    """A worker whose catalogue holds the folder as it was, before this happened to it: changed, added, removed."""
    worker = make_worker(sqlite_url, tmp_path / "var")
    take_in(worker, folder)
    change(folder, 31)
    (folder / "neu.txt").write_text("# Neu\nEtwas Neues zu Hund und Reise.")
    (folder / "reise.txt").unlink()
    return worker


def change(folder: Path, days: int) -> None:
    (folder / "urlaub.txt").write_text(f"# Urlaub\nDer Urlaub beträgt jetzt {days} Tage im Jahr.")


def answers(worker: Worker) -> Answers:
    live = LiveIndex(worker.sessions, worker.indexes_dir, 1, lambda: worker.embedder)
    live.refresh()
    with worker.sessions() as session:
        return [
            sorted(
                (passage.source, passage.text)
                for passage in live.searcher.search(session, SearchRequest(question), Reader(1)).passages
            )
            for question in QUESTIONS
        ]


def fresh(folder: Path, sqlite_template: Path, data: Path) -> Answers:
    """What a catalogue answers that was filled from the folder in one go."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    shutil.copyfile(sqlite_template, data / "fresh.db")
    worker = make_worker(f"sqlite:///{data / 'fresh.db'}", data)
    take_in(worker, folder)
    return answers(worker)


def assert_clean(worker: Worker) -> None:
    """Nothing is left over: no half-read file, no folder without a row, no vector without a passage."""
    with worker.sessions() as session:
        assert session.scalar(select(func.count(Revision.id)).where(Revision.state != "ready")) == 0
        texts = set(session.scalars(select(Chunk.text_sha256)))
        assert set(session.scalars(select(Embedding.text_sha256))) == texts
    assert len(list(worker.indexes_dir.iterdir())) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_a_restart_leads_to_the_answers_of_a_fresh_build(
    spawn, worker: Worker, folder: Path, sqlite_url: str, sqlite_template: Path, tmp_path: Path, step: str, moment: str
) -> None:
    spawn(killed_at_step, sqlite_url, str(tmp_path / "var"), str(folder), step, moment)
    assert answers(worker)[0], "what was live, or its successor, still answers"
    take_in(worker, folder)
    assert answers(worker) == fresh(folder, sqlite_template, tmp_path / "fresh")
    assert_clean(worker)


def test_killed_again_and_again_at_any_moment_nothing_is_lost(
    spawn, worker: Worker, folder: Path, sqlite_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    moments = random.Random(2034)
    for number in range(RANDOM_KILLS):
        change(folder, 32 + number)
        spawn(killed_after, sqlite_url, str(tmp_path / "var"), str(folder), moments.uniform(0.02, 0.8))
        assert answers(worker)[0]
    take_in(worker, folder)
    assert answers(worker) == fresh(folder, sqlite_template, tmp_path / "fresh")
    assert_clean(worker)
