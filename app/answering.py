"""From a question to what the documents say: the same for programs, for the page, and for whoever writes it up."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy.orm import Session

from app.asking import search_request
from app.chat import ChatModel
from app.present import answer_sentence
from app.schemas import Answer, AnswerParameters, SearchParameters
from app.wiring import QUERY_THREADS, Archive
from app.writing import write
from catalogue.access import Reader
from catalogue.errors import ModelSilent
from catalogue.view import View
from catalogue.views import Views
from indexes.answer.choose import shipped
from indexes.answer.quote import Quote, Quoted, quote
from indexes.embedder import Embedder
from indexes.search import Searcher

log = logging.getLogger(__name__)

JUDGE = "schnell"
NOTHING = "Dazu steht nichts Belastbares in den Dokumenten."


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers: what searches, what compares sentences, and the language model that writes answers up, if any."""

    searcher: Searcher
    embedder: Embedder
    model: ChatModel | None = None


def answerer_of(opened: Archive, searcher: Searcher) -> Answerer:
    """Sentences are always compared by the model that the weights of answers were learnt with, as it came."""
    settings, embedder = opened.settings, opened.tools.embedder(JUDGE, QUERY_THREADS)
    if not settings.llm_url:
        return Answerer(searcher, embedder)
    chat = ChatModel(settings.llm_url, settings.llm_model, settings.llm_key, settings.llm_timeout_s)
    return Answerer(searcher, embedder, chat)


def quoted(session: Session | None, answerer: Answerer, asked: AnswerParameters, view: View) -> Quoted:
    """Quote what answers.

    Raises: BadInput and NotKnown as `search_request` and `Searcher.search` do.
    """
    request = search_request(session, SearchParameters(**asked.model_dump()), view)
    return quote(session, answerer.searcher, request, view, shipped(), answerer.embedder)


def answered(
    found: Quoted, answerer: Answerer, asked: AnswerParameters, started_s: float, written: Sequence[Quote] = ()
) -> Answer:
    """The answer as it is sent: what was written, else what was quoted, else that there is nothing."""
    sentences = written or found.quotes
    return Answer(
        query=asked.q,
        generation=str(answerer.searcher.generation_id),
        took_ms=round((perf_counter() - started_s) * 1000, 1),
        kind="written" if written else "quoted" if sentences else "none",
        text=" ".join(sentence.text for sentence in sentences) or NOTHING,
        sentences=[answer_sentence(sentence) for sentence in sentences],
        did_you_mean=found.results.did_you_mean or None,
        as_of=found.results.as_of,
    )


def quoted_answer(session: Session | None, answerer: Answerer, asked: AnswerParameters, view: View) -> Answer:
    """The answer in the documents' own words, at once: what a page shows.

    Raises: BadInput and NotKnown as `quoted` does.
    """
    started_s = perf_counter()
    return answered(quoted(session, answerer, asked, view), answerer, asked, started_s)


def begun(views: Views, answerer: Answerer, asked: AnswerParameters, reader: Reader) -> Iterator[Quote | Answer]:
    """Quote what answers, now; the parts are worked out as they are asked for, as `answer_parts` does.

    Raises: BadInput as `search_request` does; OperationalError as `Views.look` does.
    """
    started_s = perf_counter()
    found = views.look(reader, lambda session, view: quoted(session, answerer, asked, view))
    return answer_parts(answerer, found, asked, started_s)


def answer_parts(
    answerer: Answerer, found: Quoted, asked: AnswerParameters, started_s: float
) -> Iterator[Quote | Answer]:
    """Each sentence as the language model writes it, and at the end the answer that counts.

    That one is in the documents' own words where the model says nothing, or nothing that can be relied on.
    """
    written: list[Quote] = []
    if answerer.model is not None and found.results.passages:
        try:
            for sentence in write(answerer.model, asked.q, found.results.passages, answerer.embedder):
                written.append(sentence)
                yield sentence
        except ModelSilent as error:
            log.warning("the language model was not used: %s", error)
            written = []
    yield answered(found, answerer, asked, started_s, written)


def last(parts: Iterator[Quote | Answer]) -> Answer:
    """The answer that counts."""
    *_, answer = parts
    assert isinstance(answer, Answer)
    return answer


def events(parts: Iterator[Quote | Answer]) -> Iterator[str]:
    """An event stream: `sentence` for each sentence, `answer` for what counts in the end, whatever came before.

    Source: WHATWG HTML, "Server-sent events".
    """
    for part in parts:
        if isinstance(part, Answer):
            yield f"event: answer\ndata: {part.model_dump_json()}\n\n"
        else:
            yield f"event: sentence\ndata: {answer_sentence(part).model_dump_json()}\n\n"
