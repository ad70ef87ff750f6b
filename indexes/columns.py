"""What each passage of an index is filtered by, as columns: row i belongs to the i-th vector."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.query import Entry, Scope

_ROWS, _MEDIA = "rows.npy", "media_types.json"
_ROW = np.dtype(
    [
        ("chunk", "<i8"),
        ("document", "<i8"),
        ("department", "<i4"),
        ("collection", "<i4"),
        ("media", "<i2"),
        ("since", "<i8"),
    ]
)


class Columns:
    """A memory-mapped table of passages; made by `write_columns`, read by `open_columns`."""

    def __init__(self, rows: NDArray[np.void], media_types: Sequence[str]) -> None:
        self._rows = rows
        self._media = {name: code for code, name in enumerate(media_types)}
        self.chunks: NDArray[np.int64] = np.ascontiguousarray(rows["chunk"])
        self.documents: NDArray[np.int64] = np.ascontiguousarray(rows["document"])
        self._order = np.argsort(self.chunks, kind="stable")
        self._sorted = self.chunks[self._order]

    def __len__(self) -> int:
        return len(self.chunks)

    def mask(self, scope: Scope) -> NDArray[np.bool_] | None:
        """Which rows the scope admits; None when it admits all.

        Shapes: (rows,) bool.
        """
        tests = []
        if scope.departments is not None:
            tests.append(np.isin(self._rows["department"], list(scope.departments)))
        if scope.collections is not None:
            tests.append(np.isin(self._rows["collection"], list(scope.collections)))
        if scope.media_types is not None:
            codes = [self._media[name] for name in scope.media_types if name in self._media]
            tests.append(np.isin(self._rows["media"], codes))
        if scope.since is not None:
            tests.append(self._rows["since"] >= int(scope.since.timestamp()))
        return np.logical_and.reduce(tests) if tests else None

    def rows_of(self, chunk_ids: Sequence[int]) -> NDArray[np.int64]:
        """The row of each passage, -1 where it is not in this index."""
        wanted = np.asarray(chunk_ids, np.int64)
        if not len(self._sorted):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[at] == wanted, self._order[at], -1)


def write_columns(folder: Path, entries: Iterable[Entry]) -> None:
    """Write the table; the caller makes it durable."""
    media: dict[str, int] = {}
    rows = [
        (
            entry.chunk_id,
            entry.document_id,
            entry.department_id,
            entry.collection_id,
            media.setdefault(entry.media_type, len(media)),
            entry.modified_s,
        )
        for entry in entries
    ]
    np.save(folder / _ROWS, np.array(rows, _ROW))
    (folder / _MEDIA).write_text(json.dumps(list(media)), "utf-8")


def open_columns(folder: Path) -> Columns:
    return Columns(np.load(folder / _ROWS, mmap_mode="r"), json.loads((folder / _MEDIA).read_text("utf-8")))
