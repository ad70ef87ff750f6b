"""Asks a service from many clients at once: `python -m tests.bench.load HOST PORT CLIENTS SECONDS < paths`.

It stops early when it is told to end (SIGTERM), and prints what it has seen until then.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count

PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Load:
    """What a minute of asking showed. Units: milliseconds; `failed` counts answers other than 200, and none at all."""

    clients: int
    answers: int
    failed: int
    seconds: float
    per_second: float
    p50: float
    p95: float
    p99: float
    slowest: float
    bytes: int


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, int]:
    """One request on a connection that stays open; returns status and length of the body."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]), length


@dataclass(slots=True)
class Seen:
    """What all clients have seen so far, and whether they should go on."""

    end_s: float
    taken: list[float] = field(default_factory=list)
    failed: int = 0
    bytes: int = 0

    def goes_on(self) -> bool:
        """Tell whether there is time for one more question."""
        return time.perf_counter() < self.end_s

    def stop(self) -> None:
        """Let every client end after the question it has asked."""
        self.end_s = 0.0

    def count(self, started_s: float, status: int, length: int = 0) -> None:
        """Write down one answer."""
        self.taken.append(time.perf_counter() - started_s)
        self.failed += status != 200
        self.bytes = max(self.bytes, length)


async def client(address: tuple[str, int], paths: list[str], numbers: count[int], seen: Seen) -> None:
    """Ask one question after the other until the time is over; a connection that breaks is opened again."""
    while seen.goes_on():
        started_s = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection(*address)
        except OSError:
            seen.count(started_s, 0)
            await asyncio.sleep(PAUSE_S)
            continue
        try:
            while seen.goes_on():
                started_s = time.perf_counter()
                seen.count(started_s, *await ask(reader, writer, paths[next(numbers) % len(paths)]))
        except (OSError, asyncio.IncompleteReadError):
            seen.count(started_s, 0)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def put_load(address: tuple[str, int], paths: list[str], clients: int, seconds: float) -> Load:
    """Ask for some seconds; every client takes the next question that nobody has asked yet."""
    numbers, started_s = count(), time.perf_counter()
    seen = Seen(started_s + seconds)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, seen.stop)
    await asyncio.gather(*(client(address, paths, numbers, seen) for _ in range(clients)))
    lasted_s = time.perf_counter() - started_s
    ordered = sorted(seen.taken)
    at = {
        share: round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) for share in (0.5, 0.95, 0.99)
    }
    rate = round(len(ordered) / lasted_s, 1)
    return Load(
        clients, len(ordered), seen.failed, round(lasted_s, 2), rate, at[0.5], at[0.95], at[0.99],
        round(1000 * ordered[-1], 2), seen.bytes,
    )  # fmt: skip


def main(host: str, port: str, clients: str, seconds: str) -> None:
    """Print what was measured as JSON."""
    paths = [line.strip() for line in sys.stdin if line.strip()]
    found = asyncio.run(put_load((host, int(port)), paths, int(clients), float(seconds)))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
