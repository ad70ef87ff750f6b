"""Which generation answers now: it follows the catalogue, and opens a newer one before it lets go of the old."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from catalogue.connection import Sessions
from catalogue.errors import IndexUnavailable, StadtwissenError
from catalogue.tables import Generation
from indexes.embedder import Embedder
from indexes.embedders import Embedders
from indexes.generation import open_generation
from indexes.german import ask
from indexes.manifest import damaged
from indexes.query import EVERYTHING
from indexes.search import Searcher
from indexes.succession import live_generation, previous_generation

REFRESH_S = 0.5
WARM_UP = "Wie beantrage ich eine Genehmigung?"

log = logging.getLogger(__name__)


class LiveIndex:
    """Holds the searcher of the live generation, and replaces it when another goes live.

    Requests take the reference once and finish on it; if a newer generation can't be opened, the old one stays.
    """

    def __init__(self, sessions: Sessions, indexes_dir: Path, tenant_id: int, embedder: Callable[[], Embedder]) -> None:
        self.sessions = sessions
        self.indexes_dir = indexes_dir
        self.tenant_id = tenant_id
        self.embedder = embedder
        self.embedders = Embedders()
        self._searcher: Searcher | None = None
        self._problem: StadtwissenError | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def searcher(self) -> Searcher:
        """The searcher to answer with.

        Raises: IndexUnavailable when no generation could be opened yet; the text says why.
        """
        if self._searcher is not None:
            return self._searcher
        raise self._problem or nothing_read_yet()

    def refresh(self) -> None:
        """Open the live generation if it is another than the one that answers.

        When it can't be opened and nothing answers yet, the one that is kept for rollback does.

        Raises: IndexUnavailable when none can be opened; whatever the database raises.
        """
        with self.sessions() as session:
            live = live_generation(session, self.tenant_id)
            previous = previous_generation(session, self.tenant_id)
        if live is None:
            self._searcher, self._problem = None, nothing_read_yet()
        elif self._searcher is None or self._searcher.generation_id != live.id:
            try:
                self.take(live)
            except IndexUnavailable:
                if self._searcher is None and previous is not None:
                    with suppress(IndexUnavailable):  # what is told is what ails the live one
                        self.take(previous)
                raise

    def take(self, row: Generation) -> None:
        """Open a generation and let it answer from now on."""
        searcher = self.open(row)
        self._searcher, self._problem = searcher, None
        log.info("generation %d answers with %d passages", row.id, searcher.generation.manifest.chunks)

    def open(self, row: Generation) -> Searcher:
        """Open and warm a generation.

        Raises: IndexUnavailable when it can't be trusted, belongs to another catalogue, or was made with another model
            than the one in use.
        """
        opened = open_generation(self.indexes_dir, row.id)
        if opened.manifest.files != row.manifest.get("files"):
            raise damaged(row.id, "er gehört zu einem anderen Katalog")
        embedder = self.embedders.of(opened, self.embedder())
        if embedder is None:
            raise IndexUnavailable(
                f"Der Index {row.id} wurde mit einem anderen Modell gebaut als dem in STADTWISSEN_MODEL.",
                "Bitte „stadtwissen reindex“ ausführen oder die Einstellung zurücknehmen.",
            )
        opened.vectors.search(embedder.encode_query(WARM_UP), 1, EVERYTHING)
        opened.lexical.search(ask(WARM_UP), 1, EVERYTHING)
        return Searcher(opened, embedder)

    def start(self) -> None:
        """Follow the catalogue from now on, in a thread of its own."""
        self.try_refresh()
        self._thread = threading.Thread(target=self._follow, name="live-index", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self) -> None:
        while not self._stop.wait(REFRESH_S):
            self.try_refresh()

    def try_refresh(self) -> None:
        """Refresh, and keep the old searcher when that fails: a database that is away must not stop search."""
        try:
            self.refresh()
        except (StadtwissenError, SQLAlchemyError, OSError) as error:
            problem = error if isinstance(error, StadtwissenError) else away()
            if str(problem) != str(self._problem):
                log.warning(
                    "%s %s", problem if isinstance(error, StadtwissenError) else type(error).__name__, self.instead
                )
            self._problem = problem

    @property
    def instead(self) -> str:
        """What happens while the live generation can't be opened."""
        if self._searcher is None:
            return "No other generation is at hand; the next attempt follows."
        return f"Generation {self._searcher.generation_id} keeps answering."


def nothing_read_yet() -> IndexUnavailable:
    """The answer of an empty catalogue."""
    return IndexUnavailable("Es ist noch nichts eingelesen.", "Bitte mit „stadtwissen add“ Dokumente einlesen.")


def away() -> IndexUnavailable:
    """The answer while the database or the disk is away and nothing was open before."""
    return IndexUnavailable("Die Datenbank antwortet nicht.", "Bitte in einer Minute noch einmal versuchen.")
