"""Our own side of the comparison: hands passages, vectors and questions to the peers, and asks its own index."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np

from app.settings import Settings
from app.wiring import open_archive
from indexes.columns import rows_from
from indexes.embedder import load_embedder
from indexes.entries import current_revisions, entry_blocks
from indexes.query import EVERYTHING
from indexes.segments import open_vectors
from indexes.vectors import build_vectors
from tests.bench.asking import questions
from tests.bench.peer import resident_mb

LIMIT, QUESTIONS = 100, 300


def main(data_dir: str, folder: str) -> None:
    """Write the inputs for all, then build and ask our own vector index alone, as the peers do."""
    base = Path(folder)
    opened = open_archive(Settings.model_validate({"data_dir": data_dir}))
    embedder = load_embedder("schnell")
    asked = np.stack([embedder.encode_query(text) for text in questions()[:QUESTIONS]])
    with opened.sessions() as session:
        revisions = list(session.scalars(current_revisions(opened.tenant_id)))
    blocks = list(entry_blocks(opened.sessions, opened.tenant_id, revisions, embedder.fingerprint, embedder.dim))
    entries = [entry for part, _ in blocks for entry in part]
    matrix = np.concatenate([part for _, part in blocks])
    np.save(base / "vectors.npy", matrix)
    np.save(base / "questions.npy", asked)
    with (base / "passages.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"text": entry.text}) + "\n" for entry in entries)
    exact = [np.argsort(-(matrix @ vector), kind="stable")[:LIMIT].tolist() for vector in asked]
    (base / "exact.json").write_text(json.dumps(exact))
    columns = rows_from(entries)
    shutil.rmtree(base / "own", ignore_errors=True)
    before_mb, started_s, processor_s = resident_mb(), time.perf_counter(), time.process_time()
    build_vectors(base / "own", columns, matrix)
    built_s, processor_s = time.perf_counter() - started_s, time.process_time() - processor_s
    vectors = open_vectors([base / "own"], np.array(sorted(revisions)))
    vectors.search(asked[0], LIMIT, EVERYTHING)
    row_of = {entry.chunk_id: row for row, entry in enumerate(entries)}
    taken, shares = [], []
    for vector, best in zip(asked, exact, strict=True):
        begun_s = time.perf_counter()
        found = vectors.search(vector, LIMIT, EVERYTHING)
        taken.append(1000 * (time.perf_counter() - begun_s))
        shares.append(len({row_of[chunk] for chunk in list(found)[:10]} & set(best[:10])) / 10)
    p50, p95 = (round(float(one), 2) for one in np.percentile(taken, [50, 95]))
    figures = {"build_s": round(built_s, 2), "build_processor_s": round(processor_s, 2), "p50": p50, "p95": p95}
    print(json.dumps(figures | {"mb": resident_mb() - before_mb, "overlap": round(float(np.mean(shares)), 4)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
