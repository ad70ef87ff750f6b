"""Finds the passages whose vectors are nearest: the only place that knows FAISS."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import IndexUnavailable
from indexes.columns import Columns, joined, open_columns, write_columns
from indexes.durable import make_durable
from indexes.query import Scope, Scores

_INDEX = "vectors.faiss"
_MEAN_OF = 64
_KEPT_MEANS = 20_000

Vectors = NDArray[np.float32]


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

    def documents_like(self, vector: Vectors, document_ids: Sequence[int]) -> Vectors:
        """The cosine of `vector` to the mean of each document's passages.

        Shapes: (len(document_ids),) float32; 0 for a document that is not in this index.
        """
        ...


def build_vectors(folder: Path, columns: Columns, matrix: Vectors) -> None:
    """Write a segment, an exact index of half-precision vectors, into a new folder, durable when this returns.

    Shapes: `matrix` (rows, dim) float32, unit L2 norm, row i belonging to row i of `columns`.
    """
    import faiss

    folder.mkdir(parents=True, exist_ok=True)
    index = faiss.IndexScalarQuantizer(matrix.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    if len(matrix):
        index.add(np.ascontiguousarray(matrix, np.float32))
    write_columns(folder, columns)
    faiss.write_index(index, os.fspath(folder / _INDEX))
    make_durable(folder)


def open_vectors(folders: Sequence[Path], revisions: NDArray[np.int64]) -> SegmentedVectors:
    """Map segments into memory, as one index of the passages that belong to `revisions`.

    Raises: IndexUnavailable when files are missing, torn, or do not belong together.
    """
    return SegmentedVectors([open_segment(folder) for folder in folders], revisions)


def open_segment(folder: Path) -> Segment:
    """Map one segment into memory.

    Raises: IndexUnavailable when files are missing, torn, or do not belong together.
    """
    import faiss

    try:
        segment = Segment(
            folder, faiss.read_index(os.fspath(folder / _INDEX), faiss.IO_FLAG_MMAP_IFC), open_columns(folder)
        )
    except (RuntimeError, OSError, ValueError) as error:
        raise IndexUnavailable(
            f"Der Vektorindex in {folder} ist nicht lesbar.", "Bitte den Index neu aufbauen: stadtwissen reindex."
        ) from error
    if segment.index.ntotal != len(segment.columns):
        raise IndexUnavailable(
            f"Der Vektorindex in {folder} ist unvollständig.", "Bitte den Index neu aufbauen: stadtwissen reindex."
        )
    return segment


@dataclass(frozen=True, slots=True)
class Segment:
    """Immutable files: vectors, and what each row belongs to."""

    folder: Path
    index: Any
    columns: Columns

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Read vectors back.

        Shapes: (len(rows), dim) float32.
        """
        read: Vectors = self.index.reconstruct_batch(rows)
        return read


class SegmentedVectors:
    """Every admitted vector of every segment is compared; right for up to some hundred thousand passages."""

    def __init__(self, segments: Sequence[Segment], revisions: NDArray[np.int64]) -> None:
        self.segments = tuple(segments)
        self.columns = joined([segment.columns for segment in segments])
        alive = self.columns.of_revisions(revisions)
        self.alive = None if alive.all() else alive
        self._starts = np.cumsum([0, *(len(segment.columns) for segment in segments)])
        self._by_document = np.argsort(self.columns.documents, kind="stable")
        self._documents = self.columns.documents[self._by_document]
        self._means: dict[int, Vectors] = {}

    def search(self, vector: Vectors, limit: int, scope: Scope) -> Scores:
        """Compare with every admitted row; ties by the smaller chunk id."""
        import faiss

        faiss.omp_set_num_threads(1)  # binds the calling thread only, and costs nothing
        query = np.asarray(vector, np.float32)[None, :]
        mask = self._admitted(scope)
        found = [
            pair
            for segment, start in zip(self.segments, self._starts, strict=False)
            for pair in self._search_segment(segment, int(start), query, limit, mask)
        ]
        return dict(sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit])

    def _admitted(self, scope: Scope) -> NDArray[np.bool_] | None:
        mask = self.columns.mask(scope)
        if mask is None or self.alive is None:
            return self.alive if mask is None else mask
        return mask & self.alive

    def _search_segment(
        self, segment: Segment, start: int, query: Vectors, limit: int, mask: NDArray[np.bool_] | None
    ) -> list[tuple[int, float]]:
        import faiss

        count = len(segment.columns)
        part = None if mask is None else mask[start : start + count]
        limit = min(limit, count if part is None else int(part.sum()))
        if limit < 1:
            return []
        params: Any = None
        if part is not None:
            bits = np.packbits(part, bitorder="little")
            params = faiss.SearchParameters()
            params.sel = faiss.IDSelectorBitmap(count, faiss.swig_ptr(bits))
        scores, rows = segment.index.search(query, limit, params=params)
        chunks = segment.columns.chunks
        return [(int(chunks[row]), float(score)) for score, row in zip(scores[0], rows[0], strict=True) if row >= 0]

    def vectors_of(self, chunk_ids: Sequence[int]) -> Vectors:
        """The vectors of these passages, zeros for strangers."""
        rows = self.columns.rows_of(chunk_ids)
        dim = self.segments[0].index.d if self.segments else 0
        out = np.zeros((len(rows), dim), np.float32)
        for segment, start in zip(self.segments, self._starts, strict=False):
            here = np.flatnonzero((rows >= start) & (rows < start + len(segment.columns)))
            if len(here):
                out[here] = segment.vectors(rows[here] - start)
        return out

    def documents_like(self, vector: Vectors, document_ids: Sequence[int]) -> Vectors:
        """Means are kept once worked out; two threads may work out the same one, to the same value."""
        if not len(document_ids):
            return np.zeros(0, np.float32)
        if len(self._means) > _KEPT_MEANS:
            self._means = {}
        means = self._means
        for document_id in document_ids:
            if document_id not in means:
                means[document_id] = self._mean(document_id)
        matrix = np.stack([means[document_id] for document_id in document_ids]).astype(np.float32)
        cosines: Vectors = matrix @ np.asarray(vector, np.float32)
        return cosines

    def _mean(self, document_id: int) -> Any:
        """The direction of a document; a very long one is known by passages from all over it.

        Shapes: (dim,) float16, unit L2 norm or zeros.
        """
        first, last = np.searchsorted(self._documents, [document_id, document_id + 1])
        rows = np.sort(self._by_document[first:last])
        if self.alive is not None:
            rows = rows[self.alive[rows]]
        if len(rows) > _MEAN_OF:
            rows = rows[np.linspace(0, len(rows) - 1, _MEAN_OF).astype(np.int64)]
        total = self.vectors_of(self.columns.chunks[rows].tolist()).sum(axis=0)
        norm = float(np.linalg.norm(total))
        return (total / norm if norm else total).astype(np.float16)
