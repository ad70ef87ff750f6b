"""Which vector index suits passages like these: `python tests/bench/bench_vectors.py [--passages N]`.

Asks every candidate the same questions about real passages, on one thread, and writes the table of docs/performance.md.
All but the exact one and the coarse one only propose: what they propose is compared exactly, in half precision, after.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from indexes.embedder import load_embedder  # noqa: E402
from indexes.vectors import Vectors, admitted_rows  # noqa: E402
from ingest.chunk import context_text  # noqa: E402
from quality.marked import replace_marked  # noqa: E402
from tests.bench.asking import questions  # noqa: E402
from tests.bench.corpus import DATA, read_records  # noqa: E402
from tests.bench.german import german  # noqa: E402
from tests.bench.page import machine  # noqa: E402

DEPTHS = (10, 50, 200)
LIMIT, QUESTIONS, BLOCK = DEPTHS[-1], 300, 4_096
ROWS_A_LIST, VISITED = 160, 8
"""One list for so many rows, their number the next smaller power of two; a question looks into one of so many lists."""

Rows = NDArray[np.int64]
Search = Callable[[Vectors], Rows]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one candidate showed. Units: `ms` is the median of a question; `build_s` without the vectors themselves.

    `found` says for each depth which share of the truly nearest it found.
    """

    name: str
    ms: float
    found: dict[int, float]
    build_s: float


def passages(count: int) -> Vectors:
    """The first `count` pieces of council papers as the shipped model sees them.

    Shapes: (count, dim) float32, unit L2 norm; fewer rows where there are fewer pieces.
    """
    embedder = load_embedder("schnell", threads=2)
    pieces = islice(read_records("ratsunterlagen"), count)
    blocks = []
    while texts := [context_text(one["title"], (), one["text"]) for one in islice(pieces, BLOCK)]:
        blocks.append(embedder.encode_passages(texts))
    return np.concatenate(blocks)


def half_precision(matrix: Vectors) -> Any:
    """Every vector in half precision, compared as a whole."""
    import faiss

    index = faiss.IndexScalarQuantizer(matrix.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.add(matrix)
    return index


def rescored(exact: Any, vector: Vectors, proposed: Rows) -> Rows:
    """The best of what was proposed, in the exact order."""
    mask = np.zeros(exact.ntotal, np.bool_)
    mask[proposed[proposed >= 0]] = True
    chosen = admitted_rows(mask, len(mask))
    found: Rows = exact.search(vector[None, :], min(LIMIT, chosen.count), params=chosen.selector())[1][0]
    return found


def bits(matrix: Vectors, exact: Any, proposals: int, dim: int) -> Search:
    """One bit for each of the first `dim` dimensions: on which side of the average it lies."""
    import faiss

    codes: Any = faiss.IndexBinaryFlat(dim)
    codes.add(np.packbits(matrix[:, :dim] > matrix[:, :dim].mean(axis=0), axis=1))
    codes.use_heap = False

    def search(vector: Vectors) -> Rows:
        found = codes.search(np.packbits(vector[None, :dim] > 0, axis=1), min(proposals, len(matrix)))[1][0]
        return rescored(exact, vector, found)

    return search


def made(matrix: Vectors, exact: Any, recipe: str, proposals: int) -> Search:
    """An index by FAISS's name for it; with `proposals` it only proposes, without it answers by itself."""
    import faiss

    lists = lists_for(len(matrix))
    index: Any = faiss.index_factory(matrix.shape[1], recipe.format(lists=lists), faiss.METRIC_INNER_PRODUCT)
    index.train(matrix)
    index.add(matrix)
    if "{lists}" in recipe:
        index.nprobe = max(1, lists // VISITED)

    def search(vector: Vectors) -> Rows:
        found: Rows = index.search(vector[None, :], min(proposals or LIMIT, len(matrix)))[1][0]
        return rescored(exact, vector, found) if proposals else found

    return search


def lists_for(rows: int) -> int:
    """How many lists an inverted file of so many rows has."""
    return int(2 ** np.floor(np.log2(max(1, rows // ROWS_A_LIST))))


def candidates(rows: int, dim: int) -> dict[str, Callable[[Vectors, Any], Search]]:
    """What is compared, by the name it has in the table."""
    lists = lists_for(rows)
    visited = f"{max(1, lists // VISITED)} Listen besucht"
    return {
        "**Bits um den Mittelwert, 2 000 Vorschläge**": partial(bits, proposals=2_000, dim=dim),
        "Bits um den Mittelwert, 4 000 Vorschläge": partial(bits, proposals=4_000, dim=dim),
        f"Bits von {dim // 2} Dimensionen, 2 000 Vorschläge": partial(bits, proposals=2_000, dim=dim // 2),
        "RaBitQ FastScan, 1 000 Vorschläge": partial(made, recipe="RaBitQfs", proposals=1_000),
        f"IVF{lists},PQ64x4fs, {visited}, 1 000 Vorschläge": partial(
            made, recipe="IVF{lists},PQ64x4fs", proposals=1_000
        ),
        f"IVF{lists}, fp16, {visited}": partial(made, recipe="IVF{lists},SQfp16", proposals=0),
    }


def measured(name: str, build_s: float, search: Search, asked: Vectors, nearest: Rows) -> Shown:
    """Ask every question once, the first of them twice.

    Shapes: `nearest` (questions, LIMIT), what is truly nearest, best first.
    """
    search(asked[0])
    taken, found = [], []
    for vector in asked:
        begun_s = time.perf_counter()
        found.append(search(vector))
        taken.append(1000 * (time.perf_counter() - begun_s))
    pairs = list(zip(nearest, found, strict=True))
    shares = {
        depth: float(np.mean([np.isin(best[:depth], rows[:depth]).mean() for best, rows in pairs])) for depth in DEPTHS
    }
    return Shown(name, float(np.median(taken)), shares, build_s)


def compared(matrix: Vectors, asked: Vectors) -> Iterator[Shown]:
    """Every candidate, after the exact comparison that it is judged by."""
    import faiss

    faiss.omp_set_num_threads(1)
    nearest: Rows = faiss.knn(asked, matrix, LIMIT, metric=faiss.METRIC_INNER_PRODUCT)[1]
    exact = half_precision(matrix)
    yield measured("fp16, alle verglichen", 0.0, partial(nearest_of_all, exact), asked, nearest)
    for name, build in candidates(*matrix.shape).items():
        started_s = time.perf_counter()
        search = build(matrix, exact)
        yield measured(name, time.perf_counter() - started_s, search, asked, nearest)


def nearest_of_all(exact: Any, vector: Vectors) -> Rows:
    """Compare with every vector."""
    found: Rows = exact.search(vector[None, :], LIMIT)[1][0]
    return found


def table(shown: list[Shown], rows: int, dim: int, asked: int) -> str:
    """What stands between the marks."""
    lines = [
        machine(),
        "",
        f"{german(rows, 0)} Stücke aus Ratsunterlagen ({dim} Dimensionen), {asked} Fragen aus Ratsanfragen, ein Kern;",
        "„gefunden“ gegen den Vergleich mit allen Vektoren, nach genauem Nachrechnen der Vorschläge; Zeit im Median:",
        "",
        "| | ms je Frage | " + " | ".join(f"von {depth} gefunden" for depth in DEPTHS) + " | Bau |",
        "|---|---|---|---|---|---|",
    ]
    for one in shown:
        shares = " | ".join(german(one.found[depth], 3) for depth in DEPTHS)
        lines.append(f"| {one.name} | {german(one.ms, 2)} | {shares} | {german(one.build_s, 0)} s |")
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description="Vergleicht Vektorindexe an echten Passagen.")
    parser.add_argument("--passages", type=int, default=165_000)
    parser.add_argument("--write", type=Path, default=ROOT / "docs" / "performance.md")
    chosen = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"Ohne die Texte in {DATA} gibt es hier nichts zu messen.")
    matrix = passages(chosen.passages)
    embedder = load_embedder("schnell")
    asked = np.stack([embedder.encode_query(text) for text in questions()[:QUESTIONS]])
    shown = []
    for one in compared(matrix, asked):
        print(one, file=sys.stderr, flush=True)
        shown.append(one)
    rows, dim = matrix.shape
    replace_marked(chosen.write, "vectors", table(shown, rows, dim, len(asked)), "Wie schnell")


if __name__ == "__main__":
    main()
