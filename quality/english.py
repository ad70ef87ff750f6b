"""Writes down what English words mean in German, as the model sees them: `python -m quality.english TEXTS… --write`.

`python -m quality.english --judge QUESTIONS DOCUMENTS` measures it: two BEIR folders with the same ids of documents.

A word of the model's vocabulary that German texts hardly use is taken for English; its German meanings are the words of
those texts that lie nearest. Only those words and numbers are kept, no text.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from indexes.embedder import Embedder, load_embedder
from indexes.english import TABLE
from indexes.german import STOP_WORDS
from indexes.search import SearchRequest
from indexes.static import StaticEmbedder, Vectors
from quality.judged import JudgedSet, read_lines, read_set
from quality.shelf import shelved

_TEXTS = 40_000
_USED, _PER_MILLION = 20, 3.0
_SHORTEST = 3
_LIKE, _BEHIND, _MOST = 0.5, 0.2, 3
_BATCH = 512
_WORD = re.compile(r"[a-zäöüß]+")


def german_counts(files: Iterable[Path]) -> Counter[str]:
    """How often each word stands in the first texts of each file."""
    counts: Counter[str] = Counter()
    for file in files:
        for record in islice(read_lines(file), _TEXTS):
            counts.update(_WORD.findall(record["text"].lower()))
    return counts


def meanings(model: StaticEmbedder, counts: Counter[str]) -> Iterator[tuple[str, list[str]]]:
    """Each English word with one to three German ones, the nearest first."""
    rare = _PER_MILLION * counts.total() / 1_000_000
    whole = sorted(word for word in model.tokenizer.get_vocab() if word.isalpha() and len(word) >= _SHORTEST)
    german = [word for word in whole if counts[word] >= _USED and word not in STOP_WORDS]
    english = [word for word in whole if counts[word] <= rare and word.isascii()]
    there = model.encode_documents(german)
    for start in range(0, len(english), _BATCH):
        part = english[start : start + _BATCH]
        for word, likes in zip(part, model.encode_documents(part) @ there.T, strict=True):
            nearest = nearest_of(likes, german)
            if nearest:
                yield word, nearest


def nearest_of(likes: Vectors, words: Sequence[str]) -> list[str]:
    """The words that are like enough, and hardly less than the best one.

    Shapes: `likes` (len(words),) float32, cosines.
    """
    order = likes.argsort()[::-1][:_MOST]
    least = max(_LIKE, float(likes[order[0]]) - _BEHIND)
    return [words[place] for place in order if likes[place] >= least]


def across(questions: JudgedSet, documents: JudgedSet, embedder: Embedder) -> tuple[float, float]:
    """The share of questions whose right document comes first, and of those that have it among the first ten."""
    first = among = 0
    with shelved(documents, embedder) as shelf, shelf.sessions() as session:
        searcher, view = shelf.searcher, shelf.view()
        for query in questions.queries:
            found = searcher.search(session, SearchRequest(query.text, per_document=1), view).passages
            right = [shelf.names[passage.document_id] in query.relevant for passage in found]
            first, among = first + any(right[:1]), among + any(right)
    return first / len(questions.queries), among / len(questions.queries)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.english", description="Englische Wörter und ihr Deutsch.")
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXTE")
    parser.add_argument("--judge", action="store_true", help="zwei BEIR-Ordner: Fragen und Dokumente")
    parser.add_argument("--model", type=Path, default=Path("indexes/models/schnell"))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.judge:
        questions, documents = map(read_set, options.texts)
        first, among = across(questions, documents, load_embedder(str(options.model)))
        print(f"{first:.3f} zuerst, {among:.3f} unter den ersten zehn")
        return
    found = meanings(StaticEmbedder(options.model), german_counts(options.texts))
    lines = [f"{word} {' '.join(german)}" for word, german in found]
    print(f"{len(lines)} Wörter")
    if options.write:
        TABLE.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
