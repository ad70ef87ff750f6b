"""Headings by their numbering: "§ 5 Höhe der Gebühr", "3.2.1 Ablauf", "Anlage 2", "Zweiter Abschnitt"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from ingest.parse.element import Element

PART_LEVEL: Final[int] = 3
SECTION_LEVEL: Final[int] = 6
_MAX_TITLE_CHARS: Final[int] = 110

PARAGRAPH: Final[re.Pattern[str]] = re.compile(
    r"^§\s*(\d{1,4})\s?([a-z])?(?![\w,)])[.:]?\s*(?:[-–—]\s+)?(.*)$", re.DOTALL
)
_ARTICLE: Final[re.Pattern[str]] = re.compile(r"^(?:Artikel|Art\.)\s+(\d{1,3}|[IVX]{1,5})\b[.:]?\s*(?:[-–—]\s+)?(.*)$")
_PART: Final[re.Pattern[str]] = re.compile(
    r"^(?:(Teil|Kapitel|Abschnitt|Unterabschnitt|Titel|Anlage|Anhang)(?:\s+(?:Nr\.\s*)?(?:\d{1,3}[a-z]?|[IVX]{1,5}|[A-H]))?"
    r"|(?:[IVX]{1,5}\.|\d{1,2}\.|Erste[rs]?|Zweite[rs]?|Dritte[rs]?|Vierte[rs]?|Fünfte[rs]?|Sechste[rs]?|Siebte[rs]?"
    r"|Achte[rs]?|Neunte[rs]?|Zehnte[rs]?)\s+(Teil|Kapitel|Abschnitt|Unterabschnitt|Titel))"
    r"(?=$|\s*[:.–—-]\s|\s+(?:zu[rm]?|der|des|[A-ZÄÖÜ„\"(]))[:.]?\s*(.*)$"
)
_DECIMAL: Final[re.Pattern[str]] = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){1,4}(?=\.?\s)|\d{1,2}(?=\.?\s))\.?\s+(\S.*)$")
_ROMAN: Final[re.Pattern[str]] = re.compile(r"^([IVX]{1,5}|[A-H])\.\s+(\S.*)$")
_PART_LEVELS: Final[dict[str, int]] = {
    "Anlage": 2,
    "Anhang": 2,
    "Teil": PART_LEVEL,
    "Kapitel": PART_LEVEL,
    "Abschnitt": PART_LEVEL + 1,
    "Titel": PART_LEVEL + 1,
    "Unterabschnitt": PART_LEVEL + 2,
}
# What follows "§ 5" when it is quoted in running text instead of being a heading.
_QUOTED: Final[re.Pattern[str]] = re.compile(
    r"^(?:(?:Abs|Absatz|Satz|S|Nr|Nummer|Ziff|Buchst|Halbsatz)\b"
    r"|[A-ZÄÖÜ][A-Za-zäöüß]{0,8}G[BO]?\b(?!\w)|[A-ZÄÖÜ]{2,6}(?:\s|$|,))"
)

UNIT: Final[re.Pattern[str]] = re.compile(
    r"(?:Euro?|EUR|€|Uhr|Jahre?n?|Monate?n?|Wochen?|Tage?n?|Stunden?|Minuten?|Prozent|Meter|Personen|Stück|Cent)\b"
)

Sort = Literal["paragraph", "article", "part", "decimal", "roman"]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line that is numbered like a heading; `number` and `suffix` only for § (7, "a"), `title` may be empty."""

    sort: Sort
    level: int
    title: str
    number: int = 0
    suffix: str = ""


def numbered(text: str) -> Numbered | None:
    """How this line is numbered, if at all; whether it is a heading is for the caller's further evidence."""
    line = " ".join(text.split())
    if len(line) > _MAX_TITLE_CHARS + 30:
        return None
    return _paragraph(line) or _part(line) or _outline(line)


def is_quotation(after: str) -> bool:
    """Whether what follows "§ 5" shows that the section is only mentioned: "Abs. 2", "HGO"."""
    return bool(_QUOTED.match(after))


def _paragraph(line: str) -> Numbered | None:
    if found := PARAGRAPH.match(line):
        title = found[3]
        if _QUOTED.match(title) or not _title_like(title):
            return None
        return Numbered("paragraph", SECTION_LEVEL, title, int(found[1]), found[2] or "")
    if (found := _ARTICLE.match(line)) and not _QUOTED.match(found[2]) and _title_like(found[2]):
        return Numbered("article", SECTION_LEVEL - 1, found[2])
    return None


def _part(line: str) -> Numbered | None:
    found = _PART.match(line)
    if found is None or not _title_like(found[3][:1].upper() + found[3][1:]):
        return None
    return Numbered("part", _PART_LEVELS[found[1] or found[2]], found[3])


def _outline(line: str) -> Numbered | None:
    if (found := _DECIMAL.match(line)) and _title_like(found[2]) and not UNIT.match(found[2]):
        return Numbered("decimal", SECTION_LEVEL + found[1].count("."), found[2])
    if (found := _ROMAN.match(line)) and _title_like(found[2]):
        return Numbered("roman", SECTION_LEVEL - 1, found[2])
    return None


def _title_like(title: str) -> bool:
    if not title:
        return True
    if title[-1] in ".,;:" and not title.endswith(("usw.", "etc.", "ff.", "u.a.", "u. a.")):
        return False
    return len(title) <= _MAX_TITLE_CHARS and (title[0].isupper() or title[0] in "(„\"'»[" or title[0].isdigit())


@dataclass(slots=True)
class Sequence:
    """The run of § through a document: a heading continues it, a quotation seldom does."""

    last: int = 0

    def continues(self, found: Numbered) -> bool:
        if found.suffix:
            return found.number in (self.last, self.last + 1)
        return found.number == self.last + 1 or (found.number == 1 and self.last > 1)

    def take(self, found: Numbered) -> None:
        self.last = found.number


def promote(elements: Iterable[Element]) -> list[Element]:
    """Turn paragraphs numbered like headings into titles, and join "§ 1" with the title on the next line.

    Styled titles keep their level. A § that neither continues the numbering nor stands alone stays text.
    """
    sequence = Sequence()
    result: list[Element] = []
    for element in elements:
        if result and _completes(result[-1], element):
            result[-1] = replace(result[-1], text=f"{result[-1].text} {_clean(element.text)}")
            continue
        result.append(_promoted(element, sequence))
    return result


def _promoted(element: Element, sequence: Sequence) -> Element:
    if element.kind == "table":
        return element
    found = numbered(element.text)
    if found is None:
        return element
    is_title = element.kind == "title"
    if found.sort == "paragraph":
        if not (is_title or sequence.continues(found) or (not found.title and found.number > sequence.last)):
            return element
        sequence.take(found)
    elif not is_title and found.sort not in ("part", "article"):
        return element
    if is_title:
        return replace(element, text=_clean(element.text))
    return Element("title", _clean(element.text), found.level, element.page, warnings=element.warnings)


def _completes(before: Element, after: Element) -> bool:
    """A "§ 1" alone on its line takes the short line below it as its title."""
    if before.kind != "title" or after.kind not in ("title", "text"):
        return False
    number = PARAGRAPH.match(before.text)
    if number is None or number[3]:
        return False
    line = _clean(after.text)
    return (
        len(line) <= _MAX_TITLE_CHARS and _title_like(line) and bool(line) and numbered(line) is None and line[0] != "("
    )


def _clean(text: str) -> str:
    return " ".join(text.split())
