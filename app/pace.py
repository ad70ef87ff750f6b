"""How often one machine may write: a form that anybody may send must not fill the database."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from secrets import token_bytes

from fastapi import Request

from catalogue.errors import TooOften

PER_MINUTE = 20
_WINDOW_S = 60.0
_MOST_MACHINES = 10_000


class Pace:
    """Counts what each machine sent within the last minute; in memory alone, and under a name nobody can read back.

    Behind a proxy that does not say whom it speaks for, all of them count as one.
    """

    def __init__(self, per_minute: int = PER_MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = per_minute
        self._clock = clock
        self._salt = token_bytes(16)
        self._lock = threading.Lock()
        self._sent: OrderedDict[bytes, deque[float]] = OrderedDict()

    def count(self, machine: str) -> None:
        """Count one more.

        Raises: TooOften when it is one too many.
        """
        key = hashlib.blake2b(machine.encode(), key=self._salt, digest_size=16).digest()
        now_s = self._clock()
        with self._lock:
            sent = self._sent.setdefault(key, deque())
            self._sent.move_to_end(key)
            if len(self._sent) > _MOST_MACHINES:
                self._sent.popitem(last=False)
            while sent and sent[0] <= now_s - _WINDOW_S:
                sent.popleft()
            if len(sent) >= self._most:
                raise TooOften(
                    "Das waren zu viele Rückmeldungen auf einmal.", "Bitte in einer Minute noch einmal senden."
                )
            sent.append(now_s)


def unhurried(request: Request) -> None:
    """Let through who does not send too often.

    Raises: TooOften.
    """
    pace: Pace = request.app.state.pace
    pace.count(request.client.host if request.client else "")
