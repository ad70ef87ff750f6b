"""Marks in a passage the words a question was found by."""

from __future__ import annotations

from indexes.german import Question, words


def highlights(question: Question, text: str) -> list[tuple[int, int]]:
    """Where words of the text share a stem or a compound part with the question, in reading order, merged.

    Units: code points, end exclusive.
    """
    wanted = set(question.terms)
    marks: list[tuple[int, int]] = []
    for word in words(text):
        if wanted.isdisjoint(word.terms):
            continue
        if marks and word.start < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], word.end))
        else:
            marks.append((word.start, word.end))
    return marks
