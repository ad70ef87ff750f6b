"""Lines become headings, paragraphs and list items."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.parse.element import Element, Kind
from ingest.parse.headings import PART_LEVEL, SECTION_LEVEL, Numbered, numbered
from ingest.parse.headings import Sequence as Numbering
from ingest.parse.pdf_lines import Line
from ingest.parse.pdf_page import HYPHEN
from ingest.parse.pdf_tables import Table, with_tables

DOUBTFUL: Final[str] = "Texterkennung unsicher: bitte mit dem Original vergleichen."
_DOUBTFUL_SHARE: Final[float] = 0.25
_LARGER: Final[float] = 1.12
_MAX_HEADING_CHARS: Final[int] = 120
_LIST_ITEM: Final[re.Pattern[str]] = re.compile(
    r"^(?:[•▪■●○◦‣\uf0b7\uf0a7\uf02d–—→➢✓*-]\s|\d{1,2}(?:\.\d{1,2}){0,2}[.)]\s|[a-z]{1,2}[.)]\s|[ivx]{1,4}[.)]\s|\d{1,2}\.\d{1,2}\s+[A-ZÄÖÜ])"
)
_SUBSECTION: Final[re.Pattern[str]] = re.compile(r"^\(\d{1,2}[a-z]?\)\s?")
_BULLET: Final[re.Pattern[str]] = re.compile(r"^[▪■●○◦‣\uf0b7\uf0a7\uf02d➢✓*]\s*")
_KEEPS_HYPHEN: Final[tuple[str, ...]] = ("und", "oder", "bzw.", "sowie", "als", "bis")
_STATUTE: Final[re.Pattern[str]] = re.compile(
    r"^(?:\d\. )?(?:[\wäöüß-]*satzung|[\wäöüß-]*ordnung|Richtlinien?|Dienstanweisung|Dienstvereinbarung)\b",
    re.IGNORECASE,
)
_SENTENCE_START: Final[re.Pattern[str]] = re.compile(r"^(?:Auf ?grund|Gemäß|Nach|Die|Der|Das|In|Hiermit|\()\b")
_TITLE_PLACE: Final[int] = 6
# Recognised leaders of a table of contents are dots that turn into letters: "....nnesnsennen 7".
_LEADER: Final[re.Pattern[str]] = re.compile(r"\s*(?:(?:\.\s?){4,}\s*\d{1,4}|(?:\.\s?){3,}[a-zäöüß .:]{8,}\d{0,4})$")
_TITLE_REST: Final[re.Pattern[str]] = re.compile(r"^(?:für|über|zur|zum|der|des|im|betreffend|vom|von|nach)\s")
_DANGLING: Final[re.Pattern[str]] = re.compile(
    r"\s(?:für|über|von|vom|zur|zum|im|in|nach|und|oder|sowie|mit|der|die|das|den|dem|des)$"
)
_MAX_TITLE_LINES: Final[int] = 4
_MAX_STATUTE_LINES: Final[int] = 7
_CONTENTS: Final[re.Pattern[str]] = re.compile(r"^Inhalt(?:s(?:verzeichnis|übersicht|angabe))?:?$", re.IGNORECASE)
_LOWEST_LEVEL: Final[int] = 9


@dataclass(frozen=True, slots=True)
class _Look:
    """How the document's running text looks, against which headings stand out."""

    size: float
    mostly_bold: bool
    leading: float


@dataclass(slots=True)
class _Draft:
    kind: Kind
    lines: list[Line]
    found: Numbered | None = None
    level: int = 0
    table: Table | None = None


@dataclass(slots=True)
class _Builder:
    look: _Look
    drafts: list[_Draft] = field(default_factory=list)
    numbering: Numbering = field(default_factory=Numbering)

    def add(self, line: Line, after: Line | None) -> None:
        last = self.drafts[-1] if self.drafts else None
        found = numbered(line.text)
        if last is not None and last.kind == "title" and self._continues_title(last, line, found):
            last.lines.append(line)
        elif self._is_heading(line, found, last, after):
            if found is not None and found.sort == "paragraph":
                self.numbering.take(found)
            self.drafts.append(_Draft("title", [line], found))
        elif last is not None and last.kind in ("text", "list") and not self._starts_paragraph(line, last):
            last.lines.append(line)
        else:
            self.drafts.append(_Draft("list" if _LIST_ITEM.match(line.text) else "text", [line]))

    def _is_heading(self, line: Line, found: Numbered | None, last: _Draft | None, after: Line | None) -> bool:
        if not _may_be_heading(line):
            return False
        if found is not None and found.sort == "paragraph":
            return self._is_section(line, found, last)
        stands_out = self._stands_out(line)
        if found is not None and found.sort in ("part", "article"):
            return stands_out or self._is_free(line, last)
        if not stands_out or line.text[0].islower():
            return self._opens_statute(line)
        return self._is_unnumbered(line, found, last, after)

    def _opens_statute(self, line: Line) -> bool:
        """A scan shows no weight and hardly a size: a statute's title is known by its words and its place."""
        early = len(self.drafts) < _TITLE_PLACE and not any(draft.kind == "title" for draft in self.drafts)
        return early and bool(_STATUTE.match(line.text)) and line.text[-1] not in ".:" and _is_short(line)

    def _is_section(self, line: Line, found: Numbered, last: _Draft | None) -> bool:
        if self._stands_out(line) or (not found.title and len(line.text) < 9):
            return True
        return self.numbering.continues(found) and self._is_free(line, last)

    def _is_unnumbered(self, line: Line, found: Numbered | None, last: _Draft | None, after: Line | None) -> bool:
        larger = line.size >= _LARGER * self.look.size
        if line.text.endswith(".") and not (larger and len(line.text) < 60):
            return False
        if larger:
            return True
        if _LIST_ITEM.match(line.text) and (found is None or found.sort not in ("decimal", "roman")):
            return False
        alone = line.above > 0.25 * line.size or self._is_free(line, last)
        bold_goes_on = after is not None and after.bold and len(line.text) > 70 and after.page == line.page
        return alone and not bold_goes_on

    def _stands_out(self, line: Line) -> bool:
        return line.size >= _LARGER * self.look.size or (line.bold and not self.look.mostly_bold)

    def _is_free(self, line: Line, last: _Draft | None) -> bool:
        """Nothing above it runs on into this line."""
        if last is None or last.kind in ("title", "table"):
            return True
        return line.above > 0.3 * line.size or _is_complete(last.lines[-1])

    def _continues_title(self, last: _Draft, line: Line, found: Numbered | None) -> bool:
        if found is not None or len(line.text) > _MAX_HEADING_CHARS:
            return False
        if _LEADER.search(line.text) or _CONTENTS.match(line.text):
            return False
        if self._completes_statute(last, line):
            return True
        return len(last.lines) < _MAX_TITLE_LINES and self._is_second_line(last, line)

    def _is_second_line(self, last: _Draft, line: Line) -> bool:
        before = last.lines[-1]
        if last.found is not None and last.found.sort == "paragraph" and not last.found.title and len(last.lines) == 1:
            return not _SUBSECTION.match(line.text) and line.text[-1] not in ".,;:" and len(line.text) <= 110
        if last.lines[0].page == line.page == 1 and self._runs_on_as_title(last, line):
            return True
        same_look = line.bold == before.bold and abs(line.size - before.size) < 0.6 and self._stands_out(line)
        return same_look and line.page == before.page and line.above < 0.9 * line.size

    def _completes_statute(self, last: _Draft, line: Line) -> bool:
        """Below "Satzung", with space between: "für die Freiwillige Feuerwehr der", "Gemeinde Bad Muster"."""
        before = last.lines[-1]
        if not _STATUTE.match(last.lines[0].text) or line.page != before.page or last.found is not None:
            return False
        if len(last.lines) >= _MAX_STATUTE_LINES or line.above > 2.2 * line.size or line.text[-1] in ".;:":
            return False
        return bool(_TITLE_REST.match(line.text) or _DANGLING.search(before.text))

    def _runs_on_as_title(self, last: _Draft, line: Line) -> bool:
        is_statute = last is self.drafts[0] or len(self.drafts) < _TITLE_PLACE
        if not is_statute or not _STATUTE.match(last.lines[0].text) or _SENTENCE_START.match(line.text):
            return False
        return line.above < 0.9 * line.size and line.text[-1] not in ".,;:" and _is_short(line)

    def _starts_paragraph(self, line: Line, last: _Draft) -> bool:
        before = last.lines[-1]
        if _SUBSECTION.match(line.text) or _LIST_ITEM.match(line.text):
            return True
        if line.page != before.page:
            return _is_complete(before) and not line.text[0].islower()
        if line.above > max(0.6 * line.size, self.look.leading + 0.3 * line.size):
            return True
        if abs(line.size - before.size) > 0.25 * before.size and line.bold != before.bold:
            return True
        return _breaks_early(before, line) and not line.text[0].islower()


def _may_be_heading(line: Line) -> bool:
    text = line.text
    if len(text) > _MAX_HEADING_CHARS or not any(char.isalpha() or char == "§" for char in text):
        return False
    return not _LEADER.search(text) and not text.endswith((",", ";", HYPHEN)) and len(line.cells) <= 3


def elements_of(pages: Iterable[Sequence[Line]]) -> list[Element]:
    """Assemble the document: headings with levels, paragraphs with their lines joined, list items."""
    lines = _without_contents([line for page in pages for line in page])
    if not lines:
        return []
    builder = _Builder(_look(lines))
    items = list(with_tables(lines))
    for item, after in zip(items, [*items[1:], None], strict=True):
        if isinstance(item, Table):
            builder.drafts.append(_Draft("table", [], table=item))
        else:
            builder.add(item, after if isinstance(after, Line) else None)
    _set_levels(builder.drafts, builder.look)
    elements: list[Element] = []
    for draft in builder.drafts:
        before = elements[-1] if elements else None
        elements.append(draft.table.element(before) if draft.table else _element(draft))
    return elements


def _look(lines: Sequence[Line]) -> _Look:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    bold = sum(len(line.text) for line in lines if line.bold)
    gaps = sorted(line.above for line in lines if line.above < 40)
    return _Look(sizes.most_common(1)[0][0], bold > 0.5 * sizes.total(), gaps[len(gaps) // 2] if gaps else 0.0)


def _without_contents(lines: list[Line]) -> list[Line]:
    """Drop a table of contents: lines with leaders whose text stands again as a line of its own further on."""
    texts = {line.text.strip() for line in lines}
    listed = [line for line in lines if _LEADER.search(line.text)]
    repeated = {id(line) for line in listed if _LEADER.sub("", line.text).strip() in texts}
    if len(repeated) < 3 or len(repeated) < 0.5 * len(listed):
        return lines
    return [line for line in lines if id(line) not in repeated]


def _set_levels(drafts: Sequence[_Draft], look: _Look) -> None:
    """Numbering gives the level; an unnumbered heading takes that of numbered ones that look alike, else by size."""
    titles = [draft for draft in drafts if draft.kind == "title"]
    known: dict[tuple[int, bool], int] = {}
    for draft in titles:
        if draft.found is not None:
            draft.level = draft.found.level
            known.setdefault(_style(draft.lines[0]), draft.level)
    larger = sorted(
        {_style(d.lines[0])[0] for d in titles if d.found is None and d.lines[0].size >= _LARGER * look.size}
    )
    ranks = {size: max(1, min(len(larger), PART_LEVEL) - place) for place, size in enumerate(larger)}
    for draft in titles:
        if _CONTENTS.match(draft.lines[0].text):
            draft.level = _LOWEST_LEVEL  # nothing stands below a table of contents
        elif draft.found is None:
            style = _style(draft.lines[0])
            draft.level = ranks.get(style[0]) or known.get(style) or SECTION_LEVEL


def _style(line: Line) -> tuple[int, bool]:
    return round(line.size), line.bold


def _element(draft: _Draft) -> Element:
    text = joined([line.text for line in draft.lines])
    if draft.kind == "list":
        text = _BULLET.sub("• ", text)
    doubtful = sum(len(line.text) for line in draft.lines if line.doubtful) > _DOUBTFUL_SHARE * len(text)
    warnings = (DOUBTFUL,) if doubtful else ()
    return Element(draft.kind, text, draft.level, draft.lines[0].page, warnings=warnings)


def joined(lines: Iterable[str]) -> str:
    """Join lines of one paragraph; a word divided at a line's end becomes whole again."""
    text = ""
    for line in lines:
        if not text:
            text = line
        elif text.endswith((HYPHEN, "-")):
            text = _across(text, line)
        else:
            text = f"{text} {line}"
    return " ".join(text.replace(HYPHEN, "-" if text.endswith(HYPHEN) else "").split())


def _across(text: str, line: str) -> str:
    stem = text[:-1]
    if line.partition(" ")[0] in _KEEPS_HYPHEN:
        return f"{stem}- {line}"
    if line[:1].islower() and stem[-1:].isalpha():
        return stem + line
    if stem[-1:].isspace():
        return f"{stem}- {line}"
    return f"{stem}-{line}"


def _breaks_early(before: Line, line: Line) -> bool:
    """The next line's first word had still fitted: the line was ended on purpose."""
    room = before.right_margin - before.x1
    width = (before.x1 - before.x0) / max(len(before.text), 1)
    return room > (len(line.text.partition(" ")[0]) + 2) * width


def _is_complete(line: Line) -> bool:
    return line.text.rstrip('"“”)')[-1:] in ".:;!?" or (_is_short(line) and line.text[-1:] not in f",-{HYPHEN}")


def _is_short(line: Line) -> bool:
    return line.right_margin - line.x1 > 0.14 * max(line.right_margin - line.x0, 1.0)
