"""A worker in a process of its own that is killed at a named step: nothing is flushed, closed or cleaned up."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from catalogue.connection import connect
from catalogue.places import ensure_collection
from ingest.folder import accept_paths
from ingest.originals import Originals
from ingest.reindex import ask_for
from ingest.work import Worker
from tests.fakes import FakeEmbedder, parse_plain


def make_worker(url: str, data: Path) -> Worker:
    """A worker on the catalogue at `url` with everything else below `data`."""
    return Worker(connect(url), Originals(data / "originals"), data / "indexes", parse_plain, FakeEmbedder(), 1)


def take_in(worker: Worker, folder: Path) -> None:
    """What `stadtwissen add` does: repair, take in, read, make live."""
    worker.repair(thorough=True)
    list(accept_paths(worker.sessions, worker.originals, collection_of(worker), [folder]))
    work_off(worker)


def collection_of(worker: Worker) -> int:
    """The handbook everything goes into."""
    with worker.sessions.begin() as session:
        return ensure_collection(session, 1, "Hauptamt", "Akten").id


def work_off(worker: Worker) -> None:
    """What the service's worker does whenever something is to be done."""
    job = worker.begin_job()
    list(worker.process_pending())
    worker.publish()
    if job is not None:
        worker.end_job(job)


def die(*_: object) -> None:
    """End like a machine that loses power."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(step: str, moment: str) -> None:
    """Replace the function `module:name` by one that dies right before or right after it did its work."""
    module_name, name = step.split(":")
    place: Any = import_module(module_name)
    *owners, name = name.split(".")
    for owner in owners:
        place = getattr(place, owner)
    original: Callable[..., Any] = getattr(place, name)

    def dying(*arguments: Any, **options: Any) -> Any:
        if moment == "before":
            die()
        result = original(*arguments, **options)
        die()
        return result

    setattr(place, name, dying)


def killed_at_step(url: str, data: str, folder: str, step: str, moment: str) -> None:
    """Take the folder in, and die at the step."""
    die_at(step, moment)
    take_in(make_worker(url, Path(data)), Path(folder))


def killed_in_reindex(url: str, data: str, step: str, moment: str) -> None:
    """Read the handbook anew, and die at the step."""
    worker = make_worker(url, Path(data))
    ask_for(worker.sessions, 1, collection_of(worker), "Test")
    die_at(step, moment)
    work_off(worker)


def killed_after(url: str, data: str, folder: str, delay_s: float) -> None:
    """Take the folder in, and die after so many seconds, wherever that is."""
    threading.Timer(delay_s, die).start()
    take_in(make_worker(url, Path(data)), Path(folder))
    die()
