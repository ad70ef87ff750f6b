"""A clock that jumps, an hour back or a day on, between any two steps: nothing is lost, and nothing waits for ever."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.adding import take_in
from app.pace import PER_MINUTE, Pace
from app.wiring import Archive
from app.worker import work_off
from catalogue.errors import Conflict, TooOften
from catalogue.tables import Chunk, Job
from catalogue.view import View
from indexes.search import SearchRequest
from ingest.intake import delete_document
from ingest.reindex import ask_for
from ingest.work import writer_lock
from tests.test_worker import PATIENCE_S, hand_in
from tests.town import following, settle, write_papers


class Clock:
    """The catalogue's clock, which may be set."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def jump(self, **by: float) -> None:
        self.ahead += timedelta(**by)

    def now(self, zone: tzinfo | None = UTC) -> datetime:
        return datetime.now(zone) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("catalogue.tables.row.datetime", clock)
    return clock


@pytest.mark.parametrize("jump", [{"hours": -1}, {"days": 1}, {"days": -400}])
def test_a_clock_that_jumps_between_all_steps_costs_no_file_and_no_answer(
    opened: Archive, clock: Clock, tmp_path: Path, jump: dict[str, float]
) -> None:
    folder = tmp_path / "akten"
    folder.mkdir()
    for number in range(3):
        (folder / "markt.txt").write_text(f"Der Markt beginnt um {number + 7} Uhr.")
        write_papers(folder, {f"{number}.txt": f"Der Saal {number} wird gelüftet."})
        list(take_in(opened, "Ordnungsamt", "Märkte", [folder]))
        clock.jump(**jump)
        with opened.worker() as worker:
            worker.repair(thorough=True)
            assert {item.state for item in worker.process_pending()} == {"ready"}
            clock.jump(**jump)
            assert worker.publish() is not None
        clock.jump(**jump)
    assert answered(opened, "Wann beginnt der Markt?")[0] == "Der Markt beginnt um 9 Uhr."
    before = {question: answered(opened, question) for question in ("Markt", "Saal gelüftet")}
    ask_for(opened.sessions, opened.tenant_id, None, "Test")
    clock.jump(**jump)
    for _finished in work_off(opened):
        clock.jump(**jump)
    assert {question: answered(opened, question) for question in before} == before
    with opened.sessions() as session:
        assert session.scalars(select(Job.state).where(Job.kind == "reindex")).all() == ["done"]


def answered(opened: Archive, question: str) -> list[str]:
    live = opened.live_index()
    live.refresh()
    with opened.sessions() as session:
        found = live.searcher.search(session, SearchRequest(question), View(opened.reader)).passages
    return [passage.text for passage in found]


def test_what_is_removed_after_the_clock_was_set_back_is_cleared_away_at_once(opened: Archive, clock: Clock) -> None:
    first, second = hand_in(opened, "erste.txt"), hand_in(opened, "zweite.txt", b"Der Markt endet um zwei.")
    settle(opened)
    delete_document(opened.sessions, opened.reader, first)
    with following(opened):
        await_passages(opened, 1)
        await_rest(opened)
        clock.jump(hours=-1)
        delete_document(opened.sessions, opened.reader, second)
        await_passages(opened, 0)


def await_rest(opened: Archive) -> None:
    """Wait until the worker has nothing left to do and lets go of its lock."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        time.sleep(0.1)
        with suppress(Conflict), writer_lock(opened.settings.data_dir):
            return
    pytest.fail("the worker is still at it")


def await_passages(opened: Archive, count: int) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while passages(opened) != count:
        assert time.monotonic() < end_s, "the worker did not notice"
        time.sleep(0.02)


def passages(opened: Archive) -> int:
    with opened.sessions() as session:
        return session.scalar(select(func.count(Chunk.id))) or 0


def test_the_clock_neither_frees_nor_locks_whoever_sends_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace()
    for _ in range(PER_MINUTE):
        pace.count("10.0.0.1")
    for jump_s in (86_400, -3_600):
        monkeypatch.setattr("time.time", lambda jump_s=jump_s: 1_800_000_000.0 + jump_s)
        with pytest.raises(TooOften):
            pace.count("10.0.0.1")
        pace.count(f"10.0.0.2{jump_s}")
