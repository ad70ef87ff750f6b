"""The German analysis of many passages, spread over processes: what comes back is what one process would make."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, cycle
from typing import NamedTuple

from indexes.fields import Fields, Searched, fields_of, searched
from indexes.helper import Helper
from indexes.query import Entry
from indexes.vectors import Vectors

PAYS_FROM = 5_000
"""Fewer passages are analysed sooner than processes are started."""

_Analyst = Helper[list[Searched], Fields]


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
    analysts = [_Analyst(fields_of) for _ in range(processes)]
    busy: deque[tuple[_Analyst, Block]] = deque()
    try:
        # By turns: whoever is to be asked next is the one asked longest ago, and is asked nothing while it is at work.
        for block, analyst in zip(blocks, cycle(analysts), strict=False):
            done = _collected(busy) if len(busy) == len(analysts) else None
            analyst.ask(searched(block.entries))
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
