"""Does a new index still answer the questions a town hall knows the answers to?"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from app.wiring import INGEST_THREADS, Archive
from catalogue.errors import GivenUp, IndexUnavailable
from catalogue.tables import Document
from indexes.embedder import Embedder
from indexes.embedders import embedder_of
from indexes.generation import OpenGeneration, open_generation
from indexes.query import EVERYTHING
from indexes.rank import rank
from indexes.succession import live_generation
from ingest.reindex import Judge
from quality.judged import Query, read_set

AMONG = 10


def golden_judge(opened: Archive) -> Judge | None:
    """What compares a new generation with the live one by the house's own questions; None where it has none.

    Raises: BadInput when the file of questions is none.
    """
    if not opened.settings.golden_questions:
        return None
    queries = read_set(Path(opened.settings.golden_questions)).queries

    def judge(new: OpenGeneration) -> None:
        """Raises: GivenUp when it answers fewer questions than the margin allows."""
        with opened.sessions() as session:
            live = live_generation(session, opened.tenant_id)
        try:
            old = open_generation(opened.settings.indexes_dir, live.id) if live else None
        except IndexUnavailable:
            old = None
        base = opened.tools.embedder(opened.settings.model, INGEST_THREADS)
        theirs, ours = None if old is None else embedder_of(old, base), embedder_of(new, base)
        if old is None or theirs is None or ours is None:
            return
        before = share_answered(opened, old, theirs, queries)
        after = share_answered(opened, new, ours, queries)
        if after < before - opened.settings.golden_margin:
            raise GivenUp(
                f"Der neue Index beantwortet {after:.0%} der Prüffragen, der bisherige {before:.0%}.",
                "Der bisherige bleibt in Betrieb.",
            )

    return judge


def share_answered(
    opened: Archive, generation: OpenGeneration, embedder: Embedder, queries: tuple[Query, ...]
) -> float:
    """How many of the questions find one of their documents among the first ten passages."""
    answered = 0
    for query in queries:
        hits = rank(query.text, generation.lexical, generation.vectors, embedder, AMONG, EVERYTHING)
        wanted = select(Document.source).where(Document.id.in_([hit.document_id for hit in hits]))
        with opened.sessions() as session:
            sources = session.scalars(wanted).all()
        answered += any(is_same(source, path) for source in sources for path in query.relevant)
    return answered / len(queries) if queries else 1.0


def is_same(source: str, path: str) -> bool:
    """Whether a document's source and a path in the file of questions mean the same file."""
    return f"/{source}".endswith(f"/{path}") or f"/{path}".endswith(f"/{source}")
