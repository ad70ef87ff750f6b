from __future__ import annotations

import pytest

from tests.bench.corpus import JUDGED
from tests.bench.judging import judged, name_of, ndcg

needs_judgements = pytest.mark.skipif(not JUDGED.is_dir(), reason="the judged questions are not here")


def test_answers_go_by_their_id_and_other_papers_by_where_they_came_from() -> None:
    assert name_of("anfragen/ka-36986-0.json") == "ka-36986-0"
    assert name_of("000017.json") == "000017.json"


@needs_judgements
def test_the_right_document_first_is_worth_one_and_what_is_missing_nothing() -> None:
    right = [list(query.relevant) for query in judged().queries]
    assert ndcg(right) == [1.0, 1.0, 1.0]
    assert ndcg([["000017.json"] for _ in right]) == [0.0, 0.0, 0.0]


@needs_judgements
def test_a_document_found_by_two_of_its_passages_takes_one_place() -> None:
    right = [list(query.relevant) for query in judged().queries]
    repeated = [["000017.json"] * 9 + documents for documents in right]
    assert ndcg(repeated)[0] == pytest.approx(ndcg([["000017.json", *documents] for documents in right])[0])
    assert ndcg(repeated)[0] > 0.5
