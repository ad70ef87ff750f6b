"""From the parameters of a search to its answer: the same for programs and for the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

ReadIds = Callable[[Session, Reader, Sequence[str]], frozenset[int] | None]


def search_request(session: Session | None, asked: SearchParameters, view: View) -> SearchRequest:
    """Turn names into ids, and short types into long ones.

    Raises: BadInput when a department or collection does not exist, or not for this reader; NotKnown as `View.other`.
    """
    scope = Scope(
        departments=_ids(session, view, department_ids, asked.department),
        collections=_ids(session, view, collection_ids, asked.collection),
        media_types=frozenset(MEDIA_TYPES.get(name, name) for name in asked.media_type) or None,
        since=asked.since,
        until=asked.until,
    )
    return SearchRequest(
        asked.q, asked.limit, asked.offset, scope, asked.per_document, asked.sort == "date", asked.facets
    )


def _ids(session: Session | None, view: View, read: ReadIds, slugs: Sequence[str]) -> frozenset[int] | None:
    if not slugs:
        return None
    return view.other(session, (read, *slugs), lambda session: read(session, view.reader, slugs))


def answer(
    session: Session | None, searcher: Searcher, asked: SearchParameters, view: View, started_s: float
) -> SearchAnswer:
    """Answer a search.

    Raises: BadInput and NotKnown as `search_request` and `Searcher.search` do.
    """
    results = searcher.search(session, search_request(session, asked, view), view)
    return SearchAnswer(
        query=asked.q,
        generation=str(searcher.generation_id),
        took_ms=round((perf_counter() - started_s) * 1000, 1),
        passages=[found_passage(passage) for passage in results.passages],
        next=next_page(f"{API}/search", asked) if results.has_more else None,
        did_you_mean=results.did_you_mean or None,
        facets=[facet_answer(facet) for facet in results.facets] if asked.facets else None,
        only_similar=results.only_similar,
        as_of=results.as_of,
    )
