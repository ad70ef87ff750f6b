"""What is meant by what was typed: other names, from the glossary and elsewhere, slips of the pen, statutes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from catalogue.view import View
from indexes.english import translated
from indexes.german import Question, also, ask
from indexes.glossary import key_of, look_up
from indexes.lexical import LexicalIndex
from indexes.parlance import common_names
from indexes.spelling import corrected
from indexes.statute import Reference, reference_in

_OTHER_NAMES = 0.8
_MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is asked of the indexes; `did_you_mean` is how it should have been typed, "" if it was."""

    question: Question
    did_you_mean: str
    reference: Reference | None


def understand(session: Session | None, view: View, text: str, lexical: LexicalIndex) -> Understood:
    """Read a query as the people of this town hall would; without a session slips of the pen stay."""
    question, did_you_mean = ask(text), ""
    if session is not None:
        question, did_you_mean = corrected(session, view.reader, question, lexical)
    meant = did_you_mean or question.text
    for name in dict.fromkeys([*look_up(session, view, meant), *common_names(meant)][:_MOST_NAMES]):
        question = also(question, name, _OTHER_NAMES / max(1, len(key_of(name).split())))
    question = translated(question, lexical)
    return Understood(question, did_you_mean, reference_in(text))
