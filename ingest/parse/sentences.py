"""Splits German text into sentences and words, in the place where `unstructured` asks spaCy to.

spaCy itself is not installed. Nothing here would use its models, and it brings a package that is called `catalogue`
like one of ours: whichever of the two comes first on the path, the other's users break.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from indexes.sentences import split_sentences

_WORD: Final = re.compile(r"\w+(?:[-'’]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a sentence; no part of speech is ever known."""

    text: str
    tag_: str = ""


class Doc:
    """The part of spaCy's `Doc` that `unstructured` reads."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __iter__(self) -> Iterator[Piece]:
        return (Piece(found.group()) for found in _WORD.finditer(self.text))

    @property
    def sents(self) -> Iterator[Piece]:
        """The sentences, without the white space between them."""
        return (Piece(sentence) for sentence in split_sentences(self.text))


class German:
    """The part of spaCy's `Language` that `unstructured` reads."""

    lang: Final = "de"
    max_length: Final = 2_000_000

    def __call__(self, text: str) -> Doc:
        return Doc(text)


def import_without_spacy() -> ModuleType:
    """Import `unstructured.nlp.tokenize`, the only module that imports spaCy, with an empty one in its place."""
    missing = "spacy" not in sys.modules
    if missing:
        sys.modules["spacy"] = ModuleType("spacy")
    try:
        from unstructured.nlp import tokenize
    finally:
        if missing:
            del sys.modules["spacy"]
    return tokenize
