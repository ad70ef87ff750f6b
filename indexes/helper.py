"""A process of its own for work that would keep this one from answering, or leave it large."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

_NICENESS = 5
Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

log = logging.getLogger(__name__)


class Helper(Generic[Asked, Answered]):
    """The process and the pipe to it; it ends when the pipe is closed, also by the end of this process."""

    def __init__(self, work: Callable[[Asked], Answered]) -> None:
        """`work` is imported there by its name."""
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """Its number among the processes."""
        return self._process.pid or 0

    def ask(self, asked: Asked) -> None:
        """Set it to work."""
        with suppress(OSError):  # `answer` tells
            self._pipe.send(asked)

    def answer(self, within_s: float | None = None) -> Answered | None:
        """Wait for what it was asked for; None when it is lost, or not there in time."""
        try:
            if not self._pipe.poll(within_s):
                log.warning("a helping process took more than %.0f s; what it was to do is not done by it", within_s)
                return None
            found: Answered = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            log.warning("a helping process ended with %s; what it was to do is not done by it", self._process.exitcode)
            return None
        return found

    def close(self) -> None:
        """Let it end."""
        self._pipe.close()
        self._process.kill()
        self._process.join()


def serve(pipe: Connection, work: Callable[[Asked], Answered]) -> None:
    """Work until nobody asks any more; gives way to whoever answers questions meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(work(pipe.recv()))
