"""Judges search by questions whose answers are known: `python -m quality.evaluate PATH…`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sqlalchemy.orm import Session

from catalogue.errors import StadtwissenError
from indexes.embedder import Embedder, load_embedder
from indexes.query import EVERYTHING, Hit
from indexes.rank import SIDES, Side, rank
from indexes.search import CANDIDATES
from quality.judged import JudgedSet, Query, Written, read_distractors, read_set
from quality.metrics import PerQuery, per_query
from quality.shelf import Shelf, shelved

_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class Golden:
    """How many questions had a right document among the first three, and the right passage first."""

    document_in_top_3: int
    passage_first: int
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One set, judged under one side of the ranking.

    `has_learnt` tells whether the model has learnt from the passages of the set.

    Units: `median_ms` is one query inside the process, encoding included.
    """

    set_name: str
    side: Side
    documents: int
    passages: int
    queries: int
    values: PerQuery
    median_ms: float
    has_learnt: bool
    golden: Golden | None = None
    failed: tuple[str, ...] = ()


def evaluate(
    sets: Sequence[JudgedSet],
    embedder: Embedder,
    sides: Sequence[Side] = ("hybrid",),
    distractors: Sequence[Written] = (),
    *,
    learns: bool = True,
) -> list[Judgement]:
    """Index each set once with the product's own pipeline and ask its questions under every side asked for.

    `distractors` join the sets of golden questions only. A document is as good as its best passage.
    """
    judgements = []
    for judged in sets:
        with shelved(judged, embedder, distractors if judged.folder else (), learns=learns) as shelf:
            judgements += [judge(judged, shelf, side) for side in sides]
    return judgements


def judge(judged: JudgedSet, shelf: Shelf, side: Side) -> Judgement:
    """Ask every question of one set."""
    hits: dict[str, list[Hit]] = {}
    times = []
    with shelf.sessions() as session:
        for query in judged.queries:
            start = perf_counter()
            hits[query.id] = _ask(session, query.text, shelf, side)
            times.append(perf_counter() - start)
    run = {query: _documents(found, shelf) for query, found in hits.items()}
    deep = any(query.passage for query in judged.queries)
    return Judgement(
        judged.name,
        side,
        len(shelf.names),
        shelf.passages,
        len(judged.queries),
        per_query({query.id: query.relevant for query in judged.queries}, run),
        1000 * sorted(times)[len(times) // 2] if times else 0.0,
        shelf.embedder.fingerprint != shelf.embedder.origin,
        _golden(judged.queries, run, hits, shelf) if deep else None,
        shelf.failed,
    )


def _ask(session: Session, text: str, shelf: Shelf, side: Side) -> list[Hit]:
    """The product's own search, understanding of the question included, or one of its two sides alone."""
    generation = shelf.generation
    if side == "hybrid":
        return shelf.searcher.propose(session, shelf.view(), text)[1]
    return rank(text, generation.lexical, generation.vectors, shelf.embedder, CANDIDATES, EVERYTHING, side)


def _documents(hits: Sequence[Hit], shelf: Shelf) -> list[str]:
    """Documents by their best passage, best first."""
    return list(dict.fromkeys(shelf.names[hit.document_id] for hit in hits))[:_DOCUMENTS]


def _golden(queries: Sequence[Query], run: dict[str, list[str]], hits: dict[str, list[Hit]], shelf: Shelf) -> Golden:
    in_top_3 = passage_first = 0
    missed = []
    for query in queries:
        found = bool(set(run[query.id][:3]) & query.relevant.keys())
        in_top_3 += found
        first = hits[query.id][0] if hits[query.id] else None
        right = (
            first is not None
            and shelf.names[first.document_id] in query.relevant
            and holds(shelf.text_of(first.chunk_id), query.passage)
        )
        passage_first += right
        if not (found and right):
            missed.append(query.id)
    return Golden(in_top_3, passage_first, tuple(missed))


def holds(text: str, passage: str) -> bool:
    """Whether a shown text holds the sentence asked for: nine of ten of its words, whatever the line breaks."""
    wanted = passage.lower().split()
    shown = set(text.lower().split())
    return bool(wanted) and sum(word in shown for word in wanted) >= 0.9 * len(wanted)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m quality.evaluate", description="Beurteilt die Suche.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--json", action="store_true", help="Ergebnis als JSON ausgeben")
    parser.add_argument("--compare", default="bm25,dense,hybrid", help="was verglichen wird (bm25, dense, hybrid)")
    parser.add_argument("--model", default="schnell")
    parser.add_argument("--write", type=Path, help="Tabelle in diese Markdown-Datei schreiben")
    parser.add_argument("--distractors", type=Path, help="Texte, die neben den Beispieldokumenten liegen sollen")
    parser.add_argument("--distractor-count", type=int, default=300)
    parser.add_argument("--no-learning", dest="learning", action="store_false", help="das Modell lernt nicht dazu")
    options = parser.parse_args(arguments)
    try:
        print(run_command(options))
    except StadtwissenError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run_command(options: argparse.Namespace) -> str:
    """What `eval` prints.

    Raises: BadInput for a path that is no judged set; BadModel.
    """
    from quality.report import as_json, as_text, write_table

    embedder = load_embedder(options.model, threads=os.cpu_count() or 1)
    sides = [side for side in SIDES if side in options.compare.split(",")] or ["hybrid"]
    extra = read_distractors(options.distractors, options.distractor_count) if options.distractors else ()
    judgements = evaluate([read_set(path) for path in options.paths], embedder, sides, extra, learns=options.learning)
    if options.write:
        write_table(options.write, judgements, options.model, embedder.fingerprint, len(extra))
    return as_json(judgements, embedder.fingerprint) if options.json else as_text(judgements)


if __name__ == "__main__":
    sys.exit(main())
