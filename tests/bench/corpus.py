"""What speed is measured on: council papers as documents, and questions that were asked about such papers."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ingest.parse.element import Element, Parsed
from quality.judged import read_set

DATA = Path(__file__).parents[3] / "shared" / "data"
JUDGED = DATA / "eval" / "ratsanfragen"
"""Questions whose answers are known; the answers lie among the papers, so that every measurement can be judged."""
TRAIN = ("ratsunterlagen", "verwaltungsvorschriften", "gesetze")
PIECES_OF_A_DOCUMENT = 60
JUDGED_FOLDER = "anfragen"

Record = dict[str, str]


def read_records(name: str) -> Iterator[Record]:
    """The records of one of the training texts, as they stand in it."""
    with gzip.open(DATA / "train" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def council_papers() -> Iterator[tuple[str, list[Record]]]:
    """The council papers, each as its title and its pieces; very long ones in several parts."""
    papers: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in read_records("ratsunterlagen"):
        papers[record["title"], record["section"]].append(record)
    for (title, _), pieces in papers.items():
        for start in range(0, len(pieces), PIECES_OF_A_DOCUMENT):
            yield title, pieces[start : start + PIECES_OF_A_DOCUMENT]


def write_papers(folder: Path, passages: int) -> int:
    """Put about so many pieces into files, one for each paper, and answers to judged questions among them.

    Returns how many files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = files = 0
    for number, (title, pieces) in enumerate(council_papers()):
        if written >= passages:
            break
        write_paper(folder / f"{number:06d}.json", title, [piece["text"] for piece in pieces])
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
