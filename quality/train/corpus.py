"""Read the training folder: gzip JSON lines whose fields, not whose names, say what a file holds."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue.errors import BadInput

_TAG = re.compile(r"<[^>]{1,300}>")


@dataclass(frozen=True, slots=True)
class Section:
    """A passage under its heading in a titled document; passages of one document follow each other."""

    source: int
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question somebody asked and the passage that answers it."""

    title: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """All there is to learn from; `sources` are the names of the files the sections came from.

    `entries` are words and phrases of a dictionary, German and English.
    """

    sources: list[str]
    sections: list[Section]
    answers: list[Answer]
    synonyms: list[tuple[str, ...]]
    sentences: list[tuple[str, str]]
    entries: Sequence[tuple[str, str]] = ()


def read(folder: Path) -> Corpus:
    """Read every *.jsonl.gz of the folder, in the order of their names.

    Raises: BadInput when the folder holds no sections, which nothing can be learnt without.
    """
    found = Corpus([], [], [], [], [])
    for file in sorted(folder.glob("*.jsonl.gz")):
        before = len(found.sections)
        for record in records(file):
            _sort_in(record, found, len(found.sources))
        if len(found.sections) > before:
            found.sources.append(file.name)
    if not found.sections:
        raise BadInput(f"Im Ordner „{folder}“ liegen keine Trainingstexte.", "Erwartet werden Dateien *.jsonl.gz.")
    return found


def _sort_in(record: dict[str, Any], corpus: Corpus, source: int) -> None:
    if "synonyms" in record:
        corpus.synonyms.append(tuple(record["synonyms"]))
    elif "en" in record:
        corpus.sentences.append((record["de"], record["en"]))
    elif "question" in record:
        corpus.answers.append(Answer(record["title"], record["question"], record["text"]))
    elif record.get("text"):
        corpus.sections.append(_section(source, record))


def records(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of one gzip file, decoded."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _section(source: int, record: dict[str, Any]) -> Section:
    text = record["text"]
    # some statutes keep their tables as HTML: the cells are text, the tags would become tokens
    text = _TAG.sub(" ", text) if "<" in text else text
    return Section(source, record.get("title", ""), record.get("section", ""), text)
