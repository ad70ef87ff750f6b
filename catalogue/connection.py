"""The way to the database: SQLite in WAL mode by default, PostgreSQL by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from catalogue.errors import BadSetting

if TYPE_CHECKING:
    from alembic.config import Config

BUSY_TIMEOUT_MS = 30_000
MIGRATIONS = Path(__file__).parent / "migrations"


class Sessions(sessionmaker[Session]):
    """Hands out sessions: `sessions()` to read, `with sessions.begin() as session:` to write."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a session that writes; commit at the end, or roll back.

        On SQLite it takes the write lock at once: a reader that turns into a writer halfway would be refused with
        "database is locked" whenever another process has written since.
        """
        with self() as session, session.begin():
            session.connection(execution_options={"writes": True})
            yield session


def connect(url: str) -> Sessions:
    """Open the catalogue at `url`; nothing is created, see `migrate`.

    Raises: BadSetting when the URL is none that SQLAlchemy understands.
    """
    return Sessions(make_engine(url), expire_on_commit=False)


def make_engine(url: str) -> Engine:
    """Make an engine with the settings each database needs.

    Raises: BadSetting when the URL is none that SQLAlchemy understands.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadSetting(
            "STADTWISSEN_DATABASE_URL ist keine gültige Adresse.",
            "Beispiel: postgresql+psycopg://name:kennwort@rechner/stadtwissen",
        ) from error
    # The texts of errors name no parameters: those are texts of documents.
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    options = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    engine = create_engine(parsed, connect_args=options, hide_parameters=True)
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set what SQLite leaves off by default, and take BEGIN out of the driver's hands."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start of a transaction that will write."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema; safe to call again."""
    from alembic import command

    engine = make_engine(url)
    try:
        with engine.connect().execution_options(writes=True) as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()


def is_current(sessions: Sessions) -> bool:
    """Tell whether the schema is the newest one; quick, since every question on the command line asks it."""
    with sessions() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return False
        return list(session.scalars(text("SELECT version_num FROM alembic_version"))) == [newest_migration()]


@cache
def newest_migration() -> str:
    """The id of the newest migration: migrations are numbered, and their files begin with the number."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def alembic_config() -> Config:
    """Alembic's configuration, without a file: the scripts travel inside the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
