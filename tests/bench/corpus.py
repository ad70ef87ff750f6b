"""What speed is measured on: council papers as documents, and beyond them as many others as are wanted."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from ingest.parse.element import Element, Parsed
from quality.judged import read_set

DATA = Path(__file__).parents[3] / "shared" / "data"
JUDGED = DATA / "eval" / "ratsanfragen"
"""Questions whose answers are known; the answers lie among the papers, so that every measurement can be judged."""
TRAIN = {"ratsunterlagen": ("title", "section"), "verwaltungsvorschriften": ("title",), "gesetze": ("title",)}
"""The texts, and what makes a paper of their pieces."""
STRIDE = 7_919
PIECES_OF_A_DOCUMENT = 60
JUDGED_FOLDER = "anfragen"

Record = dict[str, str]
Paper = tuple[str, list[str]]


def read_records(name: str) -> Iterator[Record]:
    """The records of one of the training texts, as they stand in it."""
    with gzip.open(DATA / "train" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def training_papers() -> Iterator[Paper]:
    """The training texts, each as its title and its pieces; very long ones in several parts. Council papers first."""
    for name, parted_by in TRAIN.items():
        papers: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for record in read_records(name):
            papers[tuple(record[key] for key in parted_by)].append(record["text"])
        for (title, *_), pieces in papers.items():
            for start in range(0, len(pieces), PIECES_OF_A_DOCUMENT):
                yield title, pieces[start : start + PIECES_OF_A_DOCUMENT]


def with_variations(papers: Iterable[Paper]) -> Iterator[Paper]:
    """These papers, and then without end new ones whose pieces are made of the halves of two pieces each."""
    known = []
    for paper in papers:
        known.append(paper)
        yield paper
    for turn in count(1):
        for number, (title, pieces) in enumerate(known):
            _, others = known[(number + turn * STRIDE) % len(known)]
            yield title, [halves(piece, others[place % len(others)]) for place, piece in enumerate(pieces)]


def halves(first: str, second: str) -> str:
    """The beginning of one text and the end of another."""
    begun, ended = first.split(), second.split()
    return " ".join([*begun[: (len(begun) + 1) // 2], *ended[len(ended) // 2 :]])


def write_papers(folder: Path, passages: int) -> int:
    """Put about so many pieces into files, one for each paper, and answers to judged questions among them.

    Returns how many files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = files = 0
    for number, (title, pieces) in enumerate(with_variations(training_papers())):
        if written >= passages:
            break
        write_paper(folder / f"{number:06d}.json", title, pieces)
        written, files = written + len(pieces), files + 1
    (folder / JUDGED_FOLDER).mkdir()
    for answer in read_set(JUDGED).written:
        write_paper(folder / JUDGED_FOLDER / f"{answer.id}.json", answer.title, [answer.text])
        files += 1
    return files


def write_paper(path: Path, title: str, pieces: list[str]) -> None:
    """One file that `parse_paper` reads."""
    path.write_text(json.dumps({"title": title, "pieces": pieces}, ensure_ascii=False), "utf-8")


def parse_paper(path: Path, _name: str) -> Parsed:
    """What the parser makes of such a file: its pieces as paragraphs, without any work worth mentioning."""
    paper = json.loads(path.read_bytes())
    elements = tuple(Element("text", text) for text in paper["pieces"])
    return Parsed(elements, title=paper["title"], media_type="text/plain")
