"""From a question to its answer: one to three quotations with the places they are taken from, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from catalogue.view import View
from indexes.answer.choose import Choice, Weights, choose
from indexes.answer.clues import Candidate, Evidence
from indexes.embedder import Embedder
from indexes.search import Passage, Results, Searcher, SearchRequest

READ_PASSAGES = 8
PER_DOCUMENT = 3
_ONE_PARAGRAPH = re.compile(r"(§ \d+[a-z]?|Art\. \w+) Abs\. [\w–]+")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a passage; `text` is how they read on their own, `citation` as exact a place as is known.

    Units: `start` and `end` are code points of the passage's text, end exclusive.
    """

    text: str
    start: int
    end: int
    citation: str | None
    passage: Passage


@dataclass(frozen=True, slots=True)
class Quoted:
    """What the passages say about a question: no quotes where nothing can be relied on."""

    quotes: tuple[Quote, ...]
    trust: float
    results: Results


def quote(
    session: Session | None,
    searcher: Searcher,
    request: SearchRequest,
    view: View,
    weights: Weights,
    embedder: Embedder | None = None,
) -> Quoted:
    """Search, and quote what can be trusted; `embedder` compares sentences where the searcher's is too slow for it."""
    asked = replace(request, limit=READ_PASSAGES, offset=0, per_document=PER_DOCUMENT)
    results = searcher.search(session, asked, view)
    evidence = Evidence(results.question, request.text, searcher.generation.lexical, embedder or searcher.embedder)
    choice = choose(evidence.judge(results.passages), weights)
    return Quoted(quotes_of(choice) if choice.trust >= weights.threshold else (), choice.trust, results)


def quotes_of(choice: Choice) -> tuple[Quote, ...]:
    """The chosen units; those of one passage in its order."""
    best = {one.passage.chunk_id: place for place, one in reversed(list(enumerate(choice.units)))}
    ordered = sorted(choice.units, key=lambda one: (best[one.passage.chunk_id], one.unit.start))
    return tuple(Quote(said(one), one.unit.start, one.unit.end, citation_of(one), one.passage) for one in ordered)


def said(one: Candidate) -> str:
    """An item of a list with what it belongs to, anything else as it stands."""
    lead, text = one.unit.lead, one.unit.shown
    return f"{lead} {text.rstrip(',;')}" if lead else text


def citation_of(one: Candidate) -> str | None:
    """„§ 3 Abs. 2“ where the passage is cited as „§ 3 Abs. 1–3“ and the unit stands in the second."""
    citation, subsection = one.passage.citation, one.unit.subsection
    match = _ONE_PARAGRAPH.fullmatch(citation or "")
    return f"{match[1]} Abs. {subsection}" if match and subsection else citation
