"""Turns what was found into what is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.html import kind_text
from app.schemas import (
    AnswerSentence,
    DocumentAnswer,
    DocumentList,
    DocumentParameters,
    FacetAnswer,
    FeedbackInput,
    FoundPassage,
    GlossaryAnswer,
    GlossaryEntryAnswer,
    NeighbouringPassage,
    OtherVersion,
    PassageAnswer,
    PassageDocument,
    RevisionAnswer,
    SearchParameters,
    SimilarAnswer,
    SuggestAnswer,
    Suggestion,
)
from catalogue.access import Reader
from catalogue.families import Version
from catalogue.feedback import Verdict
from catalogue.lookup import DocumentFilter, ListedDocument, PassageInPlace, list_documents
from catalogue.tables import Chunk, Collection, Department, Document
from indexes.answer.quote import Quote
from indexes.facets import Facet
from indexes.glossary import Meaning
from indexes.search import Passage
from indexes.suggest import Candidate

API = "/api/v1"
PDF = "application/pdf"


def link_to(document_id: int, media_type: str, page: int | None) -> str:
    """The address that opens the original, at the page where the format knows pages."""
    return f"{API}/documents/{document_id}/file" + (f"#page={page}" if page and media_type == PDF else "")


def next_page(path: str, asked: SearchParameters | DocumentParameters) -> str:
    """The address of the page of results after this one."""
    changed = asked.model_dump(mode="json", exclude_defaults=True) | {"offset": asked.offset + asked.limit}
    return f"{path}?{urlencode(changed, doseq=True)}"


def found_passage(passage: Passage) -> FoundPassage:
    """A search result."""
    return FoundPassage(
        chunk_id=str(passage.chunk_id),
        text=passage.text,
        highlights=list(passage.highlights),
        score=round(passage.score, 4),
        headings=list(passage.headings),
        citation=passage.citation,
        page=passage.page,
        page_last=passage.page_last,
        sheet=passage.sheet,
        warnings=list(passage.warnings),
        link=link_to(passage.document_id, passage.media_type, passage.page),
        document=document_of(passage),
        versions=[other_version(version) for version in passage.versions],
    )


def facet_answer(facet: Facet) -> FacetAnswer:
    """One way to narrow a search."""
    name = kind_text(facet.value) if facet.kind == "media_type" else facet.name
    return FacetAnswer(kind=facet.kind, value=facet.value, name=name, documents=facet.documents)


def similar_answer(found: Sequence[ListedDocument]) -> SimilarAnswer:
    """Documents that are about the same."""
    return SimilarAnswer(documents=[document_answer(item) for item in found])


def suggest_answer(typed: str, found: Sequence[Candidate], terms: Sequence[str]) -> SuggestAnswer:
    """What can be typed on; a term that is also a title is named once."""
    shown = [Suggestion(text=item.text, kind=item.kind) for item in found]
    named = {item.text for item in shown}
    return SuggestAnswer(
        query=typed, suggestions=[*shown, *(Suggestion(text=term, kind="term") for term in terms if term not in named)]
    )


def verdict_of(given: FeedbackInput) -> Verdict:
    """What is kept of a remark on a passage."""
    return Verdict(given.question, given.helpful, given.reason, given.comment)


def document_of(passage: Passage) -> PassageDocument:
    """The document a passage stands in."""
    return PassageDocument(
        id=str(passage.document_id),
        title=passage.title,
        source=passage.source,
        department=passage.department,
        collection=passage.collection,
        media_type=passage.media_type,
        modified_at=passage.modified_at,
        department_name=passage.department_name,
        collection_name=passage.collection_name,
    )


def answer_sentence(quote: Quote) -> AnswerSentence:
    """A sentence of an answer."""
    passage = quote.passage
    return AnswerSentence(
        text=quote.text,
        chunk_id=str(passage.chunk_id),
        start=quote.start,
        end=quote.end,
        headings=list(passage.headings),
        citation=quote.citation,
        page=passage.page,
        sheet=passage.sheet,
        link=link_to(passage.document_id, passage.media_type, passage.page),
        document=document_of(passage),
    )


def other_version(version: Version) -> OtherVersion:
    """Another version of a found document."""
    return OtherVersion(
        document_id=str(version.document_id),
        title=version.title,
        source=version.source,
        media_type=version.media_type,
        modified_at=version.modified_at,
        link=link_to(version.document_id, version.media_type, None),
    )


def document_fields(document: Document, collection: Collection, department: Department) -> dict[str, Any]:
    """What is said of a document wherever it turns up."""
    return {
        "id": str(document.id),
        "title": document.title,
        "source": document.source,
        "department": department.slug,
        "collection": collection.slug,
        "media_type": document.media_type,
        "modified_at": document.modified_at,
        "department_name": department.name,
        "collection_name": collection.name,
    }


def document_answer(listed: ListedDocument) -> DocumentAnswer:
    """A document with the state of its content."""
    document, revision = listed.document, listed.revision
    return DocumentAnswer(
        **document_fields(document, listed.collection, listed.department),
        size_bytes=document.size_bytes,
        created_at=document.created_at,
        parent_id=None if document.parent_id is None else str(document.parent_id),
        searchable=listed.searchable,
        link=link_to(document.id, document.media_type, None),
        revision=RevisionAnswer.model_validate(revision, from_attributes=True),
    )


def neighbour_fields(chunk: Chunk) -> dict[str, Any]:
    """What is said of a passage wherever it turns up."""
    return {
        "chunk_id": str(chunk.id),
        "text": chunk.text,
        "headings": chunk.headings,
        "citation": chunk.citation,
        "page": chunk.page_first,
        "page_last": chunk.page_last,
        "sheet": chunk.sheet,
    }


def neighbours(chunks: Sequence[Chunk]) -> list[NeighbouringPassage]:
    """The passages on one side of another."""
    return [NeighbouringPassage(**neighbour_fields(chunk)) for chunk in chunks]


def passage_answer(found: PassageInPlace) -> PassageAnswer:
    """A passage with what stands around it."""
    return PassageAnswer(
        **neighbour_fields(found.chunk),
        warnings=found.chunk.warnings,
        link=link_to(found.document.id, found.document.media_type, found.chunk.page_first),
        document=PassageDocument(**document_fields(found.document, found.collection, found.department)),
        before=neighbours(found.before),
        after=neighbours(found.after),
    )


def document_list(session: Session, asked: DocumentParameters, reader: Reader) -> DocumentList:
    """One page of documents."""
    wanted = DocumentFilter(asked.state, asked.department, asked.collection)
    found, total = list_documents(session, reader, wanted, asked.limit, asked.offset)
    has_more = total > asked.offset + asked.limit
    return DocumentList(
        total=total,
        documents=[document_answer(item) for item in found],
        next=next_page(f"{API}/documents", asked) if has_more else None,
    )


def glossary_answer(meanings: Sequence[Meaning]) -> GlossaryAnswer:
    """The glossary."""
    return GlossaryAnswer(
        entries=[
            GlossaryEntryAnswer(
                short=one.short, long=one.long, document_id=str(one.document_id) if one.document_id else None
            )
            for one in meanings
        ]
    )
