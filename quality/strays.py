"""Judges when „Nichts gefunden“ is said: `python -m quality.strays samples/fremd.jsonl SET…`.

The first file holds questions that have nothing to do with any town hall. They are asked of the documents of each set,
and so are the questions of the set itself, which must never be told that nothing was found.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from indexes.embedder import Embedder, load_embedder
from indexes.search import SearchRequest
from quality.judged import JudgedSet, read_lines, read_set
from quality.shelf import Shelf, shelved, with_glossary


@dataclass(frozen=True, slots=True)
class Stray:
    """A question nothing answers: of which half, of which kind."""

    part: str
    kind: str
    question: str


@dataclass(frozen=True, slots=True)
class Told:
    """How many strays of each half were told that nothing was found, and which questions of the set were."""

    set_name: str
    strays: dict[str, tuple[int, int]]
    questions: int
    wronged: tuple[str, ...]


def read_strays(file: Path) -> list[Stray]:
    """Read a file of such questions."""
    return [Stray(line["part"], line["stray"], line["question"]) for line in read_lines(file)]


def judge_strays(strays: Sequence[Stray], judged: JudgedSet, embedder: Embedder) -> Told:
    """Ask everything of the documents of one set."""
    with shelved(judged, embedder) as shelf:
        with_glossary(shelf, judged.folder)
        with shelf.sessions() as session:
            empty = set(_told_nothing([one.question for one in strays], session, shelf))
            wronged = _told_nothing([query.text for query in judged.queries], session, shelf)
            return Told(judged.name, _by_part(strays, empty), len(judged.queries), tuple(wronged))


def _told_nothing(questions: Iterable[str], session: Session, shelf: Shelf) -> list[str]:
    searcher, view = shelf.searcher, shelf.view()
    return [one for one in questions if searcher.search(session, SearchRequest(one), view).only_similar]


def _by_part(strays: Sequence[Stray], empty: set[str]) -> dict[str, tuple[int, int]]:
    parts = {part: [one for one in strays if one.part == part] for part in dict.fromkeys(one.part for one in strays)}
    return {part: (sum(one.question in empty for one in several), len(several)) for part, several in parts.items()}


def as_text(figures: Sequence[Told]) -> str:
    """A line for each set, and the questions that were wronged."""
    lines = []
    for one in figures:
        strays = ", ".join(f"{part} {told} von {asked}" for part, (told, asked) in one.strays.items())
        lines.append(
            f"{one.set_name}: nichts gefunden bei {strays} fremden, {len(one.wronged)} von {one.questions} eigenen"
        )
        lines += [f"  zu Unrecht: {question}" for question in one.wronged]
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.strays", description="Prüft „Nichts gefunden“.")
    parser.add_argument("strays", type=Path, metavar="FREMDE")
    parser.add_argument("sets", type=Path, nargs="+", metavar="PFAD")
    parser.add_argument("--model", default="schnell")
    options = parser.parse_args()
    embedder, strays = load_embedder(options.model), read_strays(options.strays)
    print(as_text([judge_strays(strays, read_set(path), embedder) for path in options.sets]))


if __name__ == "__main__":
    main()
