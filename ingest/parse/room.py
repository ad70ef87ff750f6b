"""The closed room: every file is read in a child process with limits, and the worst file harms nothing but itself."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, LifoQueue
from types import TracebackType
from typing import Final, Self

from catalogue.errors import Unreadable
from ingest.parse.child import OUTCOME, Limits, out_of_memory, run
from ingest.parse.element import Parsed
from ingest.parse.wire import unpack

__all__ = ["Limits", "ParserPool"]

_PRELOAD: Final[str] = "ingest.parse.warm"
_READER: Final[str] = "ingest.parse.dispatch:parse_file"
_POLL_S: Final[float] = 0.5
_MAX_MESSAGE_BYTES: Final[int] = 512 * 1024**2

OnProgress = Callable[[str, int, int], None]


class ParserPool:
    """A `Parser` that works in `workers` child processes; call it from as many threads.

    `on_progress` hears (file name, pages read, pages in all) from files that take long; in `ocr_cache` recognised pages
    are kept, so that a file that is read again costs nothing. With the folder of a `tokenizer` the children also cut
    the files up.
    """

    def __init__(
        self,
        workers: int = 2,
        limits: Limits | None = None,
        *,
        on_progress: OnProgress | None = None,
        ocr_cache: Path | None = None,
        tokenizer: Path | None = None,
        reader: str = _READER,
    ) -> None:
        self.workers = workers
        self._job = (reader, *(str(path) if path else None for path in (ocr_cache, tokenizer)))
        self._limits = limits or Limits()
        self._on_progress = on_progress
        self._slots: LifoQueue[_Child | None] = LifoQueue()
        self._children: set[_Child] = set()
        for _ in range(workers):
            self._slots.put(None)

    def __call__(self, path: Path, name: str) -> Parsed:
        """Raises: Unreadable, also when the file exceeds a limit or brings its process down."""
        child = self._slots.get()
        try:
            if child is None:
                child = _Child(self._limits, self._job)
                self._children.add(child)
            outcome = child.read(path, name, self._on_progress)
        except BaseException:
            if child is not None:
                child.kill()
            raise
        finally:
            if child is not None and not child.is_fit():
                self._children.discard(child)
                child = None
            self._slots.put(child)
        if isinstance(outcome, Unreadable):
            raise outcome
        return outcome

    def map(self, files: Iterable[tuple[Path, str]]) -> Iterator[tuple[str, Parsed | Unreadable]]:
        """Read many files in parallel, in order; `files` is drawn from only as fast as results are taken."""
        waiting: deque[tuple[str, Future[Parsed | Unreadable]]] = deque()
        with ThreadPoolExecutor(self.workers) as threads:
            for path, name in files:
                waiting.append((name, threads.submit(self._outcome, path, name)))
                if len(waiting) >= 2 * self.workers:
                    done, future = waiting.popleft()
                    yield done, future.result()
            for done, future in waiting:
                yield done, future.result()

    def _outcome(self, path: Path, name: str) -> Parsed | Unreadable:
        try:
            return self(path, name)
        except Unreadable as error:
            return error

    def close(self) -> None:
        """End the children, also those that are reading: their files count as lost. A later call starts new ones."""
        idle: list[_Child | None] = []
        with suppress(Empty):
            while True:
                idle.append(self._slots.get_nowait())
        for child in tuple(self._children):
            if child in idle:
                child.kill()
                self._children.discard(child)
            else:
                child.end()  # whoever waits for it clears up
        for _ in idle:
            self._slots.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Child:
    """One process, its pipe and its temporary folder."""

    def __init__(self, limits: Limits, job: tuple[str | None, ...]) -> None:
        self._limits = limits
        self._folder = Path(tempfile.mkdtemp(prefix="stadtwissen-"))
        context = get_context("forkserver")
        context.set_forkserver_preload([_PRELOAD])
        ours, theirs = context.Pipe()
        self._connection: Connection = ours
        self._process = context.Process(target=run, args=(theirs, str(self._folder), limits, *job), daemon=True)
        self._process.start()
        theirs.close()
        self._read = self._read_bytes = 0
        self._failed = False

    def is_fit(self) -> bool:
        """Fit for another file; one that is not is cleared away."""
        is_fresh = self._read < self._limits.documents and self._read_bytes < self._limits.read_bytes
        if is_fresh and not self._failed and self._process.is_alive():
            return True
        self.kill()
        return False

    def read(self, path: Path, name: str, on_progress: OnProgress | None) -> Parsed | Unreadable:
        """The outcome for one file; a refusal for a reason in the file itself leaves the process in use."""
        self._read += 1
        with suppress(OSError):
            self._read_bytes += path.stat().st_size
        end = time.monotonic() + self._limits.total_s
        try:
            self._connection.send_bytes(f"{path.resolve()}\0{name}".encode())
            while True:
                message = self._receive(min(end, time.monotonic() + self._limits.wall_s))
                if message[:1] == OUTCOME:
                    return self._checked(unpack(message[1:]))
                if on_progress is not None:
                    done, total = message[1:].split()
                    on_progress(name, int(done), int(total))
        except TimeoutError:
            return self._lost(_too_slow())
        except (EOFError, OSError):
            return self._lost(self._cause_of_death())
        except (ValueError, KeyError, TypeError):
            return self._lost(_crashed())

    def _receive(self, deadline: float) -> bytes:
        while not self._connection.poll(_POLL_S):
            if time.monotonic() > deadline:
                raise TimeoutError
        return self._connection.recv_bytes(_MAX_MESSAGE_BYTES)

    def _checked(self, outcome: Parsed | Unreadable) -> Parsed | Unreadable:
        if isinstance(outcome, Unreadable) and outcome.code in ("speicherlimit", "zeitlimit", "absturz"):
            self._failed = True
        return outcome

    def _lost(self, reason: Unreadable) -> Unreadable:
        self._failed = True
        self.kill()
        return reason

    def _cause_of_death(self) -> Unreadable:
        self._process.join(_POLL_S)
        if self._process.exitcode == -signal.SIGXCPU:
            return _too_slow()
        return out_of_memory() if self._process.exitcode == -signal.SIGKILL else _crashed()

    def end(self) -> None:
        """End the process and every program it started, whatever group they moved to."""
        if self._process.pid is not None:
            for pid in _session(self._process.pid):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._process.kill()
            self._process.join(5)

    def kill(self) -> None:
        """End the process, and remove what it leaves."""
        self.end()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _session(leader: int) -> list[int]:
    """The processes of a session, its leader first.

    Source: proc(5), /proc/[pid]/stat: after the name in brackets come state, parent, group, session.
    """
    members = [leader]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            if int(stat.read_text(errors="replace").rpartition(")")[2].split()[3]) == leader:
                members.append(int(stat.parent.name))
    return members


def _too_slow() -> Unreadable:
    return Unreadable(
        "zeitlimit", "Das Lesen der Datei dauert zu lange und wurde abgebrochen.", "Bitte in kleinere Dateien teilen."
    )


def _crashed() -> Unreadable:
    return Unreadable(
        "absturz",
        "Beim Lesen der Datei ist das Leseprogramm abgestürzt.",
        "Bitte die Datei in ihrem Programm öffnen, neu speichern und noch einmal hochladen.",
    )
