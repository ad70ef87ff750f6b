"""Whatever is killed, whenever: afterwards the answers are those of a fresh build, and nothing accepted is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import func, select

from catalogue.access import Reader
from catalogue.tables import Chunk, Embedding, Job, Revision
from catalogue.view import View
from indexes.live import LiveIndex
from indexes.search import SearchRequest
from ingest.work import Worker
from tests.journeys.crash import killed_after, killed_at_step, killed_in_reindex, make_worker, take_in

# Intake, reading, embedding, index, activation, clearing up, repair, in the order they happen.
STEPS = [
    "ingest.originals:Originals.put",
    "ingest.intake:record",
    "ingest.work:claim",
    "ingest.pipeline:draft",
    "ingest.pipeline:embed_missing",
    "ingest.pipeline:commit_chunks",
    "ingest.pipeline:commit",
    "ingest.work:finish",
    "indexes.generation:share",
    "indexes.generation:rows_from",
    "indexes.lexical:LexicalWriter.commit",
    "indexes.generation:merge_small",
    "indexes.generation:share_segment",
    "indexes.vectors:SegmentWriter.write",
    "indexes.generation:write_manifest",
    "indexes.generation:open_generation",
    "ingest.work:activate",
    "indexes.succession:show",
    "ingest.work:clear",
    "indexes.succession:purge",
    "indexes.succession:drop_passages",
    "ingest.work:release_interrupted",
]
REINDEX_STEPS = [
    "ingest.work:begin",
    "ingest.reindex:read_again",
    "ingest.work:finish",
    "ingest.reindex:build_generation",
    "ingest.reindex:verify",
    "ingest.reindex:activate",
    "indexes.succession:complete",
    "ingest.reindex:clear",
]
QUESTIONS = ("Urlaub Tage", "Reise Kilometer", "Hund Steuer", "Etwas Neues")
RANDOM_KILLS, LONGEST_S = 200, 90
"""As many kills as fit into the time; `KILLS=200 pytest -s -k again_and_again` takes the time that many need."""

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
    for name in ("Abfall", "Bauamt", "Kasse"):  # enough for a segment that stays as it is
        (folder / f"{name}.txt").write_text(f"# {name}\nAuskunft gibt die Stelle für {name}.")
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


def by_turns(path: Path) -> None:
    """A file that comes and goes."""
    if path.exists():
        path.unlink()
    else:
        path.write_text("# Wechsel\nDer Hund macht Urlaub.")


def answers(worker: Worker) -> Answers:
    live = LiveIndex(worker.sessions, worker.indexes_dir, 1, lambda: worker.embedder)
    live.refresh()
    with worker.sessions() as session:
        return [
            sorted(
                (passage.source, passage.text)
                for passage in live.searcher.search(session, SearchRequest(question), View(Reader(1))).passages
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


def assert_clean(worker: Worker, generations: int = 1) -> None:
    """Nothing is left over: no half-read file, no folder without a row, no vector without a passage."""
    with worker.sessions() as session:
        newest = select(func.max(Revision.id)).group_by(Revision.document_id)
        assert set(session.scalars(select(Revision.state).where(Revision.id.in_(newest)))) == {"ready"}
        texts = set(session.scalars(select(Chunk.text_sha256)))
        assert set(session.scalars(select(Embedding.text_sha256))) == texts
    assert len(list(worker.indexes_dir.iterdir())) == generations


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


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", REINDEX_STEPS)
def test_a_re_index_that_is_killed_is_ended_by_the_next_worker(
    spawn, worker: Worker, folder: Path, sqlite_url: str, sqlite_template: Path, tmp_path: Path, step: str, moment: str
) -> None:
    take_in(worker, folder)
    before = answers(worker)
    spawn(killed_in_reindex, sqlite_url, str(tmp_path / "var"), step, moment)
    assert answers(worker) == before
    take_in(worker, folder)
    assert answers(worker) == before == fresh(folder, sqlite_template, tmp_path / "fresh")
    assert_clean(worker, generations=2)
    with worker.sessions() as session:
        assert session.scalars(select(Job.state).where(Job.kind == "reindex")).all() == ["done"]


def test_killed_again_and_again_at_any_moment_nothing_is_lost(
    spawn, worker: Worker, folder: Path, sqlite_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    asked = int(os.environ.get("KILLS", "0"))
    began_s = monotonic()
    spawn(killed_after, sqlite_url, str(tmp_path / "var"), str(folder), 60.0)  # undisturbed, as long as it takes
    whole_s = monotonic() - began_s
    moments, kills, end_s = random.Random(2034), 0, monotonic() + LONGEST_S
    while kills < (asked or RANDOM_KILLS) and (asked or monotonic() < end_s):
        change(folder, 32 + kills)
        by_turns(folder / "wechsel.txt")
        spawn(killed_after, sqlite_url, str(tmp_path / "var"), str(folder), moments.uniform(0, whole_s))
        assert answers(worker)[0]
        kills += 1
    print(f"killed {kills} times within {whole_s:.2f} s of work")
    take_in(worker, folder)
    assert answers(worker) == fresh(folder, sqlite_template, tmp_path / "fresh")
    assert_clean(worker)
