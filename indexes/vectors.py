"""Finds the passages whose vectors are nearest: the only place that knows FAISS."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import IndexUnavailable
from indexes.columns import Columns, open_columns, write_columns
from indexes.durable import make_durable
from indexes.query import Entry, Scope, Scores

_INDEX = "vectors.faiss"


class VectorIndex(Protocol):
    """Nearest passages by cosine; with a scope the answer is as exact as without one."""

    @property
    def columns(self) -> Columns: ...

    def search(self, vector: NDArray[np.float32], limit: int, scope: Scope) -> Scores:
        """Shapes: `vector` (dim,) float32, unit L2 norm; scores are cosines, best first."""
        ...

    def vectors_of(self, chunk_ids: Sequence[int]) -> NDArray[np.float32]:
        """Shapes: (len(chunk_ids), dim) float32; zeros for a passage that is not in this index."""
        ...


def build_vectors(folder: Path, entries: Sequence[Entry], matrix: NDArray[np.float32]) -> None:
    """Write an exact index of half-precision vectors into a new folder, durable when this returns.

    Shapes: `matrix` (len(entries), dim) float32, unit L2 norm, row i belonging to entry i.
    """
    import faiss

    folder.mkdir(parents=True, exist_ok=True)
    index = faiss.IndexScalarQuantizer(matrix.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    if len(matrix):
        index.add(np.ascontiguousarray(matrix, np.float32))
    write_columns(folder, entries)
    faiss.write_index(index, os.fspath(folder / _INDEX))
    make_durable(folder)


def open_vectors(folder: Path) -> VectorIndex:
    """Map the index into memory.

    Raises: IndexUnavailable when files are missing, torn, or do not belong together.
    """
    import faiss

    try:
        index = faiss.read_index(os.fspath(folder / _INDEX), faiss.IO_FLAG_MMAP_IFC)
        columns = open_columns(folder)
    except (RuntimeError, OSError, ValueError) as error:
        raise IndexUnavailable(
            f"Der Vektorindex in {folder} ist nicht lesbar.", "Bitte den Index neu aufbauen: stadtwissen reindex."
        ) from error
    if index.ntotal != len(columns):
        raise IndexUnavailable(
            f"Der Vektorindex in {folder} ist unvollständig.", "Bitte den Index neu aufbauen: stadtwissen reindex."
        )
    return _ExactVectors(index, columns)


class _ExactVectors:
    """Every admitted vector is compared; right for up to some hundred thousand passages."""

    def __init__(self, index: Any, columns: Columns) -> None:
        self._index = index
        self.columns = columns

    def search(self, vector: NDArray[np.float32], limit: int, scope: Scope) -> Scores:
        import faiss

        mask = self.columns.mask(scope)
        admitted = len(self.columns) if mask is None else int(mask.sum())
        limit = min(limit, admitted)
        if limit == 0:
            return {}
        faiss.omp_set_num_threads(1)  # binds the calling thread only, and costs nothing
        params = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(self.columns), faiss.swig_ptr(bits))
            params = faiss.SearchParameters()
            params.sel = selector
        scores, rows = self._index.search(np.asarray(vector, np.float32)[None, :], limit, params=params)
        chunks = self.columns.chunks
        return {int(chunks[row]): float(score) for score, row in zip(scores[0], rows[0], strict=True) if row >= 0}

    def vectors_of(self, chunk_ids: Sequence[int]) -> NDArray[np.float32]:
        rows = self.columns.rows_of(chunk_ids)
        found = np.flatnonzero(rows >= 0)
        out = np.zeros((len(rows), self._index.d), np.float32)
        if len(found):
            out[found] = self._index.reconstruct_batch(rows[found])
        return out
