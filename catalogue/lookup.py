"""What people look up: documents with the state of their content, and passages with what stands around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks, visible_collections, visible_departments, visible_documents
from catalogue.errors import BadInput, NotFound
from catalogue.tables import Chunk, Collection, Department, Document, Revision

READ_IDS = 500


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents are wanted; None admits all. `state` is that of the newest revision; slugs name places."""

    state: str | None = None
    department: str | None = None
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document with its newest revision, and whether any revision of it can be found."""

    document: Document
    collection: Collection
    department: Department
    revision: Revision
    searchable: bool


@dataclass(frozen=True, slots=True)
class PassageInPlace:
    """A passage, and those right before and after it in its document, in reading order."""

    chunk: Chunk
    revision: Revision
    document: Document
    collection: Collection
    department: Department
    before: tuple[Chunk, ...]
    after: tuple[Chunk, ...]


def listed(reader: Reader) -> Select[Any]:
    """Visible documents joined to their newest revision; each row is the parts of a ListedDocument."""
    newest = select(func.max(Revision.id)).where(Revision.document_id == Document.id).correlate(Document)
    shown = exists().where(and_(Revision.document_id == Document.id, Revision.shown)).correlate(Document)
    newer = visible_documents(reader).join(Revision, Revision.id == newest.scalar_subquery())
    return newer.add_columns(Revision, shown.label("searchable"))


def filtered(statement: Select[Any], wanted: DocumentFilter) -> Select[Any]:
    """Narrow `listed` to what is wanted."""
    for column, value in (
        (Revision.state, wanted.state),
        (Department.slug, wanted.department),
        (Collection.slug, wanted.collection),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return statement


def list_documents(
    session: Session, reader: Reader, wanted: DocumentFilter, limit: int, offset: int
) -> tuple[list[ListedDocument], int]:
    """One page of documents, the latest first, and how many there are in all."""
    statement = filtered(listed(reader), wanted)
    total = session.scalar(select(func.count()).select_from(statement.with_only_columns(Document.id).subquery())) or 0
    rows = session.execute(statement.order_by(Document.id.desc()).limit(limit).offset(offset))
    return [ListedDocument(*row) for row in rows], total


def get_document(session: Session, reader: Reader, document_id: int) -> ListedDocument:
    """One document.

    Raises: NotFound when it does not exist, or not for this reader.
    """
    row = session.execute(listed(reader).where(Document.id == document_id)).first()
    if row is None:
        raise no_document()
    return ListedDocument(*row)


def get_original(session: Session, reader: Reader, document_id: int) -> tuple[Document, Revision]:
    """A document with the revision whose bytes people should get: the one they find, or the newest if none is shown.

    Raises: NotFound when it does not exist, or not for this reader.
    """
    statement = visible_documents(reader).join(Revision, Revision.document_id == Document.id).add_columns(Revision)
    ordered = statement.where(Document.id == document_id).order_by(Revision.shown.desc(), Revision.number.desc())
    row = session.execute(ordered.limit(1)).first()
    if row is None:
        raise no_document()
    return row[0], row[3]


def no_document() -> NotFound:
    """The answer for a document that is not there, or not for this reader."""
    return NotFound("Dieses Dokument gibt es nicht.", "Vielleicht wurde es entfernt; bitte neu suchen.")


def get_passage(session: Session, reader: Reader, chunk_id: int, neighbours: int) -> PassageInPlace:
    """One passage with up to `neighbours` on each side.

    Raises: NotFound when it does not exist, is no longer shown, or not for this reader.
    """
    row = session.execute(visible_chunks(reader).where(Chunk.id == chunk_id)).first()
    if row is None:
        raise NotFound(
            "Diese Passage gibt es nicht mehr.", "Das Dokument wurde geändert oder entfernt; bitte neu suchen."
        )
    chunk, revision, document, collection, department = row
    around = visible_chunks(reader, Chunk).where(
        Chunk.revision_id == revision.id,
        Chunk.ordinal.between(chunk.ordinal - neighbours, chunk.ordinal + neighbours),
    )
    found = session.scalars(around.order_by(Chunk.ordinal)).all()
    before = tuple(item for item in found if item.ordinal < chunk.ordinal)
    after = tuple(item for item in found if item.ordinal > chunk.ordinal)
    return PassageInPlace(chunk, revision, document, collection, department, before, after)


def department_ids(session: Session, reader: Reader, slugs: Sequence[str]) -> frozenset[int] | None:
    """The ids behind slugs, to search in; None for no slugs at all.

    Raises: BadInput when there is no such department, or not for this reader.
    """
    if not slugs:
        return None
    statement = visible_departments(reader).where(Department.slug.in_(slugs))
    found = {department.slug: department.id for department in session.scalars(statement)}
    if unknown := set(slugs) - found.keys():
        raise BadInput(f"Die Abteilung „{min(unknown)}“ gibt es nicht.", "Die Kürzel stehen unter /api/v1/departments.")
    return frozenset(found.values())


def collection_ids(session: Session, reader: Reader, slugs: Sequence[str]) -> frozenset[int] | None:
    """The ids behind slugs, to search in; None for no slugs at all.

    Raises: BadInput when there is no such collection, or not for this reader.
    """
    if not slugs:
        return None
    statement = visible_collections(reader).where(Collection.slug.in_(slugs))
    found = {collection.slug: collection.id for collection, _ in session.execute(statement)}
    if unknown := set(slugs) - found.keys():
        raise BadInput(f"Die Sammlung „{min(unknown)}“ gibt es nicht.", "Die Kürzel stehen unter /api/v1/collections.")
    return frozenset(found.values())


def count_by_state(session: Session, reader: Reader) -> dict[str, int]:
    """How many documents there are, by the state of their newest revision."""
    rows = listed(reader).with_only_columns(Revision.state, func.count(Document.id)).group_by(Revision.state)
    return {row[0]: row[1] for row in session.execute(rows)}


def get_family(session: Session, reader: Reader, document_ids: Sequence[int]) -> list[ListedDocument]:
    """These documents and what was inside them (attachments), as far as they can be seen; in the order of their ids."""
    found: list[ListedDocument] = []
    for start in range(0, len(document_ids), READ_IDS):
        part = document_ids[start : start + READ_IDS]
        statement = listed(reader).where(or_(Document.id.in_(part), Document.parent_id.in_(part)))
        found += [ListedDocument(*row) for row in session.execute(statement.order_by(Document.id))]
    return found


def count_passages(session: Session, revision_ids: Sequence[int]) -> dict[int, int]:
    """How many passages were made of each of these revisions, which the reader was shown before."""
    counts: dict[int, int] = {}
    for start in range(0, len(revision_ids), READ_IDS):
        part = revision_ids[start : start + READ_IDS]
        found = select(Chunk.revision_id, func.count(Chunk.id)).where(Chunk.revision_id.in_(part))
        counts.update((row[0], row[1]) for row in session.execute(found.group_by(Chunk.revision_id)))
    return counts
