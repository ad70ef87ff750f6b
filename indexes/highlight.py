"""Marks in a passage the words a question was found by."""

from __future__ import annotations

from indexes.german import Question, located


def highlights(question: Question, text: str) -> list[tuple[int, int]]:
    """Where words of the text share a stem or a compound part with the question, in reading order, merged.

    Units: code points, end exclusive.
    """
    wanted = set(question.terms)
    marks: list[tuple[int, int]] = []
    for offset, found in located(text):
        for word in found:
            if wanted.isdisjoint(word.terms):
                continue
            start, end = offset + word.start, offset + word.end
            if marks and start < marks[-1][1]:
                marks[-1] = (marks[-1][0], max(marks[-1][1], end))
            else:
                marks.append((start, end))
    return marks
