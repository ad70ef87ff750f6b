"""From the parameters of a search to its answer: the same for programs and for the page."""

from __future__ import annotations

from time import perf_counter

from sqlalchemy.orm import Session

from app.present import API, facet_answer, found_passage, next_page
from app.schemas import SearchAnswer, SearchParameters
from catalogue.access import Reader
from catalogue.lookup import collection_ids, department_ids
from catalogue.view import View
from indexes.query import Scope
from indexes.search import Searcher, SearchRequest
from ingest.parse.kinds import MEDIA_TYPES


def search_request(session: Session, asked: SearchParameters, reader: Reader) -> SearchRequest:
    """Turn names into ids, and short types into long ones.

    Raises: BadInput when a department or collection does not exist, or not for this reader.
    """
    scope = Scope(
        departments=department_ids(session, reader, asked.department),
        collections=collection_ids(session, reader, asked.collection),
        media_types=frozenset(MEDIA_TYPES.get(name, name) for name in asked.media_type) or None,
        since=asked.since,
        until=asked.until,
    )
    return SearchRequest(
        asked.q, asked.limit, asked.offset, scope, asked.per_document, asked.sort == "date", asked.facets
    )


def answer(
    session: Session,
    searcher: Searcher,
    asked: SearchParameters,
    reader: Reader,
    started_s: float,
    view: View | None = None,
) -> SearchAnswer:
    """Answer a search.

    Raises: BadInput as `search_request` does.
    """
    results = searcher.search(session, search_request(session, asked, reader), reader, view)
    return SearchAnswer(
        query=asked.q,
        generation=str(searcher.generation_id),
        took_ms=round((perf_counter() - started_s) * 1000, 1),
        passages=[found_passage(passage) for passage in results.passages],
        next=next_page(f"{API}/search", asked) if results.has_more else None,
        did_you_mean=results.did_you_mean or None,
        facets=[facet_answer(facet) for facet in results.facets] if asked.facets else None,
        only_similar=results.only_similar,
    )
