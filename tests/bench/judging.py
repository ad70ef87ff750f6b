"""How good an order of passages is: questions whose answers are known, asked among all the other papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath

from quality.judged import JudgedSet, read_set
from quality.metrics import interval, per_query
from tests.bench.corpus import JUDGED, JUDGED_FOLDER

MEASURE = "nDCG@10"


@cache
def judged() -> JudgedSet:
    """Councillors' questions, with the passages that answer them."""
    return read_set(JUDGED)


def name_of(source: str) -> str:
    """What the judgements call a document: its id, or for papers that nobody judged where it came from."""
    path = PurePosixPath(source)
    return path.stem if path.parent.name == JUDGED_FOLDER else source


def ndcg(run: Sequence[Iterable[str]]) -> list[float]:
    """The mean over all questions, and its 95 % interval; `run` has the documents found for each, best passage first.

    A document is as good as its best passage.
    """
    queries = judged().queries
    found: Mapping[str, Sequence[str]] = {
        query.id: list(dict.fromkeys(documents)) for query, documents in zip(queries, run, strict=True)
    }
    values = per_query({query.id: query.relevant for query in queries}, found)[MEASURE]
    sure = interval(list(values.values()))
    return [round(one, 3) for one in (sure.mean, sure.low, sure.high)]
