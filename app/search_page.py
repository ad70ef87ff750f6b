"""What the search page shows, worked out before any template is filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlencode

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from app.asking import answer
from app.excerpt import Segment, excerpt
from app.problems import fault_text, status_of
from app.schemas import FoundPassage, SearchAnswer, SearchParameters, printable
from app.wiring import Archive
from catalogue.access import visible_collections, visible_departments, visible_documents
from catalogue.errors import StadtwissenError
from catalogue.tables import Collection, Department, Document, Tenant
from indexes.live import LiveIndex

PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed and what can be chosen, and whose pages these are."""

    town: str
    question: str
    department: str
    collection: str
    departments: Sequence[Department]
    collections: Sequence[tuple[Collection, Department]]
    documents: int


@dataclass(frozen=True, slots=True)
class Result:
    """A passage with the part of it that is shown."""

    passage: FoundPassage
    excerpt: list[Segment]


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of results; `previous` and `next` are the addresses of its neighbours."""

    first: int
    results: list[Result]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there are no results, and what to do."""

    text: str
    hint: str
    status: int


def read_form(session: Session, opened: Archive, typed: QueryParams) -> Form:
    """Take over what was typed, as far as it can be shown."""
    reader = opened.reader
    count = select(func.count()).select_from(visible_documents(reader).with_only_columns(Document.id).subquery())
    return Form(
        town=session.get_one(Tenant, opened.tenant_id).name,
        question=printable(typed.get("q", "")),
        department=printable(typed.get("department", "")),
        collection=printable(typed.get("collection", "")),
        departments=session.scalars(visible_departments(reader)).all(),
        collections=[(item, owner) for item, owner in session.execute(visible_collections(reader))],
        documents=session.scalar(count) or 0,
    )


def find(session: Session, opened: Archive, index: LiveIndex, form: Form, offset: str) -> Findings | Refusal:
    """Answer the form; what cannot be answered comes back as a refusal to show beside it."""
    typed = {"q": form.question, "department": [form.department], "collection": [form.collection], "offset": offset}
    try:
        asked = SearchParameters.model_validate(typed | {"limit": PER_PAGE})
        return findings(form, asked, answer(session, index.searcher, asked, opened.reader, perf_counter()))
    except ValidationError as error:
        return Refusal(fault_text(error.errors()[0]), "", 422)
    except StadtwissenError as error:
        return Refusal(error.text, error.hint, status_of(error))


def findings(form: Form, asked: SearchParameters, answered: SearchAnswer) -> Findings:
    """Lay out one page of results."""
    return Findings(
        first=asked.offset + 1,
        results=[Result(passage, excerpt(passage.text, passage.highlights)) for passage in answered.passages],
        previous=page_address(form, max(0, asked.offset - PER_PAGE)) if asked.offset else None,
        next=page_address(form, asked.offset + PER_PAGE) if answered.next else None,
    )


def page_address(form: Form, offset: int) -> str:
    """The address of another page of the same results."""
    kept = {"q": form.question, "department": form.department, "collection": form.collection, "offset": offset}
    return "/?" + urlencode({name: value for name, value in kept.items() if value})
