from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalogue.access import Reader, visible_chunks
from catalogue.connection import Sessions
from catalogue.errors import Conflict, IndexUnavailable, NotFound
from catalogue.places import ensure_collection
from catalogue.tables import Chunk, Document, Embedding, Generation, Revision
from catalogue.view import View
from indexes.generation import generation_folder
from indexes.live import LiveIndex
from indexes.search import Passage, SearchRequest
from indexes.succession import roll_back
from ingest.folder import accept_paths
from ingest.intake import delete_document
from ingest.originals import Originals
from ingest.parse.element import Parsed
from ingest.pipeline import MAX_ATTEMPTS, claim
from ingest.work import Worker, writer_lock
from tests.fakes import FakeEmbedder, parse_plain

READER = Reader(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "akten"
    folder.mkdir()
    (folder / "urlaub.txt").write_text("# Urlaub\nDer Urlaub beträgt 30 Tage im Jahr.")
    (folder / "reise.txt").write_text("# Reise\nDie Wegstrecke wird mit 30 Cent je Kilometer vergütet.")
    return folder


@pytest.fixture
def worker(sessions: Sessions, tmp_path: Path) -> Worker:
    return Worker(sessions, Originals(tmp_path / "originals"), tmp_path / "indexes", parse_plain, FakeEmbedder(), 1)


@pytest.fixture
def add(worker: Worker, folder: Path) -> Callable[[], dict[str, str]]:
    """Take the folder in, read it and publish it; returns the state of each file that was read."""

    def add() -> dict[str, str]:
        with worker.sessions.begin() as session:
            collection_id = ensure_collection(session, 1, "Hauptamt", "Dienstanweisungen").id
        list(accept_paths(worker.sessions, worker.originals, collection_id, [folder]))
        states = {item.source: str(item.state) for item in worker.process_pending()}
        worker.publish()
        return states

    return add


@pytest.fixture
def search(worker: Worker) -> Callable[..., list[Passage]]:
    """Ask the generation that is live now."""

    def search(text: str, reader: Reader = READER) -> list[Passage]:
        live = live_index(worker)
        with worker.sessions() as session:
            return list(live.searcher.search(session, SearchRequest(text), View(reader)).passages)

    return search


def live_index(worker: Worker) -> LiveIndex:
    live = LiveIndex(worker.sessions, worker.indexes_dir, worker.tenant_id, lambda: worker.embedder)
    live.refresh()
    return live


def count(sessions: Sessions, table: type) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_folder_becomes_passages_with_their_source(add, search) -> None:
    assert add() == {"reise.txt": "ready", "urlaub.txt": "ready"}
    best = search("Urlaub Tage")[0]
    assert (best.source, best.title, best.department_name) == ("urlaub.txt", "urlaub", "Hauptamt")
    assert "30 Tage" in best.text
    assert best.headings == ("Urlaub",)
    assert [best.text[start:end] for start, end in best.highlights].count("Urlaub") >= 1


def test_nothing_changed_means_no_new_generation(add, worker: Worker) -> None:
    add()
    assert worker.publish() is None
    add()
    assert count(worker.sessions, Generation) == 1


def test_a_new_revision_takes_over_with_the_index_that_knows_it(add, search, worker: Worker, folder: Path) -> None:
    add()
    (folder / "urlaub.txt").write_text("# Urlaub\nDer Urlaub beträgt 31 Tage im Jahr.")
    with worker.sessions() as session:
        collection_id = session.scalars(select(Document.collection_id)).first()
    assert collection_id is not None
    list(accept_paths(worker.sessions, worker.originals, collection_id, [folder]))
    list(worker.process_pending())
    assert "30 Tage" in search("Urlaub Tage")[0].text, "until the next generation is live, the old state answers"
    worker.publish()
    assert "31 Tage" in search("Urlaub Tage")[0].text
    assert count(worker.sessions, Chunk) == 2, "passages of the old state are gone"
    assert count(worker.sessions, Embedding) == 2, "and so are the vectors that only they used"


def test_an_unreadable_new_revision_leaves_the_old_one_in_search(add, search, folder: Path, worker: Worker) -> None:
    add()
    (folder / "urlaub.txt").write_text("KAPUTT")
    assert add() == {"urlaub.txt": "failed"}
    assert "30 Tage" in search("Urlaub Tage")[0].text
    with worker.sessions() as session:
        failed = session.scalars(select(Revision).where(Revision.state == "failed")).one()
    assert (failed.error_code, failed.error_hint) == ("beschaedigt", "Bitte neu speichern.")


def test_a_deleted_document_is_gone_from_the_next_answer_on(add, search, worker: Worker) -> None:
    add()
    gone = search("Urlaub Tage")[0].document_id
    delete_document(worker.sessions, READER, gone)
    assert gone not in {passage.document_id for passage in search("Urlaub Tage")}
    worker.publish()
    assert count(worker.sessions, Chunk) == 1


def test_a_file_that_vanished_and_came_back_is_found_again(add, search, folder: Path) -> None:
    add()
    (folder / "urlaub.txt").rename(folder.parent / "urlaub.txt")
    add()
    assert "urlaub.txt" not in {passage.source for passage in search("Urlaub Tage")}
    (folder.parent / "urlaub.txt").rename(folder / "urlaub.txt")
    add()
    assert search("Urlaub Tage")[0].source == "urlaub.txt"


def test_a_deleted_and_restored_file_is_found_even_if_nothing_was_published_between(
    add, search, worker, folder
) -> None:
    add()
    delete_document(worker.sessions, READER, search("Urlaub Tage")[0].document_id)
    (folder / "urlaub.txt").touch()
    assert add() == {"urlaub.txt": "ready"}
    assert search("Urlaub Tage")[0].source == "urlaub.txt"


def test_another_department_sees_nothing(add, search) -> None:
    add()
    assert search("Urlaub Tage", Reader(1, frozenset({999}))) == []
    assert search("Urlaub Tage", Reader(2)) == []


def test_every_passage_is_read_through_the_same_rule(add, worker: Worker) -> None:
    add()
    with worker.sessions() as session:
        assert len(session.execute(visible_chunks(READER)).all()) == 2
        assert session.execute(visible_chunks(Reader(1, frozenset()))).all() == []


def test_an_emptied_catalogue_still_answers(add, search, worker: Worker) -> None:
    add()
    for document_id in {passage.document_id for passage in search("Urlaub Reise")}:
        delete_document(worker.sessions, READER, document_id)
    worker.publish()
    assert search("Urlaub") == []


def test_another_model_is_built_from_stored_passages_while_the_old_one_serves(add, search, worker: Worker) -> None:
    add()
    changed = FakeEmbedder("fake-2")
    successor = Worker(worker.sessions, worker.originals, worker.indexes_dir, refuse_to_parse, changed, 1)
    with pytest.raises(IndexUnavailable, match="STADTWISSEN_MODEL"):
        live_index(successor)
    assert search("Urlaub Tage")[0].source == "urlaub.txt"
    assert successor.publish() is not None
    assert len(changed.encoded) == 2
    assert live_index(successor).searcher.generation.manifest.fingerprint == "fake-2"


def refuse_to_parse(_path: Path, _name: str):
    raise AssertionError("changing the model must not parse anything")


def test_a_killed_worker_leaves_work_that_the_next_one_finishes(worker: Worker, add, folder: Path) -> None:
    add()
    (folder / "neu.txt").write_text("# Neu\nEtwas Neues.")
    with worker.sessions() as session:
        collection_id = session.scalars(select(Document.collection_id)).first()
    assert collection_id is not None
    list(accept_paths(worker.sessions, worker.originals, collection_id, [folder]))
    assert len(claim(worker.sessions, 1, 9)) == 1, "claimed, and then the process dies"
    assert [item.source for item in worker.process_pending()] == []
    assert worker.repair() == 1
    assert [(item.source, item.state) for item in worker.process_pending()] == [("neu.txt", "ready")]


def test_a_file_that_kills_the_worker_again_and_again_is_given_up(worker: Worker, add, folder: Path) -> None:
    add()
    (folder / "neu.txt").write_text("# Neu\nEtwas Neues.")
    with worker.sessions() as session:
        collection_id = session.scalars(select(Document.collection_id)).first()
    assert collection_id is not None
    list(accept_paths(worker.sessions, worker.originals, collection_id, [folder]))
    for _ in range(MAX_ATTEMPTS):
        assert claim(worker.sessions, 1, 9)
        worker.repair()
    with worker.sessions() as session:
        assert session.scalars(select(Revision.error_code).where(Revision.state == "failed")).all() == ["absturz"]


def test_a_damaged_generation_is_never_served_and_is_built_again(add, search, worker: Worker) -> None:
    add()
    with worker.sessions() as session:
        generation_id = session.scalars(select(Generation.id).where(Generation.state == "live")).one()
    victim = next(generation_folder(worker.indexes_dir, generation_id).glob("segment-*/*.faiss"))
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(IndexUnavailable, match="beschädigt"):
        live_index(worker)
    assert worker.publish() is not None
    assert search("Urlaub Tage")[0].source == "urlaub.txt"


def test_a_build_that_fails_leaves_the_live_generation_alone(add, search, worker: Worker, folder, monkeypatch) -> None:
    add()
    (folder / "urlaub.txt").write_text("# Urlaub\nDer Urlaub beträgt 31 Tage im Jahr.")

    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("indexes.lexical.LexicalWriter.commit", disk_full)
        with pytest.raises(IndexUnavailable, match="Speicherplatz"):
            add()
    assert "30 Tage" in search("Urlaub Tage")[0].text
    worker.publish()
    assert "31 Tage" in search("Urlaub Tage")[0].text
    assert len(list(worker.indexes_dir.iterdir())) == 1, "nothing is left of the build that failed"


def test_a_small_change_shares_files_with_the_generation_before(add, worker: Worker, folder: Path) -> None:
    for number in range(6):
        (folder / f"ordnung-{number}.txt").write_text(f"# Ordnung {number}\nDie Regelung Nummer {number} gilt im Amt.")
    add()
    first = live_index(worker).searcher.generation
    (folder / "neu.txt").write_text("# Neu\nEtwas Neues.")
    add()
    second = live_index(worker).searcher.generation
    assert set(first.manifest.segments) < set(second.manifest.segments)
    shared = generation_folder(worker.indexes_dir, second.manifest.generation) / first.manifest.segments[0]
    assert shared.is_dir()
    assert second.manifest.chunks == first.manifest.chunks + 1


def test_many_small_changes_lead_to_the_answers_of_a_fresh_build(add, search, worker: Worker, folder: Path) -> None:
    add()
    for number in range(12):
        (folder / f"ordnung-{number % 5}.txt").write_text(f"# Ordnung\nRegelung {number} für Hunde und Urlaub.")
        if number % 4 == 3:
            (folder / f"ordnung-{number % 5}.txt").unlink()
        add()
    questions = ("Urlaub Tage", "Regelung Hunde", "Wegstrecke vergütet")
    before = [[(item.chunk_id, round(item.score, 4)) for item in search(question)] for question in questions]
    assert len(live_index(worker).searcher.generation.manifest.segments) < 6
    worker.publish(force=True)
    after = [[(item.chunk_id, round(item.score, 4)) for item in search(question)] for question in questions]
    assert [[item[0] for item in row] for row in after] == [[item[0] for item in row] for row in before]


def test_rolling_back_lets_the_index_before_the_rebuild_answer(add, search, worker: Worker, folder: Path) -> None:
    add()
    before = live_index(worker).searcher.generation_id
    worker.publish(force=True)
    assert live_index(worker).searcher.generation_id != before
    assert roll_back(worker.sessions, worker.indexes_dir, 1) == before
    assert live_index(worker).searcher.generation_id == before
    assert search("Urlaub Tage")[0].source == "urlaub.txt"


def test_after_rolling_back_deleted_documents_stay_deleted(add, search, worker: Worker) -> None:
    add()
    worker.publish(force=True)
    gone = search("Urlaub Tage")[0].document_id
    delete_document(worker.sessions, READER, gone)
    worker.publish()
    roll_back(worker.sessions, worker.indexes_dir, 1)
    assert gone not in {passage.document_id for passage in search("Urlaub Tage")}


def test_without_a_rebuild_there_is_nothing_to_roll_back_to(add, worker: Worker) -> None:
    add()
    with pytest.raises(NotFound, match="reindex"):
        roll_back(worker.sessions, worker.indexes_dir, 1)


def test_an_empty_catalogue_says_what_to_do(worker: Worker) -> None:
    live = live_index(worker)
    with pytest.raises(IndexUnavailable, match="stadtwissen add"):
        _ = live.searcher


def test_an_open_generation_answers_while_the_database_is_away(add, worker: Worker, monkeypatch) -> None:
    add()
    live = live_index(worker)

    def away() -> None:
        raise OSError("gone")

    monkeypatch.setattr(live, "sessions", away)
    live.try_refresh()
    assert live.searcher.generation.manifest.chunks == 2


def test_a_second_worker_is_refused_and_told_who_works(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ingest.work import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): print('ok', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ok\n"
        with pytest.raises(Conflict, match=f"Prozess {other.pid}"), writer_lock(tmp_path):
            pass
        other.kill()
    with writer_lock(tmp_path):
        assert (tmp_path / "worker.lock").exists()


def take_in_six(worker: Worker, folder: Path) -> None:
    folder.mkdir()
    for name in "abcdef":
        (folder / f"{name}.txt").write_text(name)
    with worker.sessions.begin() as session:
        collection_id = ensure_collection(session, 1, "Hauptamt", "Dienstanweisungen").id
    list(accept_paths(worker.sessions, worker.originals, collection_id, [folder]))


def test_a_slow_file_does_not_keep_the_others_from_being_finished(worker: Worker, tmp_path: Path) -> None:
    gate = threading.Event()

    def parse(path: Path, name: str) -> Parsed:
        if name == "a.txt":
            assert gate.wait(60)
        return parse_plain(path, name)

    take_in_six(worker, tmp_path / "sechs")
    finished = replace(worker, parse=parse, parse_threads=2).process_pending()
    assert [next(finished).source for _ in range(5)] == [f"{name}.txt" for name in "bcdef"]
    gate.set()
    assert [item.source for item in finished] == ["a.txt"]


def test_who_stops_halfway_gives_back_what_was_claimed(worker: Worker, tmp_path: Path, sessions: Sessions) -> None:
    take_in_six(worker, tmp_path / "sechs")
    finished = worker.process_pending()
    assert next(finished).source == "a.txt"
    finished.close()
    with sessions() as session:
        rows = session.execute(select(Revision.state, Revision.attempts).order_by(Revision.id)).all()
    assert tuple(rows[0]) == ("ready", 1)
    # What was read in the meantime is committed together with the first; the rest waits as if nobody had begun.
    assert {tuple(row) for row in rows} <= {("ready", 1), ("pending", 0)}
