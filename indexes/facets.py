"""What the candidates for a question are made of: offices, handbooks, file types and years, with how many documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_documents
from catalogue.tables import Collection, Department, Document
from indexes.query import Hit

FacetKind = Literal["department", "collection", "media_type", "year"]
# Further down the list is what has less and less to do with the question: newest first would bring it to the top.
DATED = 50


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow the question: `value` is what to filter by, `name` what people call it."""

    kind: FacetKind
    value: str
    name: str
    documents: int


def count_facets(session: Session, reader: Reader, hits: Sequence[Hit]) -> tuple[Facet, ...]:
    """Count the documents behind the hits; the most frequent value first, years from the newest."""
    counts: Counter[tuple[FacetKind, str, str]] = Counter()
    ids = {hit.document_id for hit in hits}
    columns = (Department.slug, Department.name, Collection.slug, Collection.name, Document.media_type)
    statement = visible_documents(reader).with_only_columns(*columns, Document.modified_at).where(Document.id.in_(ids))
    for department, department_name, collection, collection_name, media_type, modified_at in session.execute(statement):
        year = str(modified_at.astimezone().year)
        counts["department", department, department_name] += 1
        counts["collection", collection, collection_name] += 1
        counts["media_type", media_type, media_type] += 1
        counts["year", year, year] += 1
    found = [Facet(*key, number) for key, number in counts.items()]
    by_count = sorted(found, key=lambda facet: (-facet.documents, facet.name))
    return tuple(sorted(by_count, key=lambda facet: -int(facet.value) if facet.kind == "year" else 0))


def newest_first(session: Session, reader: Reader, hits: Sequence[Hit]) -> list[Hit]:
    """The best hits, those from the newest documents first; their scores say how they stood before."""
    best = hits[:DATED]
    ids = {hit.document_id for hit in best}
    statement = visible_documents(reader).with_only_columns(Document.id, Document.modified_at)
    dates: dict[int, datetime] = {row[0]: row[1] for row in session.execute(statement.where(Document.id.in_(ids)))}
    known = [hit for hit in best if hit.document_id in dates]
    return sorted(known, key=lambda hit: dates[hit.document_id], reverse=True)
