"""A file cut up: what can be known of its passages without the catalogue and without their vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from indexes.static import token_counter
from ingest.chunk import ChunkDraft, CountTokens, chunk_elements
from ingest.parse.element import Parsed, Parser
from ingest.signature import Signature, signature_of


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages of a file, none if it says nothing, and the sketch of their text."""

    passages: tuple[ChunkDraft, ...]
    signature: Signature | None


def cut_up(parsed: Parsed, count_tokens: CountTokens) -> Cut:
    """Make passages of a file's elements."""
    passages = tuple(chunk_elements(parsed, count_tokens=count_tokens))
    return Cut(passages, signature_of(one.text for one in passages))


def cutting(parse: Parser, tokenizer: Path) -> Parser:
    """The same parser, only that it hands on passages in the place of elements.

    Raises: BadModel when there is no such tokenizer.
    """
    count_tokens = token_counter(tokenizer)

    def read(path: Path, name: str) -> Parsed:
        parsed = parse(path, name)
        return replace(parsed, elements=(), cut=cut_up(parsed, count_tokens))

    return read
