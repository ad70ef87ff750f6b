"""Keeps Python's collector of garbage from holding the service up: a full round takes longer than ten searches."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_FULL = 2


@contextmanager
def short_pauses() -> Iterator[None]:
    """Look at what has survived a full round never again, while this lasts.

    What survives are the indexes and everything that is known of words: hundreds of thousands of objects that stay, and
    that go without the collector where one is replaced.
    """
    gc.freeze()
    gc.callbacks.append(_keep_survivors)
    try:
        yield
    finally:
        gc.callbacks.remove(_keep_survivors)
        gc.unfreeze()


def _keep_survivors(phase: str, info: dict[str, int]) -> None:
    if phase == "stop" and info["generation"] == _FULL:
        gc.freeze()
