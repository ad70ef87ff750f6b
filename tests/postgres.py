"""A PostgreSQL of the tests' own: a throw-away cluster on a free port, with one migrated database to copy from."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from catalogue.connection import migrate

TEMPLATE = "stadtwissen_template"
# Nothing here outlives the run, so nothing need survive a crash.
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Hands out databases; `url_of` names one, `numbers` never repeats a name; `server` is `pg_ctl` and its folder."""

    port: int
    numbers: Iterator[int]
    server: tuple[str, ...]
    log: Path

    def start(self) -> None:
        """Let the server answer."""
        settings = (f"port={self.port}", "listen_addresses=127.0.0.1", *HASTY)
        options = " ".join(f"-c {setting}" for setting in (*settings, "unix_socket_directories="))
        run(*self.server, "-l", str(self.log), "-o", options, "start", log=self.log)

    def stop(self) -> None:
        """End the server as an administrator would, without waiting for anybody."""
        run(*self.server, "-m", "fast", "stop")

    def url_of(self, database: str) -> str:
        """Give the URL as `STADTWISSEN_DATABASE_URL` takes it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def copy_of_template(self) -> Iterator[str]:
        """Give the URL of a fresh database with all tables in it."""
        name = f"test_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        yield self.url_of(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")


def find_binaries() -> Path | None:
    """Find the folder with `initdb` and `pg_ctl`; Debian keeps it off the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    found = [*debian, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@contextmanager
def start_cluster(binaries: Path) -> Iterator[Cluster]:
    """Start a cluster with a migrated template database, and remove every trace of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="stadtwissen-postgres-"))
    # PostgreSQL refuses to run as root; Debian's package brings the user for it.
    as_user: tuple[str, ...] = ()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ("runuser", "-u", "postgres", "--")
    data = str(folder / "data")
    try:
        run(*as_user, str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        server = (*as_user, str(binaries / "pg_ctl"), "-D", data, "-w", "-t", "60")
        cluster = Cluster(free_port(), count(1), server, folder / "log")
        cluster.start()
        try:
            cluster.execute(f"CREATE DATABASE {TEMPLATE}")
            migrate(cluster.url_of(TEMPLATE))
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Ask the kernel for a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*command: str, log: Path | None = None) -> None:
    """Run a command of PostgreSQL's; its output is shown only when it fails."""
    # A file, not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", check=False)
        if done.returncode:
            output.seek(0)
            told = log.read_text(errors="replace") if log and log.exists() else ""
            raise RuntimeError(f"{' '.join(command)} failed:\n{output.read()}{told}")
