"""Writes down which words German texts use: `python -m quality.known TEXTS… --write`.

Only words that are written small are taken, so that no name is among them; and of those only their stems.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from indexes.german import stem_of
from indexes.known import TABLE
from quality.judged import read_lines

_FIELDS = ("text", "question", "de")
_USED = 5
# Between blanks and signs of a sentence: an address holds names written small.
_SMALL = re.compile(r"(?<![^\s(„])[a-zäöüß]{5,40}(?=[.,;:!?)“]*(?:\s|$))")


def small_words(files: Iterable[Path]) -> Counter[str]:
    """How often each word stands in the texts, written small."""
    counts: Counter[str] = Counter()
    for file in files:
        for record in read_lines(file):
            for field in _FIELDS:
                counts.update(_SMALL.findall(record.get(field, "")))
    return counts


def stems(counts: Counter[str]) -> Iterator[str]:
    """The stems of the words that are no slips of the pen, in alphabetical order, each once."""
    used: Counter[str] = Counter()
    for word, count in counts.items():
        used[stem_of(word)] += count
    yield from sorted(stem for stem, count in used.items() if count >= _USED)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.known", description="Wörter, die deutsch sind.")
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXTE")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = list(stems(small_words(options.texts)))
    print(f"{len(found)} Stämme")
    if options.write:
        TABLE.write_text("\n".join(found) + "\n", "utf-8")


if __name__ == "__main__":
    main()
