"""The German analysis of many passages, spread over processes: what comes back is what one process would make."""

from __future__ import annotations

import logging
import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import NamedTuple

from indexes.fields import Fields, Searched, fields_of, searched
from indexes.query import Entry
from indexes.vectors import Vectors

PAYS_FROM = 5_000
"""Fewer passages are analysed sooner than processes are started."""
_NICENESS = 5

log = logging.getLogger(__name__)


class Block(NamedTuple):
    """Some whole revisions: their passages and vectors."""

    entries: list[Entry]
    vectors: Vectors


def analysed(blocks: Iterator[tuple[list[Entry], Vectors]], processes: int) -> Iterator[tuple[Block, Fields]]:
    """Give each block its terms, in order; up to `processes` blocks are worked on while one is taken.

    An analyst that is lost costs time, nothing else: its block is analysed here.
    """
    first: list[Block] = []
    for block in blocks:
        first.append(Block(*block))
        if processes > 1 and sum(len(one.entries) for one in first) >= PAYS_FROM:
            break
    else:
        processes = 0
    if not processes:
        yield from ((block, fields_of(searched(block.entries))) for block in first)
        return
    yield from _spread(chain(first, (Block(*block) for block in blocks)), processes)


def _spread(blocks: Iterator[Block], processes: int) -> Iterator[tuple[Block, Fields]]:
    analysts = [_Analyst() for _ in range(processes)]
    busy: deque[tuple[_Analyst, Block]] = deque()
    try:
        # By turns: whoever is to be asked next is the one asked longest ago, and is asked nothing while it is at work.
        for block, analyst in zip(blocks, cycle(analysts), strict=False):
            done = _collected(busy) if len(busy) == len(analysts) else None
            analyst.ask(block)
            busy.append((analyst, block))
            if done is not None:
                yield done
        while busy:
            yield _collected(busy)
    finally:
        for analyst in analysts:
            analyst.close()


def _collected(busy: deque[tuple[_Analyst, Block]]) -> tuple[Block, Fields]:
    analyst, block = busy.popleft()
    return block, analyst.answer() or fields_of(searched(block.entries))


class _Analyst:
    """A process of its own and the pipe to it; it ends when the pipe is closed, also by the end of this process."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, block: Block) -> None:
        """Set it to work on a block."""
        with suppress(OSError):  # `answer` tells
            self._pipe.send(searched(block.entries))

    def answer(self) -> Fields | None:
        """Wait for the terms of the block it was asked for; None when it is lost."""
        try:
            found: Fields = self._pipe.recv()
        except (EOFError, OSError):
            log.warning("an analyst ended with %s; its part is done here", self._process.exitcode)
            return None
        return found

    def close(self) -> None:
        """Let it end."""
        self._pipe.close()
        self._process.kill()
        self._process.join()


def serve(pipe: Connection) -> None:
    """Analyse blocks until nobody asks any more; gives way to whoever answers questions meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    with suppress(EOFError, OSError):
        while True:
            passages: list[Searched] = pipe.recv()
            pipe.send(fields_of(passages))
