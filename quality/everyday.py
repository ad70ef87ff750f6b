"""Judges whether questions are understood as people type them: `stadtwissen eval samples/alltag.jsonl`.

Each question is of a kind (compounds, glossary, slips, …) and counts as answered when one of the first three passages,
or the very first where a place in a statute was named, is of the right document and holds the right words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexes.embedder import Embedder
from indexes.search import Passage, SearchRequest
from quality.judged import JudgedSet, Written, parts_of, read_lines
from quality.shelf import Shelf, shelved, with_glossary

_FIRST = {"paragraf": 1}
_TOP = 3


@dataclass(frozen=True, slots=True)
class Everyday:
    """A question, the documents one of which answers it, words the passage holds, and words nothing shown may hold."""

    id: str
    kind: str
    question: str
    documents: tuple[str, ...]
    passage: str
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """How many questions of a kind were answered; `missed` names the others."""

    kind: str
    asked: int
    answered: int
    missed: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Answered of asked."""
        return self.answered / self.asked if self.asked else 0.0


def read_everyday(file: Path) -> list[Everyday]:
    """Read a file of such questions."""
    return [
        Everyday(
            line["id"],
            line["kind"],
            line["question"],
            tuple(line["documents"]),
            line["passage"],
            line.get("absent", ""),
        )
        for line in read_lines(file)
    ]


def judge_everyday(file: Path, embedder: Embedder, distractors: Sequence[Written] = ()) -> list[Share]:
    """Read the documents in that lie beside the file, with the glossary there, and ask every question."""
    asked = read_everyday(file)
    folder = file.resolve().parent
    parts = parts_of(name for one in asked for name in one.documents)
    with shelved(JudgedSet(file.stem, (), (), folder, parts), embedder, distractors) as shelf:
        with_glossary(shelf, folder)
        answered = {one.id: is_answered(one, shelf) for one in asked}
    kinds = dict.fromkeys(one.kind for one in asked)
    return [_share(kind, [one.id for one in asked if one.kind == kind], answered) for kind in kinds]


def _share(kind: str, ids: Sequence[str], answered: dict[str, bool]) -> Share:
    missed = tuple(one for one in ids if not answered[one])
    return Share(kind, len(ids), len(ids) - len(missed), missed)


def is_answered(one: Everyday, shelf: Shelf) -> bool:
    """Search as the service does."""
    with shelf.sessions() as session:
        found = shelf.searcher.search(session, SearchRequest(one.question), shelf.view()).passages
    if one.absent and any(re.search(rf"\b{re.escape(one.absent)}\b", _plain(passage.text)) for passage in found):
        return False
    return any(_answers(one, passage, shelf) for passage in found[: _FIRST.get(one.kind, _TOP)])


def _answers(one: Everyday, passage: Passage, shelf: Shelf) -> bool:
    return shelf.names[passage.document_id] in one.documents and _plain(one.passage) in _plain(passage.text)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def as_text(shares: Sequence[Share]) -> str:
    """A line for each kind."""
    lines = [f"{'Art':<14}{'Fragen':>8}{'gefunden':>10}{'Anteil':>9}"]
    for one in shares:
        lines.append(f"{one.kind:<14}{one.asked:>8}{one.answered:>10}{one.rate:>9.1%}")
        if one.missed:
            lines.append(f"  nicht gefunden: {', '.join(one.missed)}")
    return "\n".join(lines)


def as_json(shares: Sequence[Share]) -> str:
    """The same for programs."""
    kinds = {one.kind: {"asked": one.asked, "answered": one.answered, "missed": one.missed} for one in shares}
    return json.dumps({"kinds": kinds}, ensure_ascii=False, indent=1)
