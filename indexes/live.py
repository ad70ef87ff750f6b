"""Which generation answers now: it follows the catalogue, and opens a newer one before it lets go of the old."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from catalogue.connection import Sessions
from catalogue.errors import IndexUnavailable, StadtwissenError
from indexes.embedder import Embedder
from indexes.generation import open_generation
from indexes.german import ask
from indexes.query import EVERYTHING
from indexes.search import Searcher
from indexes.succession import live_generation

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

        Raises: IndexUnavailable when it can't be opened; whatever the database raises.
        """
        with self.sessions() as session:
            live = live_generation(session, self.tenant_id)
        if live is None:
            self._searcher, self._problem = None, nothing_read_yet()
        elif self._searcher is None or self._searcher.generation_id != live.id:
            searcher = self.open(live.id)
            self._searcher, self._problem = searcher, None
            log.info("generation %d answers with %d passages", live.id, searcher.generation.manifest.chunks)

    def open(self, generation_id: int) -> Searcher:
        """Open and warm a generation.

        Raises: IndexUnavailable when it can't be trusted, or was made with another model than the one in use.
        """
        embedder = self.embedder()
        opened = open_generation(self.indexes_dir, generation_id)
        if opened.manifest.fingerprint != embedder.fingerprint:
            raise IndexUnavailable(
                "Der Index wurde mit einem anderen Modell gebaut als dem in STADTWISSEN_MODEL.",
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
            if str(error) != str(self._problem):
                log.warning("the live generation could not be opened: %s", type(error).__name__)
            self._problem = error if isinstance(error, StadtwissenError) else away()


def nothing_read_yet() -> IndexUnavailable:
    """The answer of an empty catalogue."""
    return IndexUnavailable("Es ist noch nichts eingelesen.", "Bitte mit „stadtwissen add“ Dokumente einlesen.")


def away() -> IndexUnavailable:
    """The answer while the database or the disk is away and nothing was open before."""
    return IndexUnavailable("Die Datenbank antwortet nicht.", "Bitte in einer Minute noch einmal versuchen.")
