"""What cannot be trusted is never served; the process says which index it was, and what it does instead."""

from __future__ import annotations

import logging
import multiprocessing
import resource
import shutil
import signal
from importlib import import_module
from pathlib import Path

import pytest

from app.answers import Answers
from app.schemas import SearchParameters
from app.settings import Settings
from app.wiring import Archive, open_archive
from catalogue.errors import IndexUnavailable
from catalogue.tables import Document
from catalogue.tables.row import now
from indexes.generation import generation_folder
from indexes.live import LiveIndex
from indexes.manifest import MANIFEST
from tests.town import TOOLS, fill, town_settings

ASKED = SearchParameters(q="Wann verfällt Resturlaub?")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = town_settings(tmp_path / "var")
    fill(settings, tmp_path / "papers")
    return settings


def started(opened: Archive) -> LiveIndex:
    """An index as a process has it that has just started."""
    live = opened.live_index()
    live.try_refresh()
    return live


def folder_of(opened: Archive, generation_id: int) -> Path:
    return generation_folder(opened.settings.indexes_dir, generation_id)


def rebuild(opened: Archive) -> int:
    with opened.worker() as worker:
        built = worker.publish(force=True)
    assert built is not None
    return built


@pytest.mark.parametrize("harm", ["missing", "half written", "torn"])
def test_a_damaged_index_is_not_served_the_former_one_is(
    opened: Archive, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    former = started(opened).searcher.generation_id
    newest = folder_of(opened, rebuild(opened))
    if harm == "missing":
        shutil.rmtree(newest)
    elif harm == "half written":
        (newest / MANIFEST).unlink()
    else:
        path = next(newest.glob("segment-*/rows.npy"))
        path.write_bytes(path.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING):
        live = started(opened)
    assert live.searcher.generation_id == former
    assert f"Der Index {int(newest.name)} kann nicht benutzt werden" in caplog.text
    assert f"Generation {former} keeps answering" in caplog.text


def test_the_worker_builds_a_damaged_index_anew(opened: Archive) -> None:
    damaged = started(opened).searcher.generation_id
    (folder_of(opened, damaged) / MANIFEST).unlink()
    with pytest.raises(IndexUnavailable, match=f"Der Index {damaged}"):
        _ = started(opened).searcher
    with opened.worker() as worker:
        repaired = worker.publish()
    assert started(opened).searcher.generation_id == repaired


def test_an_index_of_another_catalogue_is_not_served(opened: Archive, tmp_path: Path) -> None:
    other_settings = town_settings(tmp_path / "anderswo")
    papers = tmp_path / "papers" / "Hauptamt" / "urlaub.txt"
    papers.write_text("# Anderswo\nDer Urlaub beträgt anderswo 35 Tage.")
    fill(other_settings, tmp_path / "papers")
    (generation,) = other_settings.indexes_dir.iterdir()
    ours = folder_of(opened, int(generation.name))
    shutil.rmtree(ours)
    shutil.copytree(generation, ours)
    with pytest.raises(IndexUnavailable, match="(anderen Katalog|beschädigt|anderen Fassung)"):
        _ = started(opened).searcher


def fill_the_disk(settings: Settings, step: str) -> None:
    """Build an index while at `step` no file may grow beyond some bytes, and tell by the exit code how that ended."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    module, owner, name = step.rpartition(":")[0], *step.rpartition(":")[2].split(".")
    kind = getattr(import_module(module), owner)
    write = getattr(kind, name)

    def without_room(*arguments: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        try:
            write(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    setattr(kind, name, without_room)
    archive = open_archive(settings, TOOLS)
    with archive.worker() as worker:
        try:
            worker.publish(force=True)
        except IndexUnavailable:
            raise SystemExit(7) from None


@pytest.mark.parametrize("step", ["indexes.vectors:SegmentWriter.write", "indexes.lexical:LexicalWriter.commit"])
def test_a_full_disk_is_a_clear_error_and_leaves_the_live_index_whole(
    opened: Archive, settings: Settings, step: str
) -> None:
    before = started(opened).searcher.generation_id
    process = multiprocessing.get_context("spawn").Process(target=fill_the_disk, args=(settings, step))
    process.start()
    process.join(120)
    assert process.exitcode == 7
    with opened.worker() as worker:
        worker.repair()
    assert started(opened).searcher.generation_id == before


def test_an_answer_is_remembered_until_anything_changes(opened: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    live, answers = started(opened), Answers(opened.sessions, 10)
    first = answers.find(live.searcher, ASKED, opened.reader, 0)
    with monkeypatch.context() as patch:
        patch.setattr("app.answers.answer", lambda *_: pytest.fail("worked out again"))
        assert answers.find(live.searcher, ASKED, opened.reader, 0).passages == first.passages
    gone = int(first.passages[0].document.id)
    with opened.sessions.begin() as session:
        session.get_one(Document, gone).deleted_at = now()
    after = answers.find(live.searcher, ASKED, opened.reader, 0)
    assert str(gone) not in {passage.document.id for passage in after.passages}
    answers.close()


def test_nobody_gets_an_answer_that_was_made_for_somebody_else(opened: Archive) -> None:
    live, answers = started(opened), Answers(opened.sessions, 10)
    assert answers.find(live.searcher, ASKED, opened.reader, 0).passages
    stranger = type(opened.reader)(opened.tenant_id, frozenset())
    assert answers.find(live.searcher, ASKED, stranger, 0).passages == []
    answers.close()
