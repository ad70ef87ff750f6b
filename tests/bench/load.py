"""Asks a service from many clients at once: `python -m tests.bench.load HOST PORT CLIENTS SECONDS < paths`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Load:
    """What a minute of asking showed. Units: milliseconds; `failed` counts answers other than 200."""

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


async def client(
    address: tuple[str, int], paths: list[str], numbers: count[int], end_s: float, taken: list[float], seen: list[int]
) -> None:
    """Ask one question after the other until the time is over."""
    reader, writer = await asyncio.open_connection(*address)
    while time.perf_counter() < end_s:
        started_s = time.perf_counter()
        status, length = await ask(reader, writer, paths[next(numbers) % len(paths)])
        taken.append(time.perf_counter() - started_s)
        seen[0] += status != 200
        seen[1] = max(seen[1], length)
    writer.close()


async def put_load(address: tuple[str, int], paths: list[str], clients: int, seconds: float) -> Load:
    """Ask for some seconds; every client takes the next question that nobody has asked yet."""
    taken: list[float] = []
    seen, numbers, started_s = [0, 0], count(), time.perf_counter()
    await asyncio.gather(*(client(address, paths, numbers, started_s + seconds, taken, seen) for _ in range(clients)))
    lasted_s = time.perf_counter() - started_s
    ordered = sorted(taken)
    at = {
        share: round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2) for share in (0.5, 0.95, 0.99)
    }
    rate = round(len(taken) / lasted_s, 1)
    return Load(
        clients, len(taken), seen[0], round(lasted_s, 2), rate, at[0.5], at[0.95], at[0.99],
        round(1000 * ordered[-1], 2), seen[1],
    )  # fmt: skip


def main(host: str, port: str, clients: str, seconds: str) -> None:
    """Print what was measured as JSON."""
    paths = [line.strip() for line in sys.stdin if line.strip()]
    found = asyncio.run(put_load((host, int(port)), paths, int(clients), float(seconds)))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
