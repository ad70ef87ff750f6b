"""Keeps reading what comes in: by itself beside the service, or for as long as a command needs it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import closing
from time import monotonic

from sqlalchemy import func, select

from app.cli_trouble import explain
from app.golden import golden_judge
from app.wiring import Archive, OnLearning, OnPages
from catalogue.errors import Conflict
from catalogue.tables import Document, Revision
from ingest.pipeline import Finished
from ingest.reindex import open_job
from ingest.work import Worker, writer_lock

POLL_S = 0.5
PUBLISH_S = 30.0
LONGEST_PAUSE_S = 30.0

log = logging.getLogger(__name__)

Traces = tuple[int, int, int]


def work_off(
    opened: Archive,
    on_pages: OnPages | None = None,
    on_learning: OnLearning = lambda: log.info("the model learns from what was read"),
    *,
    thorough: bool = True,
) -> Generator[Finished]:
    """Repair, read everything that waits, and make it live, now and then also on the way; then end an open re-index.

    At last the model learns, if there is much more to learn from than the last time.

    Other processes find the lock taken meanwhile.

    Raises: Conflict when another process is at it; IndexUnavailable when no index can be built.
    """
    with writer_lock(opened.settings.data_dir), opened.worker(on_pages) as worker:
        worker.repair(thorough=thorough)
        job = worker.begin_job()
        due_s = monotonic() + PUBLISH_S
        for finished in worker.process_pending():
            yield finished
            if monotonic() > due_s:
                due_s = publish(worker)
        worker.publish()
        if job is not None:
            worker.end_job(job, golden_judge(opened))
        worker.renew(on_learning)


def publish(worker: Worker) -> float:
    """Make live what was read so far; returns when to do so again, so that most of the time is left for reading."""
    started_s = monotonic()
    worker.publish()
    ended_s = monotonic()
    return ended_s + max(PUBLISH_S, 10 * (ended_s - started_s))


def traces(opened: Archive) -> Traces:
    """What a change of the catalogue leaves behind: how many files were read, were removed, and wait.

    Counted, not dated: where the clock is set back what happens next is not the latest.
    """
    read = select(func.count(Revision.id)).where(Revision.tenant_id == opened.tenant_id, Revision.state == "ready")
    removed = select(func.count(Document.deleted_at)).where(Document.tenant_id == opened.tenant_id)
    waiting = select(func.count(Revision.id)).where(
        Revision.tenant_id == opened.tenant_id, Revision.state.in_(("pending", "running"))
    )
    with opened.sessions() as session:
        is_asked = open_job(session, opened.tenant_id) is not None
        return session.scalar(read) or 0, session.scalar(removed) or 0, (session.scalar(waiting) or 0) + is_asked


def follow(opened: Archive, stop: threading.Event) -> None:
    """Read what comes in until told to stop; what fails for a passing reason is tried again, ever more slowly."""
    settled: Traces | None = None
    pause_s, thorough = POLL_S, True
    while not stop.is_set():
        try:
            found = traces(opened)
            if found != settled:
                read_all(opened, stop, thorough=thorough)
                settled, thorough = found if found[2] == 0 else None, False
            pause_s = POLL_S
        except Conflict:
            settled = None
        except Exception as error:  # noqa: BLE001 — the edge: a worker must outlive a database or a disk that is away
            report(error)
            settled, pause_s = None, min(2 * pause_s, LONGEST_PAUSE_S)
        stop.wait(pause_s)


def read_all(opened: Archive, stop: threading.Event, *, thorough: bool) -> None:
    """Work everything off, and say so in the log; stops between two files."""
    with closing(work_off(opened, thorough=thorough)) as work:
        for finished in work:
            log.info("document %d is %s", finished.document_id, finished.state)
            if stop.is_set():
                return


def report(error: Exception) -> None:
    """Log what stands in the way; the text of an unknown error may quote a document, so only its kind."""
    log.error("nothing can be read now: %s", explain(error) or type(error).__name__)
