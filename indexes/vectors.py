"""Finds the passages whose vectors are nearest: the only place that knows FAISS.

Every vector is kept in half precision. A small segment is compared as a whole. From `CODED_FROM` rows on there is one
bit per dimension beside the vectors: the bits propose some times as many rows as are wanted, and their vectors decide.
What a filter leaves few of is compared as a whole again. docs/performance.md has the measurements behind this.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import IndexUnavailable
from indexes.columns import Columns, joined, open_columns, write_columns
from indexes.durable import make_durable
from indexes.texts import Texts, TextWriter

EXACT = "fp16"
CODED_FROM = 20_000
EXACT_ROWS = 20_000
EXACT_SHARE = 50
"""Filters that admit at most so many rows, or one row in so many, are searched exactly."""
SHORTLISTS = (10, 20, 40)
"""So many times as many rows as wanted are proposed; a segment takes the first that misses hardly anything."""
ENOUGH = 0.98
USUAL_LIMIT = 200
_SAMPLE, _NEAREST = 32, 20

_VECTORS, _CODES, _SHORTLIST = "vectors.faiss", "codes.faiss", "shortlist.json"
_DOCUMENTS, _MEANS = "documents.npy", "means.npy"
_BLOCK = 16_384
_AT_ONCE = 2_048

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Halves = NDArray[np.uint8]
"""The bytes of vectors in half precision: (rows, 2 * dim) uint8."""


class SegmentWriter:
    """Collects vectors and texts block by block, so that a million of them never lie in memory in full; close it.

    `folder` is where texts wait until they are written.
    """

    def __init__(self, dim: int, folder: Path) -> None:
        import faiss

        self._texts = TextWriter(folder)
        self._index = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._parts: list[Columns] = []

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, columns: Columns, matrix: Vectors, texts: Sequence[bytes]) -> None:
        """Put passages in; `texts` are as `indexes.texts.spelt` gives them.

        Shapes: `matrix` (rows, dim) float32, unit L2 norm, row i belonging to row i of `columns`; `texts` (rows,).
        """
        if len(matrix):
            self._index.add(np.ascontiguousarray(matrix, np.float32))
        self._texts.add(texts)
        self._parts.append(columns)

    def close(self) -> None:
        """Give back what waits on the disk."""
        self._texts.close()

    def write(self, folder: Path) -> None:
        """Write the segment into a new folder, durable when this returns."""
        import faiss

        folder.mkdir(parents=True, exist_ok=True)
        columns = joined(self._parts)
        write_columns(folder, columns)
        faiss.write_index(self._index, os.fspath(folder / _VECTORS))
        documents, means = self._means(columns)
        np.save(folder / _DOCUMENTS, documents)
        np.save(folder / _MEANS, means)
        self._texts.write(folder)
        if len(self) >= CODED_FROM:
            self._write_codes(folder)
        make_durable(folder)

    def _write_codes(self, folder: Path) -> None:
        """One bit per dimension, on which side of the average it lies; nothing where bits would miss too much."""
        import faiss

        total = sum(block.sum(axis=0, dtype=np.float64) for block in self._blocks())
        centre = np.asarray(total / len(self), np.float32)
        codes: Any = faiss.IndexBinaryFlat(-(-self._index.d // 8) * 8)
        for block in self._blocks():
            codes.add(np.packbits(block > centre, axis=1))
        codes.use_heap = False
        measured = measure(self._index, codes)
        times = next((times for times, recall in measured.items() if recall >= ENOUGH), None)
        if times is not None:
            (folder / _SHORTLIST).write_text(json.dumps({"times": times, "recall": measured[times]}), "utf-8")
            faiss.write_index_binary(codes, os.fspath(folder / _CODES))

    def _means(self, columns: Columns) -> tuple[Rows, NDArray[np.float16]]:
        """The direction of each document.

        Shapes: (documents,) int64, ascending; (documents, dim) float16, unit L2 norm or zeros.
        """
        documents, place = np.unique(columns.documents, return_inverse=True)
        sums = np.zeros((len(documents), self._index.d), np.float32)
        start = 0
        for block in self._blocks():
            here = place[start : start + len(block)]
            first = np.flatnonzero(np.diff(here, prepend=-1))
            np.add.at(sums, here[first], np.add.reduceat(block, first, axis=0))
            start += len(block)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return documents, (sums / np.where(norms > 0, norms, 1)).astype(np.float16)

    def _blocks(self) -> Iterator[Vectors]:
        for start in range(0, len(self), _BLOCK):
            yield self._index.reconstruct_n(start, min(_BLOCK, len(self) - start))


def measure(index: Any, codes: Any) -> dict[int, float]:
    """How much of what is nearest the bits propose, by length of the shortlist, as far as one pays.

    Asked is what lies halfway between two rows: like a question it resembles passages, but none of them very much.
    """
    rows = np.linspace(0, index.ntotal - 1, 2 * _SAMPLE).astype(np.int64)
    asked = index.reconstruct_batch(rows[:_SAMPLE]) + index.reconstruct_batch(rows[_SAMPLE:])
    _, nearest = index.search(asked, _NEAREST)
    _, proposed = codes.search(np.packbits(asked > 0, axis=1), min(USUAL_LIMIT * SHORTLISTS[-1], index.ntotal))
    found = [np.isin(proposed[number], nearest[number]) for number in range(_SAMPLE)]
    return {
        times: float(np.mean([one[: times * USUAL_LIMIT].sum() / _NEAREST for one in found]))
        for times in SHORTLISTS
        if times * USUAL_LIMIT <= index.ntotal // 10
    }


def build_segment(folder: Path, columns: Columns, matrix: Vectors, texts: Sequence[bytes]) -> None:
    """Write a segment in one go, durable when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(SegmentWriter(matrix.shape[1], folder)) as writer:
        writer.add(columns, matrix, texts)
        writer.write(folder)


@dataclass(frozen=True, slots=True)
class Segment:
    """Immutable files: vectors, what each row belongs to and says, and the mean of each document.

    `shortlist` is how many times as many rows as wanted the bits in `codes` propose.

    Shapes: `documents` (documents,) int64 ascending; `means` (documents, dim) float16.
    """

    folder: Path
    index: Any
    columns: Columns
    documents: Rows
    means: NDArray[np.float16]
    texts: Texts
    codes: Any = None
    shortlist: int = 0

    @property
    def kind(self) -> str:
        """What the manifest calls this kind of index."""
        return EXACT if self.codes is None else f"{EXACT}+bits x{self.shortlist}"

    @property
    def halves(self) -> Halves:
        """The vectors as they lie in the file."""
        return _halves(self.index)

    def vectors(self, rows: Rows) -> Vectors:
        """Read vectors back.

        Shapes: (len(rows), dim) float32.
        """
        read: Vectors = self.index.reconstruct_batch(rows)
        return read

    def nearest(self, vector: Vectors, limit: int, admitted: Admitted) -> tuple[Rows, Vectors]:
        """The rows with the largest inner product among those admitted.

        Shapes: two arrays of at most `limit`, in no order.
        """
        import faiss

        faiss.omp_set_num_threads(1)  # binds the calling thread only, and costs nothing
        limit = min(limit, admitted.count)
        if limit < 1:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        few = admitted.count <= max(EXACT_ROWS, len(self.columns) // EXACT_SHARE)
        if self.codes is None or few:
            scores, rows = self.index.search(vector[None, :], limit, params=admitted.selector())
            return rows[0], scores[0]
        return self._shortlisted(vector, limit, admitted)

    def _shortlisted(self, vector: Vectors, limit: int, admitted: Admitted) -> tuple[Rows, Vectors]:
        wanted = min(max(limit, USUAL_LIMIT) * self.shortlist, admitted.count)
        bits = np.packbits(vector[None, :] > 0, axis=1)
        _, found = self.codes.search(bits, wanted, params=admitted.selector())
        proposed = np.sort(found[0][found[0] >= 0])  # in the order of the file they are read faster
        return nearest_of(self.halves, proposed, vector, limit)


def _halves(index: Any) -> Halves:
    import faiss

    flat: Halves = faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.code_size)
    return flat.reshape(index.ntotal, index.code_size)


class _Desk:
    """Where some vectors are laid side by side, in memory that is kept: asking for it anew takes longer than comparing.

    It belongs to whoever has it in hand.
    """

    _free: ClassVar[deque[_Desk]] = deque()

    def __init__(self, dim: int) -> None:
        import faiss

        self.dim = dim
        self._index = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._index.add(np.zeros((_AT_ONCE, dim), np.float32))
        self._rows = _halves(self._index)

    @classmethod
    @contextmanager
    def taken(cls, dim: int) -> Iterator[_Desk]:
        """One that nobody uses; there are as many as were needed at once."""
        try:
            desk = cls._free.pop()
        except IndexError:
            desk = cls(dim)
        if desk.dim != dim:
            desk = cls(dim)
        yield desk
        cls._free.append(desk)

    def nearest(self, halves: Halves, rows: Rows, vector: Vectors, limit: int) -> tuple[Rows, Vectors]:
        """Places among `rows`, at most `_AT_ONCE`, with the largest inner products, and these; best first."""
        import faiss

        faiss.omp_set_num_threads(1)  # binds the calling thread only, and costs nothing
        halves.take(rows, axis=0, out=self._rows[: len(rows)], mode="clip")  # any other mode copies once more
        self._index.ntotal = len(rows)
        scores, places = self._index.search(vector[None, :], min(limit, len(rows)))
        return places[0], scores[0]


def nearest_of(halves: Halves, rows: Rows, vector: Vectors, limit: int) -> tuple[Rows, Vectors]:
    """Those of some rows that have the largest inner product with a vector.

    Shapes: `vector` (dim,) float32; two arrays of at most `limit`, in no order.
    """
    places, scores = _laid_out(halves, rows, vector, limit)
    if len(places) > limit:
        best = np.argpartition(-scores, limit)[:limit]
        places, scores = places[best], scores[best]
    return rows[places], scores


def products(halves: Halves, rows: Rows, vector: Vectors) -> Vectors:
    """The inner product of each of some rows with a vector.

    Shapes: `vector` (dim,) float32; (len(rows),) float32.
    """
    out = np.zeros(len(rows), np.float32)
    places, scores = _laid_out(halves, rows, vector, len(rows))
    out[places] = scores
    return out


def _laid_out(halves: Halves, rows: Rows, vector: Vectors, limit: int) -> tuple[Rows, Vectors]:
    """Places among `rows` and inner products, the best `limit` of each part that lies on the desk at once."""
    places, scores = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    with _Desk.taken(len(vector)) as desk:
        for start in range(0, len(rows), _AT_ONCE):
            found, near = desk.nearest(halves, rows[start : start + _AT_ONCE], vector, limit)
            places.append(found + start)
            scores.append(near)
    return np.concatenate(places), np.concatenate(scores)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Which rows of a segment may be found: all of them, or those whose bit is set."""

    count: int
    total: int
    bits: NDArray[np.uint8] | None = None

    def selector(self) -> Any:
        """What FAISS wants to be told, None for everything."""
        import faiss

        if self.bits is None:
            return None
        params = faiss.SearchParameters()
        params.sel = faiss.IDSelectorBitmap(self.total, faiss.swig_ptr(self.bits))
        return params


def admitted_rows(mask: NDArray[np.bool_] | None, total: int) -> Admitted:
    """Shapes: `mask` (total,) bool, None for all."""
    if mask is None:
        return Admitted(total, total)
    return Admitted(int(np.count_nonzero(mask)), total, np.packbits(mask, bitorder="little"))


def open_segment(folder: Path) -> Segment:
    """Map one segment into memory.

    Raises: IndexUnavailable when files are missing, torn, or do not belong together.
    """
    import faiss

    try:
        segment = Segment(
            folder,
            faiss.read_index(os.fspath(folder / _VECTORS), faiss.IO_FLAG_MMAP_IFC),
            open_columns(folder),
            np.load(folder / _DOCUMENTS, mmap_mode="r"),
            np.load(folder / _MEANS, mmap_mode="r"),
            Texts(folder),
            *open_codes(folder),
        )
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        raise unreadable(folder, "nicht lesbar") from error
    sizes = {segment.index.ntotal, len(segment.columns), len(segment.texts)}
    if len(sizes) > 1 or len(segment.documents) != len(segment.means):
        raise unreadable(folder, "unvollständig")
    return segment


def open_codes(folder: Path) -> tuple[Any, int]:
    """The bits and the length of their shortlist, if the segment has any."""
    import faiss

    if not (folder / _CODES).exists():
        return None, 0
    codes: Any = faiss.read_index_binary(os.fspath(folder / _CODES), faiss.IO_FLAG_MMAP_IFC)
    codes.use_heap = False  # counting is quicker than a heap for lists this long
    return codes, int(json.loads((folder / _SHORTLIST).read_text("utf-8"))["times"])


def unreadable(folder: Path, state: str) -> IndexUnavailable:
    """The refusal of a segment."""
    return IndexUnavailable(
        f"Der Vektorindex in {folder} ist {state}.", "Bitte den Index neu aufbauen: stadtwissen reindex."
    )
