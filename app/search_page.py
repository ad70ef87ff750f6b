"""What the search page shows, worked out before any template is filled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from app.answering import Answerer, answerer_of, quoted_answer
from app.asking import answer, search_request
from app.excerpt import Segment, excerpt
from app.html import kind_text
from app.present import API
from app.problems import fault_text, status_of
from app.schemas import Answer, AnswerParameters, FacetAnswer, FoundPassage, SearchAnswer, SearchParameters, printable
from app.wiring import Archive
from catalogue.access import Reader, visible_collections, visible_departments, visible_documents
from catalogue.errors import StadtwissenError
from catalogue.tables import Collection, Department, Document, Tenant
from catalogue.view import View
from indexes.live import LiveIndex
from indexes.search import Searcher

PER_PAGE = 10
GROUPS = {"department": "Abteilung", "collection": "Sammlung", "media_type": "Dateityp", "year": "Jahr"}
SHOWN_FACETS = 8
YEAR = re.compile(r"[12]\d{3}")
# What makes a question exact: without it the nearest documents can be named.
EXACT = str.maketrans({'"': " ", "„": " ", "“": " ", "-": " ", "–": " "})


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was typed and chosen; the address of a page holds just this."""

    q: str = ""
    department: str = ""
    collection: str = ""
    media_type: str = ""
    year: str = ""
    sort: str = ""

    def address(self, **changed: str | int) -> str:
        """The address of the page with something changed."""
        kept = asdict(self) | changed
        return "/?" + urlencode({name: value for name, value in kept.items() if value})


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed and what can be chosen, and whose pages these are."""

    town: str
    chosen: Chosen
    departments: Sequence[Department]
    collections: Sequence[tuple[Collection, Department]]
    documents: int

    @property
    def question(self) -> str:
        """What was asked."""
        return self.chosen.q


@dataclass(frozen=True, slots=True)
class Result:
    """A passage with the part of it that is shown."""

    passage: FoundPassage
    excerpt: list[Segment]


@dataclass(frozen=True, slots=True)
class Link:
    """Something to choose, or to take back: its name, where it leads, and how many documents are there."""

    name: str
    address: str
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Ways to narrow the results that are of one kind."""

    name: str
    facets: list[Link]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The department whose documents come nearest to a question nothing was found for, and one of them."""

    name: str
    address: str
    title: str


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of results; `previous` and `next` are the addresses of its neighbours.

    If it `is_empty`, nothing was found; results it has all the same are only what is nearest. `as_of` is set while the
    database is away.
    """

    first: int
    results: list[Result]
    previous: str | None
    next: str | None
    meant: Link | None
    chosen: list[Link]
    facets: list[Group]
    nearest: Nearest | None
    answer: Answer | None = None
    stream: str | None = None
    is_empty: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there are no results, and what to do."""

    text: str
    hint: str
    status: int


def searched(
    session: Session | None, view: View, opened: Archive, index: LiveIndex, typed: QueryParams
) -> tuple[Form, Findings | Refusal | None]:
    """The form as it was filled in, and what was found if anything was asked.

    Raises: NotKnown as `View.other` does.
    """
    form = read_form(session, view, opened, typed)
    return form, find(session, view, opened, index, form, typed.get("offset") or "0") if form.question else None


def read_form(session: Session | None, view: View, opened: Archive, typed: QueryParams) -> Form:
    """Take over what was typed, as far as it can be shown."""
    empty = view.other(session, read_form, lambda session: empty_form(session, view.reader, opened.tenant_id))
    return replace(empty, chosen=Chosen(**{name: printable(typed.get(name, "")) for name in asdict(Chosen())}))


def empty_form(session: Session, reader: Reader, tenant_id: int) -> Form:
    """What can be chosen."""
    count = select(func.count()).select_from(visible_documents(reader).with_only_columns(Document.id).subquery())
    return Form(
        town=session.get_one(Tenant, tenant_id).name,
        chosen=Chosen(),
        departments=session.scalars(visible_departments(reader)).all(),
        collections=[(item, owner) for item, owner in session.execute(visible_collections(reader))],
        documents=session.scalar(count) or 0,
    )


def find(
    session: Session | None, view: View, opened: Archive, index: LiveIndex, form: Form, offset: str
) -> Findings | Refusal:
    """Answer the form; what cannot be answered comes back as a refusal to show beside it."""
    try:
        asked = SearchParameters.model_validate(parameters(form.chosen) | {"offset": offset, "limit": PER_PAGE})
        answered = answer(session, index.searcher, asked, view, perf_counter())
        is_first = answered.passages and not asked.offset
        said = spoken_answer(session, view, answerer_of(opened, index.searcher), asked) if is_first else None
        if said and said.kind == "none" and answered.only_similar:
            said = None
        is_empty = not answered.passages or (answered.only_similar and not said)
        nearest = nearest_department(session, view, index.searcher, form.chosen) if is_empty else None
        stream = stream_address(opened, asked) if said else None
        return replace(findings(form, asked, answered, nearest), answer=said, stream=stream, is_empty=is_empty)
    except ValidationError as error:
        return Refusal(fault_text(error.errors()[0]), "", 422)
    except StadtwissenError as error:
        return Refusal(error.text, error.hint, status_of(error))


def stream_address(opened: Archive, asked: SearchParameters) -> str | None:
    """Where a language model writes the answer up, sentence by sentence, if one is set up."""
    if not opened.settings.llm_url:
        return None
    same = asked.model_dump(mode="json", include=set(AnswerParameters.model_fields), exclude_defaults=True)
    return f"{API}/answer/stream?" + urlencode(same, doseq=True)


def spoken_answer(session: Session | None, view: View, answerer: Answerer, asked: SearchParameters) -> Answer | None:
    """What the documents say; that they say nothing is only worth telling to somebody who asked a question."""
    question = AnswerParameters.model_validate(asked.model_dump(include=set(AnswerParameters.model_fields)))
    said = quoted_answer(session, answerer, question, view)
    return said if said.kind != "none" or "?" in asked.q else None


def parameters(chosen: Chosen) -> dict[str, Any]:
    """What was chosen, as the interface is asked it."""
    asked: dict[str, Any] = {
        "q": chosen.q,
        "department": [chosen.department],
        "collection": [chosen.collection],
        "media_type": [chosen.media_type],
        "sort": chosen.sort,
        "facets": True,
    }
    if YEAR.fullmatch(chosen.year):
        year = int(chosen.year)
        asked |= {"since": f"{year:04}-01-01", "until": f"{year + 1:04}-01-01"}
    return asked


def findings(form: Form, asked: SearchParameters, answered: SearchAnswer, nearest: Nearest | None) -> Findings:
    """Lay out one page of results."""
    chosen, meant = form.chosen, answered.did_you_mean
    return Findings(
        first=asked.offset + 1,
        results=[Result(passage, excerpt(passage.text, passage.highlights)) for passage in answered.passages],
        previous=chosen.address(offset=max(0, asked.offset - PER_PAGE)) if asked.offset else None,
        next=chosen.address(offset=asked.offset + PER_PAGE) if answered.next else None,
        meant=Link(meant, chosen.address(q=meant)) if meant else None,
        chosen=list(narrowings(form)),
        facets=[group for kind in GROUPS if (group := group_of(kind, answered.facets or [], chosen)).facets],
        nearest=nearest,
        as_of=answered.as_of,
    )


def group_of(kind: str, facets: Sequence[FacetAnswer], chosen: Chosen) -> Group:
    """The values of one kind to narrow by; none where one is chosen already, or there is nothing to choose."""
    values = [facet for facet in facets if facet.kind == kind]
    if getattr(chosen, kind) or len(values) == 1:
        values = []
    links = [Link(facet.name, chosen.address(**{kind: facet.value}), facet.documents) for facet in values]
    return Group(GROUPS[kind], links[:SHOWN_FACETS])


def narrowings(form: Form) -> list[Link]:
    """What the results are narrowed to, each with the address of the page without it."""
    chosen = form.chosen
    names = {
        "department": {item.slug: item.name for item in form.departments}.get(chosen.department),
        "collection": {item.slug: item.name for item, _ in form.collections}.get(chosen.collection),
        "media_type": kind_text(chosen.media_type) if chosen.media_type else None,
        "year": chosen.year,
    }
    return [Link(name, chosen.address(**{kind: ""})) for kind, name in names.items() if name]


def nearest_department(session: Session | None, view: View, searcher: Searcher, chosen: Chosen) -> Nearest | None:
    """Ask again without filters, quotation marks and minus signs; who has the best passage comes nearest."""
    plain = Chosen(q=" ".join(chosen.q.translate(EXACT).split()))
    if not plain.q.strip(". "):
        return None
    asked = SearchParameters(q=plain.q, limit=1)
    found = searcher.search(session, search_request(session, asked, view), view).passages
    if not found:
        return None
    best = found[0]
    return Nearest(best.department_name, plain.address(department=best.department), best.title)
