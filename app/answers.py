"""Answers that were given a moment ago are given again, until anything changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from time import perf_counter

from sqlalchemy.orm import Session

from app.asking import answer
from app.schemas import SearchAnswer, SearchParameters
from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.view import View
from catalogue.views import Views
from indexes.search import Searcher

Key = tuple[str, int, Reader, str]

AT_ONCE = 2
"""So many searches run in a process at a time: more would only take Python's lock from each other."""


class Answers:
    """Remembers answers by what they depend on: state of the database, generation, who asks, and what.

    The state is read before the answer is made: one made while something changes is never found again.
    """

    def __init__(self, sessions: Sessions, limit: int) -> None:
        self.views = Views(sessions)
        self.limit = limit
        self._known: OrderedDict[Key, SearchAnswer] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def find(self, searcher: Searcher, asked: SearchParameters, reader: Reader, started_s: float) -> SearchAnswer:
        """Answer a search; for some minutes while the database is away, with what is known of it.

        Raises: BadInput as `answer` does; OperationalError when the database is away and too little is known.
        """
        rest = (searcher.generation_id, reader, asked.model_dump_json())

        def look(session: Session | None, view: View) -> SearchAnswer:
            key = (view.epoch, *rest)
            known = self._look_up(key)
            if known is None:
                with self._turns:
                    known = answer(session, searcher, asked, view, started_s)
                if session is not None:
                    self._remember(key, known)
            return known if session is not None else known.model_copy(update={"as_of": view.as_of})

        return timed(self.views.look(reader, look), started_s)

    def _look_up(self, key: Key) -> SearchAnswer | None:
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def _remember(self, key: Key, found: SearchAnswer) -> None:
        with self._lock:
            self._known[key] = found
            while len(self._known) > self.limit:
                self._known.popitem(last=False)

    def close(self) -> None:
        """Let go of the database."""
        self.views.close()


def timed(found: SearchAnswer, started_s: float) -> SearchAnswer:
    """The answer with the time this request took."""
    return found.model_copy(update={"took_ms": round((perf_counter() - started_s) * 1000, 1)})
