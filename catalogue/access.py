"""Who may see what: decided here and nowhere else; `catalogue.view` keeps what was decided, until anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, true

from catalogue.tables import Chunk, Collection, Department, Document, Revision


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks. `departments` is None for somebody who may see every department of the tenant."""

    tenant_id: int
    departments: frozenset[int] | None = None
    roles: frozenset[str] = frozenset()


def may_see(reader: Reader) -> ColumnElement[bool]:
    """The rule itself, as a condition on Document joined to Collection."""
    departments: ColumnElement[bool] = true()
    if reader.departments is not None:
        departments = Collection.department_id.in_(reader.departments)
    # The sum keeps SQLite off the index by tenant: it would walk through all of the tenant's rows to look some up.
    return and_(Document.tenant_id + 0 == reader.tenant_id, Document.deleted_at.is_(None), departments)


def visible_documents(reader: Reader) -> Select[Document, Collection, Department]:
    """Documents the reader may see, ready or not, each with its collection and department."""
    return (
        select(Document, Collection, Department)
        .join(Collection, Collection.id == Document.collection_id)
        .join(Department, Department.id == Collection.department_id)
        .where(may_see(reader))
    )


def visible_chunks(reader: Reader, *columns: Any) -> Select[Any]:
    """Passages the reader may see: of shown revisions of documents that exist. Every read goes through here.

    Without `columns` each row is (Chunk, Revision, Document, Collection, Department).
    """
    return (
        select(*(columns or (Chunk, Revision, Document, Collection, Department)))
        .select_from(Chunk)
        .join(Revision, and_(Revision.id == Chunk.revision_id, Revision.shown))
        .join(Document, Document.id == Revision.document_id)
        .join(Collection, Collection.id == Document.collection_id)
        .join(Department, Department.id == Collection.department_id)
        .where(Chunk.tenant_id == reader.tenant_id, may_see(reader))
    )


def visible_collections(reader: Reader) -> Select[Collection, Department]:
    """Collections the reader may see, each with its department; also those that hold nothing yet."""
    statement = (
        select(Collection, Department)
        .join(Department, Department.id == Collection.department_id)
        .where(Collection.tenant_id == reader.tenant_id)
        .order_by(Department.name, Collection.name)
    )
    return statement if reader.departments is None else statement.where(Department.id.in_(reader.departments))


def visible_departments(reader: Reader) -> Select[Department]:
    """Departments the reader may see, by name."""
    statement = select(Department).where(Department.tenant_id == reader.tenant_id).order_by(Department.name)
    return statement if reader.departments is None else statement.where(Department.id.in_(reader.departments))
