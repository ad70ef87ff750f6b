"""The parser's own process: it shuts itself in, then reads one file after the other until it is told to end."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from catalogue.errors import Unreadable
from ingest.parse.element import Parsed, Parser
from ingest.parse.wire import pack

PROGRESS: Final[bytes] = b"P"
OUTCOME: Final[bytes] = b"R"
_CLONE_NEWUSER: Final[int] = 0x10000000
_CLONE_NEWNET: Final[int] = 0x40000000
_PR_SET_PDEATHSIG: Final[int] = 1
_NICENESS: Final[int] = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost, and after how many `documents`, or bytes of them, a process gives way to a fresh one.

    Units: `wall_s` and `cpu_s` count anew with each page that is read.
    """

    memory_bytes: int = 2 * 1024**3
    cpu_s: int = 120
    wall_s: float = 180
    total_s: float = 3_600
    file_bytes: int = 1024**3
    documents: int = 1_000
    read_bytes: int = 64 * 1024**2


def run(
    connection: Connection, folder: str, limits: Limits, reader: str, cache: str | None, tokenizer: str | None
) -> None:
    """Entry point of the process; `folder` is its own temporary directory, `reader` a `Parser` as "module:name".

    With the folder of a `tokenizer` files are cut up here as well.
    """
    shut_in(Path(folder), limits)
    from ingest.parse import ocr, progress

    if cache:
        ocr.use_cache(Path(cache))
    module, _, function = reader.partition(":")
    parse: Parser = getattr(import_module(module), function)
    if tokenizer:
        from ingest.cut import cutting

        parse = cutting(parse, Path(tokenizer))

    progress.listen(lambda done, total: _tell_progress(connection, limits, done, total))
    with suppress(EOFError, OSError):
        while True:
            path, name = connection.recv_bytes().decode().split("\0")
            _allow_cpu(limits.cpu_s)
            connection.send_bytes(OUTCOME + pack(outcome_of(parse, Path(path), name)))


def outcome_of(parse: Parser, path: Path, name: str) -> Parsed | Unreadable:
    """Read one file; a refusal is an outcome too."""
    try:
        return parse(path, name)
    except Unreadable as error:
        return error
    except MemoryError:
        return out_of_memory()


def shut_in(folder: Path, limits: Limits) -> None:
    """Own process group, own temporary folder, no core dumps, no network; limits on memory and written files.

    Nothing is printed: programs quote the document in their warnings.
    """
    os.setsid()
    silence()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.update(TMPDIR=str(folder), HOME=str(folder), XDG_CACHE_HOME=str(folder), OMP_THREAD_LIMIT="1")
    tempfile.tempdir = str(folder)
    os.nice(_NICENESS)
    cut_off_network(libc)
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
    ):
        resource.setrlimit(kind, (value, value))


def silence() -> None:
    """Send what this process and its programs print to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def cut_off_network(libc: ctypes.CDLL) -> bool:
    """A network namespace of its own has no way out; False where the kernel does not grant one."""
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _allow_cpu(seconds: int) -> None:
    """Let this process use `seconds` more; the kernel ends it with SIGXCPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.RLIM_INFINITY))


def _tell_progress(connection: Connection, limits: Limits, done: int, total: int) -> None:
    _allow_cpu(limits.cpu_s)
    connection.send_bytes(PROGRESS + f"{done} {total}".encode())


def out_of_memory() -> Unreadable:
    return Unreadable(
        "speicherlimit", "Die Datei braucht zu viel Arbeitsspeicher.", "Bitte in kleinere Dateien teilen."
    )
