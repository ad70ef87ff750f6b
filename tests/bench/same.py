"""Our own side of the comparison: hands passages, vectors and questions to the peers, and asks its own index."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from app.settings import Settings
from app.wiring import Archive, open_archive
from catalogue.tables import Document
from indexes.columns import rows_from
from indexes.embedder import Embedder
from indexes.entries import current_revisions, entry_blocks
from indexes.query import EVERYTHING, Entry
from indexes.rank import rank
from indexes.search import Searcher
from indexes.segments import open_vectors
from indexes.vectors import Vectors, build_segment
from tests.bench.asking import questions
from tests.bench.judging import judged, name_of, ndcg
from tests.bench.peer import resident_mb

LIMIT, QUESTIONS = 100, 300

Figures = dict[str, Any]


def main(data_dir: str, folder: str) -> None:
    """Write the inputs for all; ask our own vectors alone, as the peers do, and then words and meaning together."""
    base = Path(folder)
    with closing(open_archive(Settings.model_validate({"data_dir": data_dir}))) as opened:
        live = opened.live_index()
        live.refresh()
        names = document_names(opened)
        own = vectors_alone(opened, live.searcher.embedder, names, base)
        both = words_and_meaning(live.searcher, names)
    print(json.dumps({"Stadtwissen": own, "Stadtwissen, Wörter und Bedeutung": both}))


def document_names(opened: Archive) -> dict[int, str]:
    """What the judgements call each document."""
    with opened.sessions() as session:
        return {number: name_of(source) for number, source in session.execute(select(Document.id, Document.source))}


def vectors_alone(opened: Archive, embedder: Embedder, names: dict[int, str], base: Path) -> Figures:
    """Write what the peers need, build our own vector index, and ask it what they are asked."""
    asked = np.stack([embedder.encode_query(text) for text in questions()[:QUESTIONS]])
    with_answers = np.stack([embedder.encode_query(one.text) for one in judged().queries])
    with opened.sessions() as session:
        revisions = list(session.scalars(current_revisions(opened.tenant_id)))
    blocks = list(entry_blocks(opened.sessions, opened.tenant_id, revisions, embedder.fingerprint, embedder.dim))
    entries = [entry for part, _ in blocks for entry in part]
    matrix = np.concatenate([part for _, part in blocks])
    np.save(base / "vectors.npy", matrix)
    np.save(base / "questions.npy", asked)
    np.save(base / "judged.npy", with_answers)
    (base / "owners.json").write_text(json.dumps([names[entry.document_id] for entry in entries]))
    with (base / "passages.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"text": entry.text}) + "\n" for entry in entries)
    exact = [np.argsort(-(matrix @ vector), kind="stable")[:LIMIT].tolist() for vector in asked]
    (base / "exact.json").write_text(json.dumps(exact))
    built, search = build(base / "own", entries, matrix, sorted(revisions))
    row_of = {entry.chunk_id: row for row, entry in enumerate(entries)}
    taken, found = timed(lambda vector: [row_of[chunk] for chunk in search(vector)], list(asked))
    grown_mb = resident_mb() - built["mb"]
    shares = [len({*rows[:10]} & {*best[:10]}) / 10 for rows, best in zip(found, exact, strict=True)]
    owners = [[names[entries[row_of[chunk]].document_id] for chunk in search(vector)] for vector in with_answers]
    return built | taken | {"mb": grown_mb, "overlap": mean(shares), "ndcg": ndcg(owners)}


def build(
    folder: Path, entries: Sequence[Entry], matrix: Vectors, revisions: Sequence[int]
) -> tuple[Figures, Callable[[Any], list[int]]]:
    """Build our vector index; returns what that took, `mb` being what was resident before, and how it is asked."""
    columns = rows_from(entries)
    shutil.rmtree(folder, ignore_errors=True)
    before_mb, started_s, processor_s = resident_mb(), time.perf_counter(), time.process_time()
    build_segment(folder, columns, matrix, [b""] * len(entries))
    figures = {
        "build_s": round(time.perf_counter() - started_s, 2),
        "build_processor_s": round(time.process_time() - processor_s, 2),
        "mb": before_mb,
    }
    vectors = open_vectors([folder], np.array(revisions))
    return figures, lambda vector: list(vectors.search(vector, LIMIT, EVERYTHING))


def words_and_meaning(searcher: Searcher, names: dict[int, str]) -> Figures:
    """What the service does with a question, down to the order of passages: analysed, encoded, searched, weighed."""

    def search(text: str) -> list[str]:
        generation = searcher.generation
        hits = rank(text, generation.lexical, generation.vectors, searcher.embedder, LIMIT, EVERYTHING)
        return [names[hit.document_id] for hit in hits]

    taken, _ = timed(search, questions()[:QUESTIONS])
    return taken | {"ndcg": ndcg([search(one.text) for one in judged().queries])}


def timed(search: Callable[[Any], list[Any]], asked: Sequence[Any]) -> tuple[Figures, list[list[Any]]]:
    """Ask one question after the other, the first of them twice; milliseconds, and what was found."""
    search(asked[0])
    times, found = [], []
    for one in asked:
        begun_s = time.perf_counter()
        found.append(search(one))
        times.append(1000 * (time.perf_counter() - begun_s))
    p50, p95 = (round(float(share), 2) for share in np.percentile(times, [50, 95]))
    return {"p50": p50, "p95": p95}, found


def mean(shares: Sequence[float]) -> float:
    """The mean as it is written down."""
    return round(float(np.mean(shares)), 4)


if __name__ == "__main__":
    main(*sys.argv[1:])
