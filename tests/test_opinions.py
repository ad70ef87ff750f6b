"""Remarks are gathered by question and document, the latest first, and never more than a page holds."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.opinions import SHOWN_COMMENTS, SHOWN_QUESTIONS, gathered
from catalogue.feedback import Remark
from catalogue.tables import Feedback


def said(question: str, **more: Any) -> Remark:
    known = {"day": date(2026, 3, 2), "subject": "passage", "question": question, "document_id": 1, "helpful": False}
    return Remark(Feedback(**(known | more)), "Urlaubsordnung")


def test_one_line_for_each_question_and_document() -> None:
    found = gathered([said("a"), said("b"), said("a", helpful=True), said("a", document_id=2)])
    assert [(line.question, line.helpful, line.unhelpful) for line in found.questions] == [
        ("a", 1, 1),
        ("b", 0, 1),
        ("a", 0, 1),
    ]
    assert (found.helpful, found.unhelpful) == (1, 3)


def test_reasons_are_counted_the_most_frequent_first() -> None:
    remarks = [said("a"), said("a", reason="veraltet"), said("a", reason="veraltet"), said("a", helpful=True)]
    (line,) = gathered(remarks).questions
    assert line.reasons == [("Der Stand ist veraltet", 2), ("ohne Grund", 1)]


def test_what_a_page_does_not_hold_is_counted() -> None:
    many = [said(str(number)) for number in range(SHOWN_QUESTIONS + 3)]
    found = gathered([*many, *(said("0", comment="kurz") for _ in range(SHOWN_COMMENTS + 2))])
    assert (len(found.questions), found.more) == (SHOWN_QUESTIONS, 3)
    assert len(found.questions[0].comments) == SHOWN_COMMENTS


def test_barriers_stand_apart() -> None:
    found = gathered([said("", subject="barriere", helpful=None, comment="zu klein")])
    assert [barrier.comment for barrier in found.barriers] == ["zu klein"]
    assert found.questions == []
