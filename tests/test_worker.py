from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.adding import see_through, summarise, take_in, unsettled
from app.wiring import Archive, Tools
from app.worker import follow, work_off
from catalogue.errors import BadModel, Conflict
from catalogue.places import ensure_collection
from catalogue.tables import Document, Revision
from catalogue.tables.row import now
from indexes.embedder import Embedder
from ingest.intake import accept_upload
from ingest.parse.element import Parsed, Parser
from ingest.work import writer_lock
from tests.fakes import FakeEmbedder, parse_plain
from tests.town import TOOLS, settle, write_papers

PATIENCE_S = 20


@pytest.fixture
def started() -> Iterator[Callable[[Archive], threading.Event]]:
    """Workers in threads; all are stopped at the end."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(opened: Archive) -> threading.Event:
        threads.append(threading.Thread(target=follow, args=(opened, stop)))
        threads[-1].start()
        return stop

    yield start
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def hand_in(opened: Archive, name: str, content: bytes = b"Der Markt beginnt um sieben.") -> int:
    with opened.sessions.begin() as session:
        place = ensure_collection(session, opened.tenant_id, "Ordnungsamt", "Märkte").id
    accepted = accept_upload(opened.sessions, opened.originals, place, name, io.BytesIO(content))
    assert accepted.document_id is not None
    return accepted.document_id


def state_of(opened: Archive, document_id: int) -> str:
    statement = select(Revision).where(Revision.document_id == document_id).order_by(Revision.number.desc())
    with opened.sessions() as session:
        revision = session.scalars(statement).first()
    assert revision is not None
    return "shown" if revision.shown else revision.state


def await_state(opened: Archive, document_id: int, state: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while state_of(opened, document_id) != state:
        assert time.monotonic() < end, f"still {state_of(opened, document_id)}"
        time.sleep(0.02)


def test_a_following_worker_shows_what_comes_in_and_purges_what_goes(
    opened: Archive, started: Callable[[Archive], threading.Event]
) -> None:
    started(opened)
    first = hand_in(opened, "eins.txt")
    await_state(opened, first, "shown")
    second = hand_in(opened, "zwei.txt", b"Der Flohmarkt beginnt um neun.")
    await_state(opened, second, "shown")
    with opened.sessions.begin() as session:
        session.get_one(Document, first).deleted_at = now()
        session.scalars(select(Revision).where(Revision.document_id == first)).one().shown = False
    end = time.monotonic() + PATIENCE_S
    while vectors(opened) > 1:
        assert time.monotonic() < end
        time.sleep(0.02)


def vectors(opened: Archive) -> int:
    from catalogue.tables import Embedding

    with opened.sessions() as session:
        return len(session.scalars(select(Embedding.text_sha256)).all())


def test_a_worker_waits_for_another_and_then_takes_over(
    opened: Archive, started: Callable[[Archive], threading.Event]
) -> None:
    document = hand_in(opened, "eins.txt")
    with writer_lock(opened.settings.data_dir):
        with pytest.raises(Conflict):
            next(work_off(opened))
        started(opened)
        time.sleep(0.2)
        assert state_of(opened, document) == "pending"
    await_state(opened, document, "shown")


def test_a_worker_survives_what_passes(
    opened: Archive, started: Callable[[Archive], threading.Event], caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([BadModel("Das Modell ist noch nicht da."), OSError("geheimer Text")])

    def late(_model: str, _threads: int) -> Embedder:
        for failure in failures:
            raise failure
        return FakeEmbedder()

    document = hand_in(opened, "eins.txt")
    started(replace(opened, tools=replace(TOOLS, embedder=late)))
    await_state(opened, document, "shown")
    assert "Das Modell ist noch nicht da." in caplog.text
    assert "OSError" in caplog.text
    assert "geheim" not in caplog.text


def test_a_command_waits_for_the_worker_that_is_already_at_it(opened: Archive, tmp_path: Path) -> None:
    gate = threading.Event()

    def slow(path: Path, name: str) -> Parsed:
        assert gate.wait(PATIENCE_S)
        return parse_plain(path, name)

    @contextmanager
    def parser(*_: object) -> Iterator[Parser]:
        yield slow

    document = hand_in(opened, "eins.txt")
    worker = threading.Thread(target=settle, args=(replace(opened, tools=Tools(TOOLS.embedder, parser)),))
    worker.start()
    try:
        await_state(opened, document, "running")
        waiting = see_through(opened)
        assert [next(waiting).left, next(waiting).left] == [1, 1]
        gate.set()
        assert list(waiting)[-1].left == 0
    finally:
        gate.set()
        worker.join(PATIENCE_S)
    assert state_of(opened, document) == "shown"


def test_what_was_interrupted_counts_as_left_to_do(opened: Archive, tmp_path: Path) -> None:
    assert unsettled(opened) == 0
    hand_in(opened, "eins.txt")
    assert unsettled(opened) == 1
    settle(opened)
    assert unsettled(opened) == 0


def test_a_report_counts_each_file_once_and_tells_of_attachments(opened: Archive, tmp_path: Path) -> None:
    from ingest.parse.element import Attachment

    def mail(path: Path, name: str) -> Parsed:
        parsed = parse_plain(path, name)
        inside = (Attachment("anlage.txt", b"KAPUTT"),) if name == "mail.txt" else ()
        return replace(parsed, attachments=inside, warnings=("Mit Vorsicht zu lesen.",))

    opened = replace(opened, tools=Tools(TOOLS.embedder, lambda *_: nullcontext(mail)))
    folder = write_papers(
        tmp_path / "akten", {"mail.txt": "Siehe Anlage.", "gut.txt": "Text", "schlecht.txt": "KAPUTT"}
    )
    accepted = list(take_in(opened, "Hauptamt", "Post", [folder]))
    settle(opened)
    report = summarise(opened, accepted)
    assert report.counts == {"new": 2}
    assert [failure.source for failure in report.failures] == ["schlecht.txt", "mail.txt/anlage.txt"]
    assert ("mail.txt", "Mit Vorsicht zu lesen.") in report.warnings
