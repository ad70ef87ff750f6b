"""Find answered questions in official papers: a reply repeats each question before it answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from quality.train.corpus import Answer, Section
from quality.train.words import split

# "1.", "Zu 2:", "Antwort zu Frage 3)", "b)", "Frage:" in front of a question or of an answer.
_MARK = re.compile(
    r"(?:(?:Antwort(?:en)?\s+)?zu\.?\s+)?(?:(?:Frage|Ziffer|Punkt|Nr\.)\s+)?\(?(?P<label>\d{1,2}|[A-Za-z])\s?[.:)]+:?\s+"
    r"|(?:Frage|Anfrage|Antwort)\s?:\s+",
    re.IGNORECASE,
)
# What a section's heading calls a paper that answers another one.
_REPLY = re.compile(r"stellungnahme|antwort", re.IGNORECASE)
# Lines end, and a numbered item begins anew behind the end of a sentence.
_BREAK = re.compile(r"\s*\n\s*|(?<=[.?!:“\"])\s+(?=(?:(?:Antwort\s+)?zu\s+|Frage\s+)*\d{1,2}\s?[.)]:?\s+[A-ZÄÖÜ„])")
_SENTENCE = re.compile(r"(?<=[?!])\s+(?=[^\W_a-zäöü]|[„\"(–-])|(?<=[a-zäöüß)“\"]\.)\s+(?=[A-ZÄÖÜ„\"(])")
# In words, and in characters.
_LONGEST_QUESTION, _SHORTEST_QUESTION, _SHORTEST_ANSWER, _LONGEST_ANSWER = 80, 4, 12, 400
_LONGEST_LINE = 300


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of a paper: its number, "" where it has none; the question it begins with; what it says besides."""

    label: str
    question: str
    rest: str


def answered(sections: Sequence[Section], known: Sequence[Answer] = (), judged: Iterable[str] = ()) -> Iterator[Answer]:
    """Questions with the answers that replies give right behind them, one reply after the other.

    Left out: questions that are `known` already or came before, and answers that begin like one of the texts the
    model is `judged` by.
    """
    questions = {_beginning(answer.question) for answer in known}
    texts = {_beginning(text) for text in judged}
    for (title, kind), parts in groupby(sections, key=lambda section: (section.title, section.heading)):
        if not _REPLY.search(kind):
            continue
        for question, text in _inside(_items("\n".join(part.text for part in parts))):
            if _beginning(question) not in questions and _beginning(text) not in texts:
                questions.add(_beginning(question))
                yield Answer(title, question, text)


def _beginning(text: str) -> str:
    return " ".join(split(text)[:12])


def _items(text: str) -> list[_Item]:
    found: list[_Item] = []
    for line in _joined([line for line in _BREAK.split(text) if line.strip()]):
        mark = _MARK.match(line)
        label = (mark["label"] or "").lower() if mark else ""
        question, rest = _leading_question(line[mark.end() :] if mark else line, introduced=bool(label))
        found.append(_Item(label, question, rest))
    return found


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Lines again, those put together that one numbered question runs over."""
    waiting = ""
    for line in lines:
        if waiting and (len(waiting) > _LONGEST_LINE or _MARK.match(line)):
            yield waiting
            waiting = ""
        waiting = f"{waiting} {line}".strip()
        if not _MARK.match(waiting) or "?" in waiting or waiting[-1] in ".!":
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def _leading_question(line: str, *, introduced: bool) -> tuple[str, str]:
    """The question or questions a line begins with, and the rest; a numbered one may explain itself first."""
    sentences = _SENTENCE.split(line)
    last = -1
    for place, sentence in enumerate(sentences):
        if len(split(" ".join(sentences[: place + 1]))) > _LONGEST_QUESTION:
            break
        if sentence.endswith("?"):
            last = place
        elif last >= 0 or not introduced:
            break
    return " ".join(sentences[: last + 1]), " ".join(sentences[last + 1 :])


def _inside(items: Sequence[_Item]) -> Iterator[tuple[str, str]]:
    """Questions with what stands behind them, up to the next question or the next number."""
    asked: list[str] = []
    answer: list[str] = []
    number = ""
    for item in [*items, _Item("", "?", "")]:
        follows = bool(item.label) and item.label == _next(number)
        if item.question or (follows and answer):
            if asked and answer:
                yield from _pair(" ".join(asked), " ".join(answer))
                asked = []
            answer = [item.rest] if item.rest else []
            number = item.label or number
            # the answer behind several questions is taken for one to the last two of them
            asked = [*asked[-1:], item.question] if item.question else []
        elif item.rest:
            answer.append(item.rest)


def _next(label: str) -> str:
    if label.isdigit():
        return str(int(label) + 1)
    return chr(ord(label) + 1) if label else ""


def _pair(question: str, answer: str) -> Iterator[tuple[str, str]]:
    if len(split(question)) >= _SHORTEST_QUESTION and len(split(answer)) >= _SHORTEST_ANSWER:
        yield question, " ".join(answer.split()[:_LONGEST_ANSWER])
