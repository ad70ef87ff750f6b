"""What every test may ask for: a migrated database of either kind, an empty data folder, a world without a network."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
for name in [name for name in os.environ if name.startswith("STADTWISSEN_")]:
    del os.environ[name]

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from app.wiring import Archive, open_archive
from catalogue.connection import Sessions, connect, migrate
from tests.postgres import Cluster, find_binaries, start_cluster
from tests.town import TOOLS, fill, running, town_settings

NO_POSTGRESQL = "PostgreSQL fehlt. Bitte einspielen: scripts/install.sh system-tests"


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect_anywhere = socket.socket.connect

    def connect_nearby(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"A test wanted to reach {address}")
        connect_anywhere(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_nearby)
        yield


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service of a town that was read in, for tests that change nothing."""
    home = tmp_path_factory.mktemp("town")
    settings = town_settings(home / "var")
    fill(settings, home / "akten")
    with running(settings) as client:
        yield client


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A running PostgreSQL; where it is not installed, skipped by hand but failed in continuous integration."""
    binaries = find_binaries()
    if binaries is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_POSTGRESQL)
    with start_cluster(binaries) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL that all tests share."""
    with own_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database of this test's own."""
    path = tmp_path / "stadtwissen.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty database of this test's own; the test runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.copy_of_template() as url:
        yield url


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    """Sessions on a migrated, empty database; the test runs once on SQLite and once on PostgreSQL."""
    opened = connect(database_url)
    yield opened
    opened.kw["bind"].dispose()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty folder in the place of `STADTWISSEN_DATA_DIR`."""
    folder = tmp_path / "var"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty town; a module that wants papers in it has a fixture of the same name."""
    return town_settings(tmp_path / "var")


@pytest.fixture
def opened(settings: Settings) -> Iterator[Archive]:
    """The archive of the town with these settings, with a parser and a model that cost nothing."""
    archive = open_archive(settings, TOOLS)
    yield archive
    archive.close()
