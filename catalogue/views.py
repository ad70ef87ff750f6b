"""Keeps what is known of the catalogue: as long as it stays as it is, and for some minutes while it is away."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalogue.access import Reader
from catalogue.connection import AWAY, Sessions
from catalogue.epoch import Epoch
from catalogue.tables.row import now
from catalogue.view import NotKnown, Passages, View

MOST_READERS = 16
PATIENCE_S = 300.0
"""So long what was last known of the catalogue may be shown without it."""
RETRY_S = 1.0
"""So long a database that did not answer is not asked again: some take seconds not to answer."""
SETTLED_S = 5.0
"""So long the catalogue must have stayed as it is before anything is read ahead."""
LOOK_S = 1.0
PAUSE_S = 0.05

T = TypeVar("T")

log = logging.getLogger(__name__)


class Views:
    """The view of each reader in the present state of the catalogue."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._epoch = Epoch(sessions)
        self._passages = Passages()
        self._lock = threading.Lock()
        self._views: OrderedDict[Reader, View] = OrderedDict()
        self._last = ""
        self._last_s = 0.0
        self._trouble: tuple[float, Exception] | None = None

    def look(self, reader: Reader, work: Callable[[Session | None, View], T]) -> T:
        """Do some work that looks at what the reader may see now.

        While the database is away it is done without a session, with what was known of the last state that was seen.

        Raises: what the database raises when it is away and too little is known, or for too long; what `work` raises.
        """
        try:
            view = self.present(reader)
            with self._sessions() as session:
                return work(session, view)
        except AWAY as error:
            known = self.last_known(reader)
            if known is not None:
                log.warning("the database does not answer, what is known does: %s", type(error).__name__)
                with suppress(NotKnown):
                    return work(None, known)
            raise

    def present(self, reader: Reader) -> View:
        """What a reader may see now: the state is read before anything of the view is.

        Raises: OperationalError when the database is away.
        """
        epoch = self._read_epoch()
        with self._lock:
            self._last, self._last_s = epoch, monotonic()
            view = self._views.pop(reader, None)
            if view is None or view.epoch != epoch:
                view = View(reader, epoch, self._passages)
            view.as_of = now()
            self._views[reader] = view
            while len(self._views) > MOST_READERS:
                self._views.popitem(last=False)
            return view

    def last_known(self, reader: Reader) -> View | None:
        """What a reader might see in the last state that was seen; None when that is too long ago."""
        with self._lock:
            view = self._views.get(reader)
            is_last = view is not None and view.epoch == self._last
            return view if is_last and monotonic() - self._last_s < PATIENCE_S else None

    def _read_epoch(self) -> str:
        if self._trouble is not None and monotonic() < self._trouble[0]:
            raise self._trouble[1].with_traceback(None)
        try:
            epoch = self._epoch.read()
        except AWAY as error:
            self._trouble = monotonic() + RETRY_S, error
            raise
        self._trouble = None
        return epoch

    def close(self) -> None:
        """Let go of the database."""
        self._epoch.close()


class Ahead:
    """Reads what a reader may see before anybody asks, a little at a time, while the catalogue stays as it is.

    So most searches read nothing; and should the database go away, what was never asked for is known as well.
    """

    def __init__(self, sessions: Sessions, views: Views, reader: Reader) -> None:
        self._sessions = sessions
        self._views = views
        self._reader = reader
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="read-ahead", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        view, since_s, pause_s = None, 0.0, LOOK_S
        while not self._stop.wait(pause_s):
            pause_s = LOOK_S
            with suppress(SQLAlchemyError):
                present = self._views.present(self._reader)
                if present is not view:
                    view, since_s = present, monotonic()
                elif monotonic() - since_s >= SETTLED_S and self.step(present):
                    pause_s = PAUSE_S

    def step(self, view: View) -> bool:
        """Read a little; returns whether there was anything."""
        with self._sessions() as session:
            return view.read_ahead(session)
