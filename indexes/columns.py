"""What each passage of an index is filtered by, as columns: row i belongs to the i-th vector."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.query import Entry, Scope

_ROWS, _MEDIA = "rows.npy", "media_types.json"
_ROW = np.dtype(
    [
        ("chunk", "<i8"),
        ("revision", "<i8"),
        ("document", "<i8"),
        ("department", "<i4"),
        ("collection", "<i4"),
        ("media", "<i2"),
        ("since", "<i8"),
    ]
)


class Columns:
    """A table of passages, in memory or mapped from a file."""

    def __init__(self, rows: NDArray[np.void], media_types: Sequence[str]) -> None:
        self.rows = rows
        self.media_types = tuple(media_types)
        self._media = {name: code for code, name in enumerate(media_types)}

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def chunks(self) -> NDArray[np.int64]:
        """Shapes: (rows,) int64."""
        return np.ascontiguousarray(self.rows["chunk"])

    @cached_property
    def documents(self) -> NDArray[np.int64]:
        """Shapes: (rows,) int64."""
        return np.ascontiguousarray(self.rows["document"])

    @cached_property
    def _by_chunk(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The order of the passages by their ids, and the ids in that order."""
        order = np.argsort(self.chunks, kind="stable")
        return order, self.chunks[order]

    def take(self, chosen: NDArray[np.bool_]) -> Columns:
        """The table of the chosen rows alone.

        Shapes: `chosen` (rows,) bool.
        """
        return Columns(np.array(self.rows[chosen]), self.media_types)

    def of_revisions(self, revisions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows belong to one of these revisions.

        Shapes: (rows,) bool.
        """
        return np.isin(self.rows["revision"], revisions)

    def revisions_at(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The revision each of these rows belongs to.

        Shapes: `rows` (n,) int64; (n,) int64, anything where a row is -1.
        """
        return self.rows["revision"][rows] if len(self) else np.zeros(len(rows), np.int64)

    def mask(self, scope: Scope) -> NDArray[np.bool_] | None:
        """Which rows the scope admits; None when it admits all.

        Shapes: (rows,) bool.
        """
        tests = []
        if scope.departments is not None:
            tests.append(np.isin(self.rows["department"], list(scope.departments)))
        if scope.collections is not None:
            tests.append(np.isin(self.rows["collection"], list(scope.collections)))
        if scope.media_types is not None:
            codes = [self._media[name] for name in scope.media_types if name in self._media]
            tests.append(np.isin(self.rows["media"], codes))
        if scope.since is not None:
            tests.append(self.rows["since"] >= int(scope.since.timestamp()))
        if scope.until is not None:
            tests.append(self.rows["since"] < int(scope.until.timestamp()))
        return np.logical_and.reduce(tests) if tests else None

    def rows_of(self, chunk_ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each passage, -1 where it is not in this index."""
        wanted = np.asarray(chunk_ids, np.int64)
        if not len(self):
            return np.full(len(wanted), -1, np.int64)
        order, ids = self._by_chunk
        at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        return np.where(ids[at] == wanted, order[at], -1)


def rows_from(entries: Iterable[Entry]) -> Columns:
    """The table of these passages, in their order."""
    media: dict[str, int] = {}
    rows = [
        (
            entry.chunk_id,
            entry.revision_id,
            entry.document_id,
            entry.department_id,
            entry.collection_id,
            media.setdefault(entry.media_type, len(media)),
            entry.modified_s,
        )
        for entry in entries
    ]
    return Columns(np.array(rows, _ROW), list(media))


def joined(parts: Sequence[Columns]) -> Columns:
    """One table of several, one after the other."""
    media = sorted({name for part in parts for name in part.media_types})
    tables = []
    for part in parts:
        table = np.array(part.rows)
        codes = np.array([media.index(name) for name in part.media_types] or [0], "<i2")
        table["media"] = codes[table["media"]]
        tables.append(table)
    return Columns(np.concatenate([np.empty(0, _ROW), *tables]), media)


def write_columns(folder: Path, columns: Columns) -> None:
    """Write the table; the caller makes it durable."""
    np.save(folder / _ROWS, columns.rows)
    (folder / _MEDIA).write_text(json.dumps(list(columns.media_types)), "utf-8")


def open_columns(folder: Path) -> Columns:
    """Map a table into memory.

    Raises: OSError or ValueError when it is not there, or torn.
    """
    return Columns(np.load(folder / _ROWS, mmap_mode="r"), json.loads((folder / _MEDIA).read_text("utf-8")))
