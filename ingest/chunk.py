"""Elements become passages: what is embedded, indexed and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.citation import citation_of, is_cited
from ingest.parse.element import Kind, Parsed
from ingest.units import Section, Unit, counted, divided, sections_of

MAX_TOKENS: Final[int] = 256
OVERLAP_TOKENS: Final[int] = 32
_TINY_SHARE: Final[int] = 6

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A passage before it has an id; pages and rows count from 1, `rows` only within one sheet."""

    ordinal: int
    text: str
    headings: tuple[str, ...]
    page_first: int | None = None
    page_last: int | None = None
    sheet: str | None = None
    rows: tuple[int, int] | None = None
    citation: str | None = None
    warnings: tuple[str, ...] = ()
    kind: Kind = "text"
    html: str | None = None


@dataclass(slots=True)
class _Packed:
    """Units of one passage, with the heading lines that stand among them after a merge."""

    path: tuple[str, ...]
    parts: list[tuple[tuple[str, ...], list[Unit]]]

    @property
    def units(self) -> list[Unit]:
        return [unit for _, units in self.parts for unit in units]

    @property
    def tokens(self) -> int:
        return sum(unit.tokens for unit in self.units)


def context_text(title: str, headings: Sequence[str], text: str) -> str:
    """What is embedded and indexed for a passage: title and heading path stand in front of the text."""
    above = [title] if title else []
    above += [heading for heading in headings if heading.casefold() not in {line.casefold() for line in above}]
    return "\n".join([*above, text])


def chunk_elements(
    parsed: Parsed, *, count_tokens: CountTokens, max_tokens: int = MAX_TOKENS, overlap_tokens: int = OVERLAP_TOKENS
) -> list[ChunkDraft]:
    """Passages of at most `max_tokens` (context not counted) that respect headings, §, list items, rows and sentences.

    Only a paragraph that must be split repeats sentences, up to `overlap_tokens`. `count_tokens` is called once.
    """
    sections = sections_of(parsed.elements)
    texts = [unit.text for section in sections for unit in section.units]
    if not texts:
        return []
    sections = counted(sections, count_tokens(texts))
    whole = sum(unit.tokens for section in sections for unit in section.units)
    if whole <= max_tokens and not _many_tables(sections) and not _many_cited(sections):
        packed = [_merged([_Packed(section.path, [(section.path, list(section.units))]) for section in sections])]
    else:
        packed = []
        for section in sections:
            packed += _pack(section, max_tokens, overlap_tokens)
        packed = _with_tiny_merged(packed, max_tokens)
    return [_draft(ordinal, one) for ordinal, one in enumerate(packed)]


def _many_tables(sections: Sequence[Section]) -> bool:
    """One passage shows one table: its HTML and its rows."""
    tables = {
        (place, u.paragraph) for place, section in enumerate(sections) for u in section.units if u.kind == "table"
    }
    return len(tables) > 1


def _many_cited(sections: Sequence[Section]) -> bool:
    """Every § keeps a passage of its own, however short, so that it is found and cited by its heading."""
    return sum(is_cited(section.path) for section in sections) > 1


def _pack(section: Section, max_tokens: int, overlap_tokens: int) -> list[_Packed]:
    """Fill passages evenly, paragraph by paragraph; tables start a passage unless they fit with what is before them."""
    packer = _Packer(section, max_tokens, overlap_tokens)
    for paragraph in _paragraphs(section.units):
        packer.add(paragraph)
    packer.flush()
    return packer.done


class _Packer:
    def __init__(self, section: Section, max_tokens: int, overlap_tokens: int) -> None:
        self._path = section.path
        self._max = max_tokens
        self._overlap = overlap_tokens
        prose = sum(unit.tokens for unit in section.units)
        pieces = max(1, -(-prose // max_tokens))
        # Passages of about equal length instead of full ones and a short rest.
        self._target = min(max_tokens, int(1.15 * prose / pieces) + 1)
        self._current: list[Unit] = []
        self._tokens = 0
        self._lead: Unit | None = None
        self.done: list[_Packed] = []

    def add(self, paragraph: list[Unit]) -> None:
        if paragraph[0].kind == "table":
            self._add_table(paragraph)
            return
        total = sum(unit.tokens for unit in paragraph)
        limit = self._max if self._tokens < self._max // 3 else self._target
        if self._current and self._tokens + total > limit:
            self.flush()
            self._repeat_lead(paragraph[0], total)
        if total > self._max:
            self._add_sentences(paragraph)
        else:
            self._extend(paragraph)
        if paragraph[0].kind != "list":
            self._lead = paragraph[-1] if paragraph[-1].text.endswith(":") else None

    def _repeat_lead(self, first: Unit, total: int) -> None:
        """A list that goes on in the next passage is introduced there again: "Ordnungswidrig handelt, wer:"."""
        lead = self._lead
        if first.kind == "list" and lead and lead.tokens <= self._overlap and lead.tokens + total <= self._max:
            self._extend([lead])

    def _add_sentences(self, paragraph: Sequence[Unit]) -> None:
        self.flush()
        for sentence in paragraph:
            for unit in divided(sentence, self._max):
                if self._current and self._tokens + unit.tokens > self._target:
                    tail = self._tail(unit.tokens)
                    self.flush()
                    self._extend(tail)
                self._extend([unit])

    def _tail(self, coming: int) -> list[Unit]:
        """The last sentences, as many as the overlap allows."""
        tail: list[Unit] = []
        room = min(self._overlap, self._max - coming)
        for unit in reversed(self._current[1:]):
            room -= unit.tokens
            if room < 0:
                break
            tail.insert(0, unit)
        return tail

    def _add_table(self, rows: list[Unit]) -> None:
        header = rows[0].header
        extra = max(1, len(header[0]) // 4) if header else 0
        total = sum(unit.tokens for unit in rows) + extra
        if any(unit.kind == "table" for unit in self._current) or self._tokens + total > self._max:
            self.flush()
        for row in rows:
            for unit in divided(row, self._max):
                if self._current and self._tokens + unit.tokens + extra > self._max:
                    self.flush()
                self._extend([unit])
        if self._tokens > self._max // 2:
            self.flush()

    def _extend(self, units: Iterable[Unit]) -> None:
        for unit in units:
            self._current.append(unit)
            self._tokens += unit.tokens

    def flush(self) -> None:
        if self._current:
            self.done.append(_Packed(self._path, [(self._path, self._current)]))
        self._current, self._tokens = [], 0


def _paragraphs(units: Sequence[Unit]) -> list[list[Unit]]:
    result: list[list[Unit]] = []
    for unit in units:
        if result and result[-1][0].paragraph == unit.paragraph:
            result[-1].append(unit)
        else:
            result.append([unit])
    return result


def _with_tiny_merged(packed: Sequence[_Packed], max_tokens: int) -> list[_Packed]:
    """Neighbours under the same parent that are both tiny become one passage; a § always keeps its own."""
    tiny = max_tokens // _TINY_SHARE
    result: list[_Packed] = []
    for one in packed:
        last = result[-1] if result else None
        if last is not None and _may_merge(last, one, tiny, max_tokens):
            result[-1] = _merged([last, one])
        else:
            result.append(one)
    return result


def _may_merge(last: _Packed, one: _Packed, tiny: int, max_tokens: int) -> bool:
    if any(unit.kind == "table" for unit in (*last.units, *one.units)) or is_cited(last.path) or is_cited(one.path):
        return False
    if last.units[-1].sheet != one.units[0].sheet or last.tokens + one.tokens > max_tokens // 2:
        return False
    both_tiny = one.tokens <= tiny and all(sum(u.tokens for u in units) <= tiny for _, units in last.parts)
    depth = len(_common([last.path, one.path]))
    return both_tiny and depth >= max(len(part) for part, _ in (*last.parts, *one.parts)) - 1


def _merged(packed: Sequence[_Packed]) -> _Packed:
    parts = [part for one in packed for part in one.parts]
    return _Packed(_common([path for path, _ in parts]), parts)


def _common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    shared = 0
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        shared += 1
    return paths[0][:shared]


def _draft(ordinal: int, packed: _Packed) -> ChunkDraft:
    units = packed.units
    pages = [unit.page for unit in units if unit.page is not None]
    sheets = {unit.sheet for unit in units}
    rows = [unit.row for unit in units if unit.row is not None]
    table = [unit for unit in units if unit.kind == "table"]
    return ChunkDraft(
        ordinal=ordinal,
        text=_text(packed),
        headings=packed.path,
        page_first=min(pages, default=None),
        page_last=max(pages, default=None),
        sheet=sheets.pop() if len(sheets) == 1 else None,
        rows=(min(rows), max(rows)) if rows and len(sheets) <= 1 else None,
        citation=citation_of([(path, [unit.subsection for unit in units]) for path, units in packed.parts]),
        warnings=tuple(dict.fromkeys(warning for unit in units for warning in unit.warnings)),
        kind="table" if table else "list" if all(unit.kind == "list" for unit in units) else "text",
        html=_html(table),
    )


def _text(packed: _Packed) -> str:
    blocks: list[str] = []
    before: tuple[str, ...] = packed.path
    for path, units in packed.parts:
        new = path[len(_common([before, path])) :] if blocks else path[len(packed.path) :]
        blocks += new
        blocks += _lines(units)
        before = path
    return "\n".join(blocks)


def _lines(units: Sequence[Unit]) -> list[str]:
    lines: list[str] = []
    for paragraph in _paragraphs(units):
        if paragraph[0].kind == "table":
            lines += [paragraph[0].header[0]] if paragraph[0].header else []
            lines += [unit.text for unit in paragraph]
        else:
            lines.append(" ".join(unit.text for unit in paragraph))
    return lines


def _html(rows: Sequence[Unit]) -> str | None:
    if not rows or any(unit.html is None for unit in rows):
        return None
    head = f"<thead>\n{rows[0].header[1]}\n</thead>\n" if rows[0].header else ""
    return f"<table>\n{head}<tbody>\n" + "\n".join(unit.html or "" for unit in rows) + "\n</tbody>\n</table>"
