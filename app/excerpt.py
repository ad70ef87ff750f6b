"""The part of a passage that is worth reading first, with what was found in it marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 480
LEAD = 80

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text, marked or not."""

    text: str
    marked: bool


def excerpt(text: str, highlights: Sequence[Span], longest: int = LONGEST) -> list[Segment]:
    """Cut `text` down to about `longest` characters around most of its highlights; an ellipsis stands for what is cut.

    Units: highlights are code points, end exclusive, in order and not overlapping.
    """
    start, end = window(text, highlights, longest)
    pieces = segments(text, highlights, start, end)
    dots = Segment(" … ", marked=False)
    return [*([dots] if start else []), *pieces, *([dots] if end < len(text) else [])]


def window(text: str, highlights: Sequence[Span], longest: int) -> Span:
    """Where to cut: the stretch that holds most highlights, between words."""
    if len(text) <= longest * 5 // 4:
        return 0, len(text)
    starts = [max(0, min(first - LEAD, len(text) - longest)) for first, _ in highlights] or [0]
    best = max(starts, key=lambda at: (sum(at <= a and b <= at + longest for a, b in highlights), -at))
    return between_words(text, best, forward=True), between_words(text, min(best + longest, len(text)), forward=False)


def between_words(text: str, at: int, *, forward: bool) -> int:
    """Move a cut out of the word it falls into; the ends of the text stay where they are."""
    if at in (0, len(text)):
        return at
    blank = text.find(" ", at) + 1 if forward else text.rfind(" ", 0, at)
    return blank if blank > 0 and abs(blank - at) < LEAD else at


def segments(text: str, highlights: Sequence[Span], start: int, end: int) -> list[Segment]:
    """Split `text[start:end]` where highlights begin and end."""
    found: list[Segment] = []
    at = start
    for first, last in highlights:
        if first < at or last > end:
            continue
        found += [Segment(text[at:first], marked=False), Segment(text[first:last], marked=True)]
        at = last
    return [segment for segment in [*found, Segment(text[at:end], marked=False)] if segment.text]
