"""One question, one snapshot: candidates from both sides, ranked, and read back through the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from catalogue.access import Reader
from catalogue.families import Families, Version
from catalogue.view import NotKnown, SeenDocument, SeenPassage, View
from indexes.embedder import Embedder
from indexes.facets import Facet, count_facets, newest_first
from indexes.generation import OpenGeneration
from indexes.german import Question
from indexes.grounds import has_grounds
from indexes.highlight import highlights
from indexes.query import EVERYTHING, Hit, Scope
from indexes.rank import rank
from indexes.statute import place_first
from indexes.understand import Understood, understand

CANDIDATES = 200


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

    `only_similar` is set where nothing says that they have to do with the question: they are what is nearest; `as_of`
    where the catalogue was not asked: when it was last in the state that answers.
    """

    passages: tuple[Passage, ...]
    has_more: bool
    question: Question
    did_you_mean: str = ""
    facets: tuple[Facet, ...] = ()
    only_similar: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Searcher:
    """A snapshot of one generation that answers questions; it never changes, a newer one replaces it."""

    generation: OpenGeneration
    embedder: Embedder

    @property
    def generation_id(self) -> int:
        """Which generation answers."""
        return self.generation.manifest.generation

    def search(self, session: Session | None, request: SearchRequest, view: View) -> Results:
        """Find the passages that answer `request.text` and that the reader, whose `view` it is, may see.

        The indexes propose at most `CANDIDATES` passages, filtered beforehand by what the reader may see; the
        catalogue decides, as far as the view does not know it already. Without a session what the view knows is all
        there is.

        Raises: NotKnown when there is no session, and nothing is known that could be shown.
        """
        scope = narrowed(request.scope, view.reader)
        understood, hits = self.propose(session, view, request.text, scope)
        far = bool(hits) and not understood.reference and self._is_far(understood.question, hits, scope)
        documents = view.documents(session, {hit.document_id for hit in hits})
        families = view.families(session, documents)
        hits = newest_versions([hit for hit in hits if hit.document_id in documents], families)
        facets = count_facets(hits, documents) if request.with_facets else ()
        if request.by_date:
            hits = newest_first(hits, documents)
        found, has_more = self._page(session, view, request, hits, documents)
        marks = highlights(understood.question, [passage.text for passage, _ in found])
        passages = tuple(
            to_passage(passage, documents[hit.document_id], hit.score, tuple(marked), families)
            for (passage, hit), marked in zip(found, marks, strict=True)
        )
        if session is None and not passages:
            raise NotKnown
        as_of = view.as_of if session is None else None
        far = far and bool(passages)
        return Results(passages, has_more, understood.question, understood.did_you_mean, facets, far, as_of)

    def propose(
        self, session: Session | None, view: View, text: str, scope: Scope = EVERYTHING
    ) -> tuple[Understood, list[Hit]]:
        """What is meant by `text`, and the passages the indexes propose for it, at most `CANDIDATES`, best first.

        The evaluation judges this; what becomes of it depends on what the reader may see, and is no ranking.
        """
        lexical = self.generation.lexical
        understood = understand(session, view, text, lexical)
        hits = rank(understood.question, lexical, self.generation.vectors, self.embedder, CANDIDATES, scope)
        if understood.reference and session is not None:
            hits = place_first(session, view.reader, understood.reference, hits, lexical, scope)
        return understood, hits

    def _page(
        self,
        session: Session | None,
        view: View,
        request: SearchRequest,
        hits: Sequence[Hit],
        documents: Mapping[int, SeenDocument],
    ) -> tuple[list[tuple[SeenPassage, Hit]], bool]:
        """The wanted part of what can be shown, and whether there is more.

        Of which revision a passage is, the index knows as well; only those of the page are read.
        """
        end = request.offset + request.limit
        while True:
            shown = self._shown(hits, documents, end + 1, request.per_document)
            page = shown[request.offset : end]
            read = view.passages(session, {hit.chunk_id: documents[hit.document_id] for hit in page})
            gone = {hit.chunk_id for hit in page} - read.keys()
            if not gone:
                return [(read[hit.chunk_id], hit) for hit in page], len(shown) > end
            hits = [hit for hit in hits if hit.chunk_id not in gone]

    def _shown(
        self, hits: Sequence[Hit], documents: Mapping[int, SeenDocument], wanted: int, per_document: int | None
    ) -> list[Hit]:
        """The first hits that are of the shown revision of their document; of one document not more than asked for."""
        columns = self.generation.vectors.columns
        rows = columns.rows_of([hit.chunk_id for hit in hits])
        shown: list[Hit] = []
        taken: Counter[int] = Counter()
        for hit, row, revision_id in zip(hits, rows.tolist(), columns.revisions_at(rows).tolist(), strict=True):
            if row >= 0 and revision_id != documents[hit.document_id].revision_id:
                continue
            taken[hit.document_id] += 1
            if per_document is None or taken[hit.document_id] <= per_document:
                shown.append(hit)
            if len(shown) == wanted:
                break
        return shown

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


def to_passage(
    passage: SeenPassage, document: SeenDocument, score: float, marks: tuple[tuple[int, int], ...], families: Families
) -> Passage:
    """What was read of a passage and its document, as a person sees it."""
    return Passage(
        chunk_id=passage.chunk_id,
        text=passage.text,
        highlights=marks,
        score=score,
        headings=passage.headings,
        citation=passage.citation,
        page=passage.page,
        page_last=passage.page_last,
        sheet=passage.sheet,
        warnings=passage.warnings,
        document_id=document.document_id,
        title=document.title,
        source=document.source,
        department=document.department,
        department_name=document.department_name,
        collection=document.collection,
        collection_name=document.collection_name,
        media_type=document.media_type,
        modified_at=document.modified_at,
        versions=other_versions(families, document.document_id),
    )
