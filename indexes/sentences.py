"""Where German sentences end: "nach § 4 Abs. 2 am 3. Mai" is none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"'“”«»)\]]*\s+(?=[\"'„“»«(\[]*[A-ZÄÖÜ0-9§])")
# What stands before a full stop that ends no sentence: ordinals, single letters, and what statutes abbreviate.
_ABBREVIATED: Final = re.compile(
    r"(?:\b\d{1,2}|\b\w|\b(?:Abs|Art|Nr|Ziff|Buchst|S|Satz|bzw|ggf|vgl|etc|usw|ca|inkl|evtl|Dr|Prof|St|Str|Tel|Hr|Fr|Az"
    r"|Anl|Bd|Kap|max|min|gem|sog|i\. ?V|z\. ?B|d\. ?h|u\. ?a|o\. ?g|i\. ?d\. ?R))\.$"
)


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends, without the white space around it."""
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if not _ABBREVIATED.search(text[start : end.start()]):
            yield from _trimmed(text, start, end.end())
            start = end.end()
    yield from _trimmed(text, start, len(text))


def split_sentences(text: str) -> list[str]:
    """The sentences themselves."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
