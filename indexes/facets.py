"""What the candidates for a question are made of: offices, handbooks, file types and years, with how many documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from catalogue.view import SeenDocument
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


def count_facets(hits: Sequence[Hit], documents: Mapping[int, SeenDocument]) -> tuple[Facet, ...]:
    """Count the documents behind the hits; the most frequent value first, years from the newest."""
    counts: Counter[tuple[FacetKind, str, str]] = Counter()
    for document in map(documents.__getitem__, {hit.document_id for hit in hits}):
        year = str(document.modified_at.astimezone().year)
        counts["department", document.department, document.department_name] += 1
        counts["collection", document.collection, document.collection_name] += 1
        counts["media_type", document.media_type, document.media_type] += 1
        counts["year", year, year] += 1
    found = [Facet(*key, number) for key, number in counts.items()]
    by_count = sorted(found, key=lambda facet: (-facet.documents, facet.name))
    return tuple(sorted(by_count, key=lambda facet: -int(facet.value) if facet.kind == "year" else 0))


def newest_first(hits: Sequence[Hit], documents: Mapping[int, SeenDocument]) -> list[Hit]:
    """The best hits, those from the newest documents first; their scores say how they stood before."""
    return sorted(hits[:DATED], key=lambda hit: documents[hit.document_id].modified_at, reverse=True)
