"""Judges answers: questions with the sentence that answers them, and questions nothing here answers.

One half of the questions is for tuning, the other for testing; which is which stands in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

from indexes.answer.choose import Weights
from indexes.answer.quote import Quoted, quote
from indexes.embedder import Embedder
from indexes.search import SearchRequest
from quality.judged import JudgedSet, Written, parts_of, read_lines
from quality.shelf import Shelf, shelved, with_glossary

_ENOUGH = 0.9


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the documents one of which answers it and the sentence that does; neither if nothing does."""

    id: str
    part: str
    question: str
    documents: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How a part of the questions was answered.

    Units: `median_ms` is one question with its search, `extra_ms` what it takes more than the search alone; both are
    time of the asking thread on the processor, so what else the machine does counts for nothing.
    """

    part: str
    with_answer: int
    answered: int
    right: int
    without_answer: int
    abstained: int
    median_ms: float
    extra_ms: float

    @property
    def right_share(self) -> float:
        """Answers that hold the reference sentence, of all answers given to questions that have one."""
        return self.right / self.answered if self.answered else 0.0

    @property
    def abstention(self) -> float:
        """Questions without an answer to which none was given."""
        return self.abstained / self.without_answer if self.without_answer else 0.0


def read_asked(file: Path) -> list[Asked]:
    """Read judged questions; golden questions (`passage`, no part) count as tuning."""
    found = []
    for line in read_lines(file):
        documents = line.get("documents") or ([line["document"]] if line.get("document") else [])
        reference = line.get("reference") or line.get("passage") or ""
        found.append(Asked(line["id"], line.get("part", "tune"), line["question"], tuple(documents), reference))
    return found


@contextmanager
def answering(file: Path, asked: Sequence[Asked], embedder: Embedder, extra: Sequence[Written] = ()) -> Iterator[Shelf]:
    """The documents that lie beside the file, read in, with the glossary there."""
    folder = file.resolve().parent
    parts = parts_of(name for one in asked for name in one.documents)
    with shelved(JudgedSet(file.stem, (), (), folder, parts), embedder, extra) as shelf:
        with_glossary(shelf, folder)
        yield shelf


def judge_answers(file: Path, embedder: Embedder, weights: Weights, extra: Sequence[Written] = ()) -> list[Figures]:
    """Ask every question of the file as the service would; figures for each part."""
    asked = read_asked(file)
    with answering(file, asked, embedder, extra) as shelf:
        parts = sorted({one.part for one in asked})
        return [_figures(part, [one for one in asked if one.part == part], shelf, weights, embedder) for part in parts]


def _figures(part: str, asked: Sequence[Asked], shelf: Shelf, weights: Weights, embedder: Embedder) -> Figures:
    whole, searching = [], []
    answered = right = abstained = 0
    with shelf.sessions() as session:
        for one in asked:
            request = SearchRequest(one.question)
            started_s = thread_time()
            shelf.searcher.search(session, request, shelf.view())
            between_s = thread_time()
            found = quote(session, shelf.searcher, request, shelf.view(), weights, embedder)
            searching.append(1000 * (between_s - started_s))
            whole.append(1000 * (thread_time() - between_s))
            answered += bool(one.reference and found.quotes)
            right += bool(one.reference and is_right(one, found, shelf))
            abstained += not one.reference and not found.quotes
    count = sum(1 for one in asked if one.reference)
    extra_ms = sorted(both - alone for both, alone in zip(whole, searching, strict=True))[len(asked) // 2]
    return Figures(
        part, count, answered, right, len(asked) - count, abstained, sorted(whole)[len(asked) // 2], extra_ms
    )


def is_right(one: Asked, found: Quoted, shelf: Shelf) -> bool:
    """Whether one of the quotes is of a right document and holds the reference sentence."""
    return any(
        shelf.names[item.passage.document_id] in one.documents and holds(item.text, one.reference)
        for item in found.quotes
    )


def holds(text: str, reference: str) -> bool:
    """Nine of ten words of the reference, whatever stands between them."""
    said, wanted = set(_words(text)), _words(reference)
    return bool(wanted) and sum(word in said for word in wanted) >= _ENOUGH * len(wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def as_text(figures: Sequence[Figures]) -> str:
    """A line for each part."""
    head = f"{'Hälfte':<8}{'mit Antwort':>12}{'beantwortet':>12}{'davon richtig':>15}{'ohne Antwort':>14}"
    lines = [f"{head}{'geschwiegen':>18}{'CPU-ms':>8}{'davon Antwort':>15}"]
    for one in figures:
        right, silent = f"{one.right} = {one.right_share:.1%}", f"{one.abstained} = {one.abstention:.1%}"
        line = f"{one.part:<8}{one.with_answer:>12}{one.answered:>12}{right:>15}{one.without_answer:>14}{silent:>18}"
        lines.append(f"{line}{one.median_ms:>8.1f}{one.extra_ms:>15.1f}")
    return "\n".join(lines)


def as_json(figures: Sequence[Figures]) -> str:
    """The same for programs."""
    parts = {
        one.part: {
            "with_answer": one.with_answer, "answered": one.answered, "right": one.right,
            "without_answer": one.without_answer, "abstained": one.abstained,
            "median_ms": round(one.median_ms, 2), "extra_ms": round(one.extra_ms, 2),
        }
        for one in figures
    }  # fmt: skip
    return json.dumps({"parts": parts}, indent=1)
