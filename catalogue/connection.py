"""The way to the database: SQLite in WAL mode by default, PostgreSQL by its URL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session, sessionmaker

from catalogue.errors import BadSetting

if TYPE_CHECKING:
    from alembic.config import Config

BUSY_TIMEOUT_MS = 30_000
POOL_TIMEOUT_S = 5
CHECKPOINT_PAGES = 16_000
WRITER_CACHE_KIB = 32_000
"""Keys are digests: a batch of files touches thousands of pages, all over the tables. With what SQLite takes by itself
(1 000 pages, 2 MB) it writes them several times: at 165 000 passages 60 % more bytes, in 45 % more time than with these
pages and twice this cache.
"""
OPENED = "opened"
"""Under this name a connection remembers its file, whether that was frozen, and its inode."""
SERVER_PATIENCE = {
    "connect_timeout": 3,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that is away is noticed within seconds, however it went; what the address says itself goes first.

Source: PostgreSQL, "Database Connection Control Functions"; seconds, the last one milliseconds.
"""
AWAY = (OperationalError, InterfaceError, PoolExhausted)
"""What a database raises that does not answer, or not now."""
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


def make_engine(url: str, *, create: bool = False) -> Engine:
    """Make an engine with the settings each database needs; an embedded one that is not there is only made on demand.

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
        patience = {name: value for name, value in SERVER_PATIENCE.items() if name not in parsed.query}
        return create_engine(
            parsed, pool_pre_ping=True, pool_timeout=POOL_TIMEOUT_S, connect_args=patience, hide_parameters=True
        )
    options = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    engine = create_engine(parsed, connect_args=options, hide_parameters=True)
    if not create:
        event.listen(engine, "do_connect", find_sqlite)
        event.listen(engine, "checkout", let_go_of_outdated)
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def find_sqlite(_dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
    """See that the file is there: SQLite would put an empty one in the place of a file that is away for a minute.

    On a disk that takes nothing SQLite cannot keep its books beside the file; while nobody writes it needs none.

    Raises: sqlite3.OperationalError when there is no file.
    """
    path = Path(arguments[0])
    if not path.exists():
        raise sqlite3.OperationalError("unable to open database file")
    frozen = is_frozen(path)
    record.info[OPENED] = path, frozen, path.stat().st_ino
    if frozen:
        arguments[0], options["uri"] = f"file:{quote(str(path))}?immutable=1", True


def is_frozen(path: Path) -> bool:
    """Whether nobody can be writing to an SQLite file."""
    return is_read_only(path) and not path.with_name(f"{path.name}-wal").exists()


def is_read_only(path: Path) -> bool:
    """Whether the disk takes nothing."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def is_outdated(info: MutableMapping[Any, Any]) -> bool:
    """Whether a connection would not notice what is written from now on.

    Another file lies in its place, put back from a backup perhaps; or the file was frozen and no longer is. Where no
    file lies at all, the open one still answers.
    """
    path, frozen, inode = info.get(OPENED) or (None, False, 0)
    if path is None or not path.exists():
        return False
    return bool(path.stat().st_ino != inode or (frozen and not is_frozen(path)))


def let_go_of_outdated(_connection: Any, record: Any, _proxy: Any) -> None:
    """Raises: DisconnectionError, upon which the pool makes a new connection."""
    if is_outdated(record.info):
        raise DisconnectionError


def is_there(url: str) -> bool:
    """Whether an embedded database has been made; of any other only its server knows."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set what SQLite leaves off by default, and take BEGIN out of the driver's hands."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start of a transaction that will write."""
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema; safe to call again."""
    from alembic import command

    engine = make_engine(url, create=True)
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
