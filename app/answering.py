"""From a question to what the documents say: the same for programs, for the page, and for whoever writes it up."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from sqlalchemy.orm import Session

from app.asking import search_request
from app.present import answer_sentence
from app.schemas import Answer, AnswerParameters, SearchParameters
from catalogue.access import Reader
from indexes.answer.choose import shipped
from indexes.answer.quote import Quote, Quoted, quote
from indexes.search import Searcher

NOTHING = "Dazu steht nichts Belastbares in den Dokumenten."


def quoted(session: Session, searcher: Searcher, asked: AnswerParameters, reader: Reader) -> Quoted:
    """Quote what answers.

    Raises: BadInput as `search_request` does.
    """
    request = search_request(session, SearchParameters(**asked.model_dump()), reader)
    return quote(session, searcher, request, reader, shipped())


def answered(
    found: Quoted, searcher: Searcher, asked: AnswerParameters, started_s: float, written: Sequence[Quote] = ()
) -> Answer:
    """The answer as it is sent: what was written, else what was quoted, else that there is nothing."""
    sentences = written or found.quotes
    return Answer(
        query=asked.q,
        generation=str(searcher.generation_id),
        took_ms=round((perf_counter() - started_s) * 1000, 1),
        kind="written" if written else "quoted" if sentences else "none",
        text=" ".join(sentence.text for sentence in sentences) or NOTHING,
        sentences=[answer_sentence(sentence) for sentence in sentences],
        did_you_mean=found.results.did_you_mean or None,
    )


def quoted_answer(session: Session, searcher: Searcher, asked: AnswerParameters, reader: Reader) -> Answer:
    """The answer in the documents' own words.

    Raises: BadInput as `search_request` does.
    """
    started_s = perf_counter()
    return answered(quoted(session, searcher, asked, reader), searcher, asked, started_s)
