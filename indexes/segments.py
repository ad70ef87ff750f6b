"""The vectors and texts of a whole generation: several segments that answer as one, without what has gone since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.columns import Columns, joined
from indexes.query import Scope, Scores
from indexes.vectors import Admitted, Rows, Segment, Vectors, admitted_rows, open_segment, products

KEPT_SCOPES = 64


class VectorIndex(Protocol):
    """Nearest passages by cosine; with a scope the answer is as exact as without one."""

    @property
    def columns(self) -> Columns: ...

    def search(self, vector: Vectors, limit: int, scope: Scope) -> Scores:
        """Shapes: `vector` (dim,) float32, unit L2 norm; scores are cosines, best first."""
        ...

    def vectors_of(self, chunk_ids: Sequence[int]) -> Vectors:
        """Shapes: (len(chunk_ids), dim) float32; zeros for a passage that is not in this index."""
        ...

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """How near the passages in these rows of `columns` are; 0 where there is no row.

        Shapes: `vector` (dim,) float32; `rows` (n,) int64, -1 for none; (n,) float32.
        """
        ...

    def texts(self, rows: Rows) -> list[bytes]:
        """What is written in these rows of `columns`, as `indexes.texts.spelt` gives it; empty where there is none."""
        ...

    @property
    def mean_text_bytes(self) -> float:
        """How long a text of this index is on average."""
        ...

    def documents_like(self, vector: Vectors, document_ids: Rows) -> Vectors:
        """The cosine of `vector` to the mean of each document's passages.

        Shapes: `document_ids` (n,) int64; (n,) float32; 0 for a document that is not in this index.
        """
        ...


def open_vectors(folders: Sequence[Path], revisions: NDArray[np.int64]) -> SegmentedVectors:
    """Map segments into memory, as one index of the passages that belong to `revisions`.

    Raises: IndexUnavailable when files are missing, torn, or do not belong together.
    """
    return SegmentedVectors([open_segment(folder) for folder in folders], revisions)


class SegmentedVectors:
    """Safe to use from several threads: nothing changes after it was made, but for what is remembered of filters."""

    def __init__(self, segments: Sequence[Segment], revisions: NDArray[np.int64]) -> None:
        self.segments = tuple(segments)
        self.columns = joined([segment.columns for segment in segments])
        alive = self.columns.of_revisions(revisions)
        self.alive = None if alive.all() else alive
        self._starts = np.cumsum([0, *(len(segment.columns) for segment in segments)])
        self._admitted = lru_cache(KEPT_SCOPES)(self._admit)

    def __len__(self) -> int:
        """How many passages can be found."""
        return len(self.columns) if self.alive is None else int(self.alive.sum())

    def search(self, vector: Vectors, limit: int, scope: Scope) -> Scores:
        """Ask every segment; ties by the smaller chunk id."""
        query = np.ascontiguousarray(vector, np.float32)
        found = [
            (start + rows, scores)
            for segment, start, admitted in zip(self.segments, self._starts, self._admitted(scope), strict=False)
            for rows, scores in [segment.nearest(query, limit, admitted)]
        ]
        if not found:
            return {}
        rows, scores = (np.concatenate(part) for part in zip(*found, strict=True))
        chunks = self.columns.chunks[rows]
        order = np.lexsort((chunks, -scores))[:limit]
        return dict(zip(chunks[order].tolist(), scores[order].tolist(), strict=True))

    def _admit(self, scope: Scope) -> list[Admitted]:
        """Which rows of each segment a scope admits."""
        mask = self.columns.mask(scope)
        limits = [limit for limit in (mask, self.alive) if limit is not None]
        mask = np.logical_and.reduce(limits) if limits else None
        spans = zip(self._starts[:-1], self._starts[1:], strict=True)
        return [admitted_rows(None if mask is None else mask[start:end], int(end - start)) for start, end in spans]

    def vectors_of(self, chunk_ids: Sequence[int]) -> Vectors:
        """The vectors of these passages, zeros for strangers."""
        dim = self.segments[0].index.d if self.segments else 0
        out = np.zeros((len(chunk_ids), dim), np.float32)
        for segment, places, rows in self._held(self.columns.rows_of(chunk_ids)):
            out[places] = segment.vectors(rows)
        return out

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """How near these passages are, 0 for strangers."""
        out = np.zeros(len(rows), np.float32)
        query = np.ascontiguousarray(vector, np.float32)
        for segment, places, own in self._held(rows):
            out[places] = products(segment.halves, own, query)
        return out

    def texts(self, rows: Rows) -> list[bytes]:
        """The texts of these passages, empty for strangers."""
        out = [b""] * len(rows)
        for segment, places, own in self._held(rows):
            for place, text in zip(places.tolist(), segment.texts.read(own), strict=True):
                out[place] = text
        return out

    @property
    def mean_text_bytes(self) -> float:
        """How long a text of this index is on average; 1 where there is none."""
        return max(1.0, sum(one.texts.size_bytes for one in self.segments) / max(1, len(self.columns)))

    def _held(self, rows: Rows) -> Iterator[tuple[Segment, Rows, Rows]]:
        """Each segment that holds some of these rows, with their places among them and their rows in it."""
        for segment, start in zip(self.segments, self._starts, strict=False):
            places = np.flatnonzero((rows >= start) & (rows < start + len(segment.columns)))
            if len(places):
                yield segment, places, rows[places] - start

    def documents_like(self, vector: Vectors, document_ids: Rows) -> Vectors:
        """Every document is in one segment; of one that was changed, the newest state is in the latest segment."""
        out = np.zeros(len(document_ids), np.float32)
        query = np.ascontiguousarray(vector, np.float32)
        for segment in self.segments:
            if not len(segment.documents):
                continue
            at = np.minimum(np.searchsorted(segment.documents, document_ids), len(segment.documents) - 1)
            here = np.flatnonzero(segment.documents[at] == document_ids)
            out[here] = products(segment.means.view(np.uint8), at[here], query)
        return out
