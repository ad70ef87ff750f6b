"""Elements cut into the smallest pieces a passage is made of: sentences, list items, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from indexes.sentences import split_sentences
from ingest.parse.element import Element, Kind

_SUBSECTION: Final[re.Pattern[str]] = re.compile(r"^\((\d{1,3}[a-z]?)\)")
_TABLE_ROW: Final[re.Pattern[str]] = re.compile(r"^<tr>.*</tr>$", re.MULTILINE)


class Unit(NamedTuple):
    """A piece that is kept whole where it fits; `paragraph` numbers the paragraph, list item or table it is from.

    `subsection` is the number of the Absatz it stands in, `header` the table's header row as (text, html). A text has
    so many of them that a dataclass would cost a tenth of cutting it up.
    """

    text: str
    tokens: int
    kind: Kind
    paragraph: int
    page: int | None = None
    sheet: str | None = None
    row: int | None = None
    html: str | None = None
    header: tuple[str, str] | None = None
    subsection: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading path, the topmost heading first."""

    path: tuple[str, ...]
    units: tuple[Unit, ...]


@dataclass(slots=True)
class _Open:
    """A heading whose section is being read; `used` once something below it was kept."""

    title: Element
    used: bool = False


def sections_of(elements: Sequence[Element]) -> list[Section]:
    """Group by heading path; a heading with nothing below it becomes the text of its own section."""
    result: list[Section] = []
    stack: list[_Open] = []
    body: list[Element] = []
    for element in elements:
        if element.kind != "title":
            body.append(element)
            continue
        _close_body(result, stack, body)
        body = []
        _close_headings(result, stack, element.level)
        stack.append(_Open(element))
    _close_body(result, stack, body)
    _close_headings(result, stack, 0)
    return result


def _close_body(result: list[Section], stack: Sequence[_Open], body: Sequence[Element]) -> None:
    if body:
        result.append(Section(_path(stack), tuple(_units(body))))
        for heading in stack:
            heading.used = True


def _close_headings(result: list[Section], stack: list[_Open], level: int) -> None:
    while stack and stack[-1].title.level >= level:
        heading = stack.pop()
        if heading.used:
            continue
        title = heading.title
        lone = Unit(title.text, 0, "text", 0, title.page, title.sheet, warnings=title.warnings)
        result.append(Section(_path(stack), (lone,)))
        for above in stack:
            above.used = True


def _path(stack: Sequence[_Open]) -> tuple[str, ...]:
    """The headings above; one that repeats another (a cover, and the title again) is named once."""
    return tuple({heading.title.text.casefold(): heading.title.text for heading in stack}.values())


def _units(body: Sequence[Element]) -> Iterator[Unit]:
    subsection: str | None = None
    for number, element in enumerate(body):
        if element.kind == "table":
            yield from _rows(element, number, subsection)
            continue
        if element.kind == "text" and (found := _SUBSECTION.match(element.text)):
            subsection = found[1]
        for sentence in _sentences(element.text):
            yield Unit(
                sentence,
                0,
                element.kind,
                number,
                element.page,
                element.sheet,
                row=element.rows[0] if element.rows else None,
                subsection=subsection,
                warnings=element.warnings,
            )


def _sentences(text: str) -> list[str]:
    return [sentence for line in text.split("\n") for sentence in split_sentences(line)]


def _rows(element: Element, number: int, subsection: str | None) -> Iterator[Unit]:
    lines = element.text.split("\n")
    html = _TABLE_ROW.findall(element.html or "")
    matched = len(html) == len(lines)
    header = (lines[0], html[0]) if matched and "<thead>" in (element.html or "") else None
    skip = 1 if header else 0
    for place, line in enumerate(lines[skip:]):
        yield Unit(
            line,
            0,
            "table",
            number,
            element.page,
            element.sheet,
            row=element.rows[0] + place if element.rows else None,
            html=html[place + skip] if matched else None,
            header=header,
            subsection=subsection,
            warnings=element.warnings,
        )


def counted(sections: Sequence[Section], counts: Sequence[int]) -> list[Section]:
    """The same sections with the token counts of their units, given in order."""
    remaining = iter(counts)
    return [
        Section(section.path, tuple(unit._replace(tokens=next(remaining)) for unit in section.units))
        for section in sections
    ]


def divided(unit: Unit, max_tokens: int) -> list[Unit]:
    """A sentence or row that is longer than a passage, cut between words into pieces of about equal length."""
    if unit.tokens <= max_tokens:
        return [unit]
    words = unit.text.split(" ")
    pieces = min(-(-unit.tokens // max_tokens), len(words))
    step = -(-len(words) // pieces)
    share = -(-unit.tokens // pieces)
    return [
        unit._replace(text=" ".join(words[start : start + step]), tokens=share, html=None)
        for start in range(0, len(words), step)
    ]
