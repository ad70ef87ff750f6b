"""What people said about what they were shown, gathered by question: the same question is often asked again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.schemas import REASONS
from catalogue.feedback import Remark

SHOWN_QUESTIONS, SHOWN_COMMENTS, SHOWN_BARRIERS = 50, 5, 20
WITHOUT_REASON = "ohne Grund"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was said about one document as an answer to one question; `day` is the last one, comments newest first."""

    question: str
    title: str | None
    helpful: int
    unhelpful: int
    reasons: Sequence[tuple[str, int]]
    comments: Sequence[str]
    day: date


@dataclass(frozen=True, slots=True)
class Barrier:
    """Something somebody could not use."""

    comment: str
    day: date


@dataclass(frozen=True, slots=True)
class Opinions:
    """Everything that is shown, the latest first, and how much there is in all."""

    helpful: int
    unhelpful: int
    questions: Sequence[Opinion]
    barriers: Sequence[Barrier]
    more: int


def gathered(remarks: Sequence[Remark]) -> Opinions:
    """Gather remarks, which come the latest first."""
    on_passages: dict[tuple[str, int | None], list[Remark]] = defaultdict(list)
    for remark in remarks:
        if remark.feedback.subject == "passage":
            on_passages[remark.feedback.question or "", remark.feedback.document_id].append(remark)
    verdicts = Counter(bool(one.feedback.helpful) for several in on_passages.values() for one in several)
    return Opinions(
        helpful=verdicts[True],
        unhelpful=verdicts[False],
        questions=[opinion_of(several) for several in list(on_passages.values())[:SHOWN_QUESTIONS]],
        barriers=list(barriers(remarks))[:SHOWN_BARRIERS],
        more=max(0, len(on_passages) - SHOWN_QUESTIONS),
    )


def opinion_of(remarks: Sequence[Remark]) -> Opinion:
    """One line of the table; `remarks` are about one document and one question, and at least one."""
    latest, helpful = remarks[0], sum(bool(one.feedback.helpful) for one in remarks)
    reasons = Counter(reason_text(one.feedback.reason) for one in remarks if not one.feedback.helpful)
    return Opinion(
        question=latest.feedback.question or "",
        title=latest.title,
        helpful=helpful,
        unhelpful=len(remarks) - helpful,
        reasons=reasons.most_common(),
        comments=[one.feedback.comment for one in remarks if one.feedback.comment][:SHOWN_COMMENTS],
        day=latest.feedback.day,
    )


def reason_text(reason: str | None) -> str:
    """Why something did not help, in words."""
    return REASONS.get(reason or "", WITHOUT_REASON)


def barriers(remarks: Iterable[Remark]) -> Iterable[Barrier]:
    """The remarks on the pages themselves."""
    return (
        Barrier(one.feedback.comment or "", one.feedback.day) for one in remarks if one.feedback.subject == "barriere"
    )
