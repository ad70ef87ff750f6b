"""Marks in passages the words a question was found by."""

from __future__ import annotations

from indexes.german import Question, placed, token_words


class Highlighter:
    """Looks at each different token of the passages once: they are about the same and share most of their words."""

    def __init__(self, question: Question) -> None:
        self._wanted = question.terms.keys()
        self._known: dict[str, tuple[tuple[int, int], ...]] = {}

    def marks(self, text: str) -> list[tuple[int, int]]:
        """Where words of the text share a stem or a compound part with the question, in reading order, merged.

        Units: code points, end exclusive.
        """
        marks: list[tuple[int, int]] = []
        for offset, token in placed(text):
            for first, last in self._in_token(token):
                start, end = offset + first, offset + last
                if marks and start < marks[-1][1]:
                    marks[-1] = (marks[-1][0], max(marks[-1][1], end))
                else:
                    marks.append((start, end))
        return marks

    def _in_token(self, token: str) -> tuple[tuple[int, int], ...]:
        found = self._known.get(token)
        if found is None:
            words = token_words(token)
            found = tuple((word.start, word.end) for word in words if not self._wanted.isdisjoint(word.terms))
            self._known[token] = found
        return found
