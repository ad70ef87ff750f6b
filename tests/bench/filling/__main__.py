"""From text to searchable: `python -m tests.bench.filling FOLDER PASSAGES` reads papers in and prints figures.

A module of this name is not imported once more by every process that reads, as others are.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.settings import Settings
from app.wiring import INGEST_THREADS, open_archive
from catalogue.places import ensure_collection
from catalogue.tables import Chunk
from catalogue.view import View
from indexes.embedder import load_embedder, tokenizer_folder
from indexes.live import LiveIndex
from indexes.search import SearchRequest
from ingest.folder import accept_paths
from ingest.parse.room import ParserPool
from ingest.work import Worker
from quality.train.adapt import teach
from tests.bench.corpus import write_papers
from tests.bench.processes import memory_mb, processor_s
from tests.journeys.service import descendants_of

PAPERS = "tests.bench.corpus:parse_paper"
BARE_TEXTS = 20_000
UNCHANGED_FILES = 10_000


class Clock:
    """Seconds of the clock on the wall and of the processor, side by side: others use this machine too.

    Processes that the work is spread over are counted, too.
    """

    def __init__(self) -> None:
        self.laps: dict[str, dict[str, float]] = {}

    def lap(self, name: str, work: Any) -> Any:
        """Do some work and write down what it took."""
        wall_s, used_s = time.perf_counter(), processor_s(os.getpid())
        result = work()
        self.laps[name] = {
            "wall_s": round(time.perf_counter() - wall_s, 2),
            "processor_s": round(processor_s(os.getpid()) - used_s, 2),
        }
        print(name, self.laps[name], file=sys.stderr, flush=True)
        return result


def peaks() -> dict[str, int]:
    """The most memory that this process has had resident, and the most that any it has set going has had."""
    ended_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    others = max([ended_mb, *memory_mb(descendants_of(os.getpid()), "VmHWM")])
    return {"peak_mb": max(memory_mb([os.getpid()], "VmHWM")), "peak_others_mb": others}


def main(folder: str, wanted: str) -> None:
    """Fill an empty data folder and print what that took as JSON."""
    base = Path(folder)
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    files = write_papers(base / "papers", int(wanted))
    opened = open_archive(Settings.model_validate({"data_dir": base / "var"}))
    embedder = load_embedder("schnell", threads=INGEST_THREADS)
    parse = ParserPool(opened.settings.parse_workers, tokenizer=tokenizer_folder("schnell"), reader=PAPERS)
    owned = (opened.settings.indexes_dir, parse, embedder, opened.tenant_id, opened.settings.parse_workers)
    worker = Worker(opened.sessions, opened.originals, *owned, teach=teach)
    with opened.sessions.begin() as session:
        place = ensure_collection(session, opened.tenant_id, "Stadt", "Ratsunterlagen").id

    def take_in(paths: list[Path]) -> list[Any]:
        return list(accept_paths(opened.sessions, opened.originals, place, paths))

    clock = Clock()
    clock.lap("intake", lambda: take_in([base / "papers"]))
    clock.lap("reading", lambda: list(worker.process_pending()))
    clock.lap("index", worker.publish)
    clock.lap("learning", worker.renew)
    clock.lap("unchanged", lambda: take_in([base / "papers"]))
    with opened.sessions() as session:
        texts = list(session.scalars(select(Chunk.text).limit(BARE_TEXTS)))
    chunks = worker.usable_generation().manifest.chunks  # type: ignore[union-attr]
    clock.lap("bare", lambda: embedder.encode_passages(texts))
    live = LiveIndex(opened.sessions, opened.settings.indexes_dir, opened.tenant_id, lambda: embedder)
    live.refresh()
    paper = {"title": "Satzung über das Halten von Murmeltieren", "pieces": ["Murmeltiere sind anzuleinen."]}
    (base / "neu").mkdir()
    (base / "neu" / "neu.json").write_text(json.dumps(paper), "utf-8")
    take_in([base / "neu"])
    list(worker.process_pending())

    def show() -> None:
        worker.publish()
        live.refresh()

    clock.lap("one_more", show)
    parse.close()
    with opened.sessions() as session:
        found = live.searcher.search(session, SearchRequest("Murmeltiere anleinen"), View(opened.reader))
    assert found.passages[0].source == "neu.json"
    database_mb = (base / "var" / "stadtwissen.db").stat().st_size >> 20
    index_mb = sum(path.stat().st_size for path in opened.settings.indexes_dir.rglob("*") if path.is_file()) >> 20
    figures = {"files": files, "chunks": chunks, "bare_texts": len(texts), "laps": clock.laps} | peaks()
    print(json.dumps(figures | {"database_mb": database_mb, "index_mb": index_mb}))


if __name__ == "__main__":
    main(*sys.argv[1:])
