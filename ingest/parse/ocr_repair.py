"""Tesseract's German model seldom knows the § sign: it reads "§ 5" as "85", "8 5", "& 5" or "$ 5". Put it back.

In running text what follows decides ("85 Abs. 2"), at the start of a line the numbering of the sections so far.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ingest.parse.headings import UNIT, is_quotation
from ingest.parse.pdf_lines import Line

_AFTER: Final[str] = r"(?:Abs(?:\.|atz)|Nr\.|Satz|Ziff\.|HGO|BauGB|KAG|GG|BGB|AO|der\b|des\b|dieser\b)"
_QUOTED: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(?<!\S)(\(?)(?:8[8&$S]|\$\$|&&)\s?(?=\d{1,3}[a-z]?(?:,| und| bis| ff))"), r"\1§§ "),
    (re.compile(rf"(?<!\S)(\(?)[8&$S]\s?(?=\d{{1,3}}[a-z]? {_AFTER})"), r"\1§ "),
    (re.compile(r"(?<!\S)(\(?)\$\s?(?=\d)"), r"\1§ "),
    (re.compile(r"\b(in|im|des|nach|gemäß|gem\.|zu|von|aus|und) &\s?(?=\d{1,3}\b)"), r"\1 § "),
)
_HEADING: Final[re.Pattern[str]] = re.compile(r"^\W{0,2}(?:8&|[8&$S§]{1,2})\s?(\d{1,2})\s?([a-z]?)(?:[.:]?\s+(\D.*))?$")
_BARE: Final[re.Pattern[str]] = re.compile(r"^(\d{1,2})\s+([A-ZÄÖÜ][\wäöüß]{3,}.*)$")
_SUBSECTION: Final[re.Pattern[str]] = re.compile(r"^\((\d{1,2})\)")
_HALF_BRACKET: Final[re.Pattern[str]] = re.compile(r"^([1-9B])\)\s+([A-ZÄÖÜ].*)$")
_MAX_TITLE_CHARS: Final[int] = 90
_KEY_CHARS: Final[int] = 10
_NO_LETTERS: Final[re.Pattern[str]] = re.compile(r"[^a-zäöüß]")


@dataclass(slots=True)
class _Sections:
    """The sections met so far; `titles` tell a second § 1 after a table of contents from a stray number."""

    last: int = 0
    titles: set[str] = field(default_factory=set)
    subsection: int = 0
    counts_with_brackets: bool = False

    def take(self, number: int, title: str, *, jump: int) -> bool:
        """Whether this can be the next section; `jump` sections may have been missed."""
        key = _NO_LETTERS.sub("", title.casefold())[:_KEY_CHARS]
        follows = self.last < number <= self.last + 1 + (jump if self.last else 0)
        if not follows and not (number == 1 and key and key in self.titles):
            return False
        self.last = number
        self.titles.add(key)
        self.subsection, self.counts_with_brackets = 0, False
        return True

    def subsection_of(self, text: str) -> str | None:
        """The line with the bracket that was not seen: "2) Die Gebühr" after "(1)", or where the (1) got lost too."""
        if found := _SUBSECTION.match(text):
            self.subsection = int(found[1])
        found = _HALF_BRACKET.match(text)
        if found is None or not self.last or self.counts_with_brackets:
            return None
        number = 3 if found[1] in "8B" and self.subsection == 2 else int(found[1]) if found[1].isdigit() else 0
        self.counts_with_brackets = number == 1
        if number < 2 or number not in (self.subsection + 1, 2):
            return None
        self.subsection = number
        return f"({number}) {found[2]}"


def repaired(lines: Sequence[Line]) -> list[Line]:
    """The lines of recognised pages, in reading order through the document, with their § signs."""
    sections = _Sections()
    texts = (_repaired(line.text, sections) for line in lines)
    return [replace(line, text=text) for line, text in zip(lines, texts, strict=True)]


def _repaired(text: str, sections: _Sections) -> str:
    return _heading(text, sections) or _quotations(sections.subsection_of(text) or text)


def _quotations(text: str) -> str:
    for pattern, sign in _QUOTED:
        text = pattern.sub(sign, text)
    return text


def _heading(text: str, sections: _Sections) -> str | None:
    if len(text) > _MAX_TITLE_CHARS or text.endswith((",", ";")):
        return None
    if found := _HEADING.match(text):
        number, suffix, title = int(found[1]), found[2], found[3] or ""
        fits = not title or (title[0].isupper() and not is_quotation(title) and not UNIT.match(title))
        return f"§ {number}{suffix} {title}".strip() if fits and sections.take(number, title, jump=2) else None
    if (found := _BARE.match(text)) and sections.last and not text.endswith("."):
        return f"§ {found[1]} {found[2]}" if sections.take(int(found[1]), found[2], jump=0) else None
    return None
