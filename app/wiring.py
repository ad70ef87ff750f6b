"""Puts the parts together: the only place that knows both the settings and what is built from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from app.settings import Settings
from catalogue.access import Reader
from catalogue.connection import Sessions, connect, is_current, is_there, migrate
from catalogue.errors import BadSetting
from catalogue.places import tenant_id_of
from ingest.originals import Originals
from ingest.parse.element import Parser

if TYPE_CHECKING:
    from indexes.embedder import Embedder
    from indexes.live import LiveIndex
    from ingest.own_words import Teacher
    from ingest.work import Worker

OnPages = Callable[[str, int, int], None]
"""(file name, pages read, pages in all), for files that take long."""
OnLearning = Callable[[], None]
"""Hears that all is read and shown, and the model learns from it, which takes a while."""

# Queries are answered with one thread, or they wait for each other; reading in may use both cores.
QUERY_THREADS = 1
INGEST_THREADS = 2


@lru_cache(maxsize=2)
def embedder(model: str, threads: int) -> Embedder:
    """Load a model once per process."""
    from indexes.embedder import load_embedder

    return load_embedder(model, threads=threads)


def parser(settings: Settings, on_pages: OnPages | None) -> AbstractContextManager[Parser]:
    """Open the closed room that files are read and cut up in; its processes end with it. Recognised pages are kept."""
    from indexes.embedder import tokenizer_folder
    from ingest.parse.room import ParserPool

    return ParserPool(
        settings.parse_workers,
        on_progress=on_pages,
        ocr_cache=settings.recognised_dir,
        tokenizer=tokenizer_folder(settings.model),
    )


def teacher() -> Teacher:
    """What lets the shipped model learn a house's words."""
    from quality.train.adapt import teach

    return teach


@dataclass(frozen=True, slots=True)
class Tools:
    """What is slow to make and has a stand-in in tests."""

    embedder: Callable[[str, int], Embedder] = embedder
    parser: Callable[[Settings, OnPages | None], AbstractContextManager[Parser]] = parser
    teacher: Callable[[], Teacher] = teacher


@dataclass(frozen=True, slots=True)
class Archive:
    """What is kept, opened: the catalogue of one tenant and the originals."""

    settings: Settings
    sessions: Sessions
    originals: Originals
    tenant_id: int
    tools: Tools

    @property
    def reader(self) -> Reader:
        """Who asks, as long as nobody signs in: somebody who may see every department."""
        return Reader(self.tenant_id)

    def live_index(self) -> LiveIndex:
        """What answers questions; loads the model when it is first needed."""
        from indexes.live import LiveIndex

        return LiveIndex(
            self.sessions,
            self.settings.indexes_dir,
            self.tenant_id,
            lambda: self.tools.embedder(self.settings.model, QUERY_THREADS),
        )

    @contextmanager
    def worker(self, on_pages: OnPages | None = None) -> Iterator[Worker]:
        """What turns files into passages; hold the writer's lock while using it. `on_pages` hears of slow files."""
        from ingest.work import Worker

        with self.tools.parser(self.settings, on_pages) as parse:
            yield Worker(
                self.sessions,
                self.originals,
                self.settings.indexes_dir,
                parse,
                self.tools.embedder(self.settings.model, INGEST_THREADS),
                self.tenant_id,
                self.settings.parse_workers,
                self.tools.teacher() if self.settings.adapt_model else None,
            )

    def close(self) -> None:
        """Let go of the database."""
        self.sessions.kw["bind"].dispose()


def open_archive(settings: Settings, tools: Tools | None = None) -> Archive:
    """Open the catalogue and the originals; the embedded database is brought up to date on the way.

    Raises: BadSetting when the database is away, or a database of its own is behind the program;
        NotFound when the tenant is unknown.
    """
    sessions = connect(settings.database)
    try:
        make_ready(settings, sessions)
        with sessions() as session:
            tenant_id = tenant_id_of(session, settings.tenant)
    except BaseException:
        sessions.kw["bind"].dispose()
        raise
    originals = Originals(settings.originals_dir, settings.upload_limit_bytes)
    return Archive(settings, sessions, originals, tenant_id, tools or Tools())


def make_ready(settings: Settings, sessions: Sessions) -> None:
    """See that the tables are those the program knows; the embedded database is brought up to date.

    Raises: BadSetting when another database is away or behind.
    """
    if settings.is_embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    if is_there(settings.database) and is_up_to_date(sessions):
        return
    if not settings.is_embedded:
        raise BadSetting(
            "Die Datenbank ist älter oder neuer als das Programm.", "Bitte einmal „stadtwissen migrate“ ausführen."
        )
    migrate(settings.database)


def is_up_to_date(sessions: Sessions) -> bool:
    """Tell whether the database's tables are those the program knows.

    Raises: BadSetting when there is no database at its address.
    """
    try:
        return is_current(sessions)
    except OperationalError as error:
        raise BadSetting("Die Datenbank antwortet nicht.", "Bitte STADTWISSEN_DATABASE_URL prüfen.") from error
