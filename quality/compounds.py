"""Learns from German texts which words compounds are made of: `python -m quality.compounds TEXTS… --write`.

A frequent word is a part where another word is made of it and of a second one („Hundesteuer“, „Steuerbescheid“).
Persons' names are left out.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from indexes.compounds import LINKS, PARTS, SHORTEST_PART, fold
from indexes.german import STOP_WORDS
from quality.judged import read_lines
from quality.train.names import surnames

_FIELDS = ("title", "section", "text", "question", "de")
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{3,40}(?![^\W_])")
# Nouns as short as an ending. Not beside a hyphen, where half a word may stand, unless it is „Wohn- und“; nor before a
# full stop that ends no sentence.
_NOUN = re.compile(
    r"(?<![\w-])[A-ZÄÖÜ][a-zäöüß]{2,3}"
    r"(?:(?![\w-]|\.\s?[\da-zäöü§,;)])|(?=-(?:,| ?/| und | oder | sowie | bzw)))"
)
_NOUN_SHARE = 0.35
_PREFIXES = frozenset({"ent", "miss", "ver", "zer"})  # „Ver- und Entsorgung“
_SHORT = 4  # up to here a part must be a noun or frequent: „lich“ and „nis“ end words that are no compounds
_FREQUENT = 400
_LONGEST_PART = 17
_USED = 30
_BOUND = 3.0  # an ending stands in more words than it stands alone: „ungen“, „schaft“
_SEEN = 3  # rarer words are slips of the pen more often than compounds


def used_words(texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each folded word stands in the texts, and how often each short one as a noun."""
    words, nouns = Counter[str](), Counter[str]()
    for text in texts:
        words.update(_WORD.findall(text))
        nouns.update(_NOUN.findall(text))
    return _folded(words), _folded(nouns)


def _folded(counts: Counter[str]) -> Counter[str]:
    folded = Counter[str]()
    for word, count in counts.items():
        folded[fold(word.lower())] += count
    return folded


def compound_parts(words: Counter[str], nouns: Counter[str], names: Collection[str]) -> Iterator[tuple[str, int]]:
    """The folded parts with their counts, in alphabetical order.

    Source: Koehn and Knight, "Empirical Methods for Compound Splitting", EACL 2003: parts are words the corpus knows.
    """
    hidden = {fold(name) for name in names} | {fold(word) for word in STOP_WORDS} | _PREFIXES
    able = {
        word
        for word, count in words.items()
        if count >= _USED
        and SHORTEST_PART <= len(word) <= _LONGEST_PART
        and word.isascii()
        and word not in hidden
        and (len(word) > _SHORT or _is_short_part(word, count, nouns[word]))
    }
    made = Counter[str]()
    for word, count in words.items():
        if count >= _SEEN:
            made.update({part for halves in _halves(word, able) for part in halves})
    yield from sorted((word, words[word]) for word in able if 0 < made[word] <= _BOUND * words[word])


def _is_short_part(word: str, used: int, as_noun: int) -> bool:
    return as_noun >= _NOUN_SHARE * used or (len(word) == _SHORT and used >= _FREQUENT)


def _halves(word: str, able: Collection[str]) -> Iterator[tuple[str, str]]:
    """The ways to cut a word into two of the able ones, with or without a link between them."""
    for end in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        if word[:end] in able:
            for link in ("", *LINKS.get(word[end], ())):
                if word.startswith(link, end) and word[end + len(link) :] in able:
                    yield word[:end], word[end + len(link) :]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.compounds", description="Teile von Zusammensetzungen.")
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXTE")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    records = [record for file in options.texts for record in read_lines(file)]
    names = surnames(record["text"] for record in records if "section" in record)
    words, nouns = used_words(record.get(field, "") for record in records for field in _FIELDS)
    found = list(compound_parts(words, nouns, names))
    print(f"{len(found)} Teile")
    if options.write:
        PARTS.write_text("".join(f"{part} {count}\n" for part, count in found), "ascii")


if __name__ == "__main__":
    main()
