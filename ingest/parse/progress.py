"""How far a reader has come: slow readers report each page, and whoever waits may listen."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[int, int], None]
_listeners: list[Listener] = []


def report(done: int, total: int) -> None:
    """Say that `done` of `total` pages are read."""
    for listener in _listeners:
        listener(done, total)


def listen(listener: Listener) -> None:
    """Hear every report made in this process from now on."""
    _listeners.append(listener)
