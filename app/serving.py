"""Starts the service: the web server, and beside it a worker that ends with it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from app.settings import PREFIX, Settings
from catalogue.errors import BadSetting

RESTART_PAUSE_S = 2.0
LAST_WORDS_S = 8.0

log = logging.getLogger(__name__)


def check_port(settings: Settings) -> None:
    """See that the port can be had, before anything else is done.

    Raises: BadSetting when it is taken, or not ours to take.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise BadSetting(
            f"Auf {settings.host}:{settings.port} kann der Dienst nicht hören ({error.strerror}).",
            f"Läuft er schon? Sonst bitte {PREFIX}PORT oder {PREFIX}HOST ändern.",
        ) from error


def serve(settings: Settings, announce: Callable[[], None] | None = None) -> None:
    """Serve until told to stop; `announce` is called once the first request can be answered.

    Raises: BadSetting when the port is taken.
    """
    check_port(settings)
    if settings.worker_inside:
        keep_worker(settings)
    if settings.workers > 1:
        serve_with_many(settings, announce)
    else:
        serve_alone(settings, announce)


def options(settings: Settings) -> dict[str, Any]:
    """What the web server is told, whoever runs it."""
    return {
        "host": settings.host,
        "port": settings.port,
        "access_log": False,  # addresses hold questions
        "log_config": None,
        "server_header": False,
    }


def serve_alone(settings: Settings, announce: Callable[[], None] | None) -> None:
    """Serve from this process."""
    import uvicorn

    from app.main import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if announce is not None and self.started:
                announce()

    Server(uvicorn.Config(create_app(settings), **options(settings))).run()


def serve_with_many(settings: Settings, announce: Callable[[], None] | None) -> None:
    """Serve from several processes that share the port; one that ends is started again."""
    import uvicorn

    os.environ |= environment_of(settings)  # the processes read their settings from there
    if announce is not None:
        threading.Thread(target=announce_when_up, args=(settings, announce), name="announce", daemon=True).start()
    uvicorn.run("app.main:from_environment", factory=True, workers=settings.workers, **options(settings))


def announce_when_up(settings: Settings, announce: Callable[[], None]) -> None:
    """Wait until the port is listened on."""
    while True:
        with contextlib.suppress(OSError), socket.create_connection((settings.host, settings.port), 1):
            announce()
            return
        time.sleep(0.1)


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the environment of another process."""
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.model_dump().items()}


def keep_worker(settings: Settings) -> None:
    """Keep a worker running beside this process. It ends when this process does, however that happens."""
    threading.Thread(target=supervise, args=(settings,), name="worker-keeper", daemon=True).start()


def supervise(settings: Settings) -> None:
    """Start the worker again whenever it ends."""
    environment = os.environ | environment_of(settings)
    while True:
        # The child reads this pipe; the kernel closes it when this process ends, even by kill -9.
        child = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "work", "--with-parent"],
            stdin=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        status = child.wait()
        log.warning("the worker ended with %d and is started again", status)
        time.sleep(RESTART_PAUSE_S)


def stop_event(*, with_parent: bool) -> threading.Event:
    """An event that is set when this process should end: by a signal, or when its parent is gone."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if with_parent:
        threading.Thread(target=await_parent, args=(stop,), name="parent", daemon=True).start()
    threading.Thread(target=leave, args=(stop,), name="leave", daemon=True).start()
    return stop


def await_parent(stop: threading.Event) -> None:
    """Wait until the other end of the standard input is closed."""
    with contextlib.suppress(OSError):
        sys.stdin.buffer.read()
    stop.set()


def leave(stop: threading.Event) -> None:
    """End the process some seconds after it was told to, whatever it is reading: nothing is lost by that."""
    stop.wait()
    time.sleep(LAST_WORDS_S)
    os._exit(0)
