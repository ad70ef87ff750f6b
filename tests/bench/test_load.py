from __future__ import annotations

import asyncio
import os
import signal
import time

from tests.bench.load import Load, put_load

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo"


class Service(asyncio.Protocol):
    """Answers every question, or hangs up at every third."""

    asked = 0

    def __init__(self, *, breaks: bool) -> None:
        self.breaks = breaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.asked += 1
        if self.breaks and self.asked == 3:
            self.transport.abort()
        else:
            self.transport.write(ANSWER)


async def answering(seconds: float, clients: int, *, breaks: bool = False, told_to_end_after_s: float = 0.0) -> Load:
    """What load on such a service shows."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Service(breaks=breaks), "127.0.0.1", 0)
    if told_to_end_after_s:
        loop.call_later(told_to_end_after_s, os.kill, os.getpid(), signal.SIGTERM)
    async with server:
        return await put_load(server.sockets[0].getsockname(), ["/suche"], clients, seconds)


def test_every_answer_counts() -> None:
    seen = asyncio.run(answering(1, clients=2))
    assert seen.failed == 0
    assert seen.answers > 10
    assert 0 < seen.p50 <= seen.p99 <= seen.slowest
    assert seen.bytes == 5


def test_a_connection_that_breaks_is_a_failed_search_and_asking_goes_on() -> None:
    seen = asyncio.run(answering(1, clients=1, breaks=True))
    assert seen.failed >= 2
    assert seen.answers >= 3 * seen.failed - 2


def test_load_that_is_told_to_end_tells_what_it_saw() -> None:
    started_s = time.perf_counter()
    seen = asyncio.run(answering(60, clients=2, told_to_end_after_s=0.3))
    assert time.perf_counter() - started_s < 10
    assert seen.answers > 10
