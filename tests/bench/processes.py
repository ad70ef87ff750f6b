"""What processes take of the machine: one and everything it has set going, whether that still runs or has ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.journeys.service import descendants_of

UTIME, CHILDREN_STIME = 11, 14
"""Places in /proc/PID/stat after the name: own time, then that of children which have ended and were waited for."""


def read(pid: int, name: str) -> str:
    """A file about a process; nothing when it has just ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def processor_s(pid: int) -> float:
    """What a process and all it has set going have taken of the processor so far."""
    ticks = 0
    for one in [pid, *descendants_of(pid)]:
        fields = read(one, "stat").rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[UTIME : CHILDREN_STIME + 1])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: list[int], key: str) -> Iterator[int]:
    """`VmRSS` (resident now) or `VmHWM` (the most that ever was) of each of these processes that still runs.

    Files mapped into memory are included.
    """
    for pid in pids:
        yield from (int(line.split()[1]) // 1024 for line in read(pid, "status").splitlines() if line.startswith(key))


def resident_mb(pid: int) -> int:
    """The largest resident memory among a process and all it has set going."""
    return max(memory_mb([pid, *descendants_of(pid)], "VmRSS"))
