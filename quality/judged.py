"""What search is judged by: documents, questions, and which documents answer them."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from catalogue.errors import BadInput


@dataclass(frozen=True, slots=True)
class Written:
    """A document given as text; `title` is what its file would have stated."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question; `passage` is the sentence that answers it, if the set goes that deep."""

    id: str
    text: str
    relevant: dict[str, int]
    passage: str = ""


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Documents as texts, or as files below `folder` in the parts named; relevance is keyed by id or by path."""

    name: str
    queries: tuple[Query, ...]
    written: tuple[Written, ...] = ()
    folder: Path | None = None
    parts: tuple[str, ...] = ()


def read_set(path: Path) -> JudgedSet:
    """A BEIR folder, or a file of golden questions that lies beside its documents.

    Raises: BadInput when the path is neither.
    """
    if (path / "corpus.jsonl").is_file() and (path / "queries.jsonl").is_file():
        return read_beir(path)
    if path.suffix == ".jsonl" and path.is_file():
        return read_golden(path)
    raise BadInput(
        f"„{path}“ ist kein Prüfsatz.",
        "Erwartet wird ein Ordner mit corpus.jsonl, queries.jsonl und qrels.tsv, oder eine .jsonl-Datei mit Fragen.",
    )


def read_beir(folder: Path) -> JudgedSet:
    """Read the BEIR layout; questions without any judged document are left out, as is usual.

    Raises: BadInput when the judgements are missing.
    """
    qrels = next((p for p in (folder / "qrels.tsv", folder / "qrels" / "test.tsv") if p.is_file()), None)
    if qrels is None:
        raise BadInput(f"In „{folder}“ fehlt qrels.tsv.", "Ohne Urteile lässt sich nichts messen.")
    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    for line in qrels.read_text("utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) == 3 and fields[2].strip().lstrip("-").isdigit():
            relevant[fields[0]][fields[1]] = int(fields[2])
    written = tuple(Written(d["_id"], d.get("title") or "", d["text"]) for d in read_lines(folder / "corpus.jsonl"))
    queries = tuple(
        Query(q["_id"], q["text"], relevant[q["_id"]])
        for q in read_lines(folder / "queries.jsonl")
        if any(grade > 0 for grade in relevant.get(q["_id"], {}).values())
    )
    return JudgedSet(folder.resolve().name, queries, written)


def read_golden(file: Path) -> JudgedSet:
    """Read golden questions; those that no document answers are left out here."""
    queries = []
    for line in read_lines(file):
        documents = line.get("documents") or ([line["document"]] if line.get("document") else [])
        if documents:
            queries.append(Query(line["id"], line["question"], dict.fromkeys(documents, 1), line.get("passage") or ""))
    parts = parts_of(name for query in queries for name in query.relevant)
    return JudgedSet(file.resolve().stem, tuple(queries), folder=file.resolve().parent, parts=parts)


def read_distractors(file: Path, count: int) -> tuple[Written, ...]:
    """The first `count` documents that grow when sections of the same title are put together, as Markdown."""
    sections: dict[str, list[str]] = defaultdict(list)
    for record in read_lines(file):
        heading = f"## {record['section']}\n\n" if record.get("section") else ""
        sections[record["title"]].append(heading + record["text"])
    chosen = islice(sections.items(), count)
    return tuple(
        Written(f"distractor-{number}", title, f"# {title}\n\n" + "\n\n".join(parts))
        for number, (title, parts) in enumerate(chosen)
    )


Sort = Literal["search", "everyday", "answers", "support"]


def sort_of(path: Path) -> Sort:
    """What a set judges: its first line tells."""
    first = next(read_lines(path), {}) if path.suffix == ".jsonl" and path.is_file() else {}
    if "kind" in first:
        return "everyday"
    if "sentence" in first:
        return "support"
    return "answers" if "part" in first else "search"


def parts_of(documents: Iterable[str]) -> tuple[str, ...]:
    """The folders these documents lie in, in order."""
    return tuple(sorted({name.split("/")[0] for name in documents}))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Each line of a file of JSON lines, packed or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            if line.strip():
                yield json.loads(line)
