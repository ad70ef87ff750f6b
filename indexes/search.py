"""One question, one snapshot: candidates from both sides, ranked, and read back through the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks
from catalogue.families import Families, Version, families_of
from catalogue.tables import Chunk, Collection, Department, Document, Revision
from indexes.embedder import Embedder
from indexes.facets import Facet, count_facets, newest_first
from indexes.generation import OpenGeneration
from indexes.german import Question
from indexes.grounds import has_grounds
from indexes.highlight import highlights
from indexes.query import EVERYTHING, Hit, Scope
from indexes.rank import rank
from indexes.statute import place_first
from indexes.understand import understand

CANDIDATES = 200
SPARE = 10


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked, and how much of the answer is wanted; `per_document` None lifts the cap."""

    text: str
    limit: int = 10
    offset: int = 0
    scope: Scope = EVERYTHING
    per_document: int | None = 2
    by_date: bool = False
    with_facets: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What a person sees of a hit.

    `versions` are the other documents with nearly the same text, the newest first.

    Units: `page` and `page_last` count from 1; `highlights` are code points of `text`, end exclusive.
    """

    chunk_id: int
    text: str
    highlights: tuple[tuple[int, int], ...]
    score: float
    headings: tuple[str, ...]
    citation: str | None
    page: int | None
    page_last: int | None
    sheet: str | None
    warnings: tuple[str, ...]
    document_id: int
    title: str
    source: str
    department: str
    department_name: str
    collection: str
    collection_name: str
    media_type: str
    modified_at: datetime
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """One page of passages, best first; `did_you_mean` is how the question should have been typed, "" if it was.

    `only_similar` is set where nothing says that they have to do with the question: they are what is nearest.
    """

    passages: tuple[Passage, ...]
    has_more: bool
    question: Question
    did_you_mean: str = ""
    facets: tuple[Facet, ...] = ()
    only_similar: bool = False


PASSAGE_COLUMNS = (
    Chunk.id,
    Chunk.text,
    Chunk.headings,
    Chunk.citation,
    Chunk.page_first,
    Chunk.page_last,
    Chunk.sheet,
    Chunk.warnings,
    Document.id,
    func.coalesce(Revision.title, Document.title),
    Document.source,
    Department.slug,
    Department.name,
    Collection.slug,
    Collection.name,
    Document.media_type,
    Document.modified_at,
)


@dataclass(frozen=True, slots=True)
class Searcher:
    """A snapshot of one generation that answers questions; it never changes, a newer one replaces it."""

    generation: OpenGeneration
    embedder: Embedder

    @property
    def generation_id(self) -> int:
        """Which generation answers."""
        return self.generation.manifest.generation

    def search(self, session: Session, request: SearchRequest, reader: Reader) -> Results:
        """Find the passages the reader may see that answer `request.text`.

        The indexes propose at most `CANDIDATES` passages, filtered beforehand by what the reader may see; the
        catalogue decides, in as many reads as it takes to fill the page.
        """
        scope = narrowed(request.scope, reader)
        lexical = self.generation.lexical
        understood = understand(session, reader, request.text, lexical)
        hits = rank(understood.question, lexical, self.generation.vectors, self.embedder, CANDIDATES, scope)
        if understood.reference:
            hits = place_first(session, reader, understood.reference, hits, lexical, scope)
        far = bool(hits) and not understood.reference and self._is_far(understood.question, hits, scope)
        families = families_of(session, reader, {hit.document_id for hit in hits})
        hits = newest_versions(hits, families)
        facets = count_facets(session, reader, hits) if request.with_facets else ()
        if request.by_date:
            hits = newest_first(session, reader, hits)
        wanted = request.offset + request.limit + 1
        found = read_enough(session, hits, reader, wanted, request.per_document)
        page = found[request.offset : request.offset + request.limit]
        marks = highlights(understood.question, [item.text for item in page])
        finished = tuple(
            replace(item, highlights=tuple(marked), versions=other_versions(families, item.document_id))
            for item, marked in zip(page, marks, strict=True)
        )
        return Results(
            finished, len(found) >= wanted, understood.question, understood.did_you_mean, facets, far and bool(found)
        )

    def _is_far(self, question: Question, hits: Sequence[Hit], scope: Scope) -> bool:
        index = self.generation
        return not has_grounds(question, hits, scope, index.lexical, index.vectors, self.embedder)


def newest_versions(hits: Sequence[Hit], families: Families) -> list[Hit]:
    """Let the newest version that was found answer for its family, each time in the place of the best of them."""
    found = {hit.document_id for hit in hits}
    speaker = {
        document_id: next(version.document_id for version in versions if version.document_id in found)
        for document_id, versions in families.items()
        if document_id in found
    }
    waiting = {document_id: [hit for hit in hits if hit.document_id == document_id] for document_id in speaker.values()}
    order = []
    for hit in hits:
        queue = waiting.get(speaker.get(hit.document_id, 0))
        if queue is None:
            order.append(hit)
        elif queue:
            order.append(replace(queue.pop(0), score=hit.score))
    return order


def other_versions(families: Families, document_id: int) -> tuple[Version, ...]:
    """The family without the document itself."""
    return tuple(version for version in families.get(document_id, ()) if version.document_id != document_id)


def narrowed(scope: Scope, reader: Reader) -> Scope:
    """Narrow what was asked for to what the reader may see."""
    if reader.departments is None:
        return scope
    asked = reader.departments if scope.departments is None else scope.departments & reader.departments
    return replace(scope, departments=asked)


def read_enough(
    session: Session, hits: Sequence[Hit], reader: Reader, wanted: int, per_document: int | None
) -> list[Passage]:
    """Read hits back until there are as many as wanted, or all are read; of one document not more than asked for."""
    found: list[Passage] = []
    taken: Counter[int] = Counter()
    step = wanted + SPARE
    for start in range(0, len(hits), step):
        for passage in read_passages(session, hits[start : start + step], reader):
            taken[passage.document_id] += 1
            if per_document is None or taken[passage.document_id] <= per_document:
                found.append(passage)
        if len(found) >= wanted:
            break
    return found


def read_passages(session: Session, hits: Sequence[Hit], reader: Reader) -> list[Passage]:
    """Read hits back in their order; those the reader may not see, or that are gone, are left out."""
    ids = [hit.chunk_id for hit in hits]
    rows = session.execute(_passages(reader), {"ids": ids})
    by_id = {row[0]: row for row in rows}
    return [to_passage(by_id[hit.chunk_id], hit.score) for hit in hits if hit.chunk_id in by_id]


@lru_cache(maxsize=64)
def _passages(reader: Reader) -> Select[Any]:
    """Some passages by their ids; building the statement takes longer than reading the passages."""
    return visible_chunks(reader, *PASSAGE_COLUMNS).where(Chunk.id.in_(bindparam("ids", expanding=True)))


def to_passage(row: Any, score: float) -> Passage:
    """A row of `PASSAGE_COLUMNS` as a passage."""
    chunk_id, text, headings, citation, page, page_last, sheet, warnings, document_id, *document = row
    return Passage(
        chunk_id,
        text,
        (),
        score,
        tuple(headings),
        citation,
        page,
        page_last,
        sheet,
        tuple(warnings),
        document_id,
        *document,
    )
