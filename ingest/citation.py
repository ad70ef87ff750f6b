"""How a passage of a statute is cited: "§ 4 Abs. 2", "§ 4 Abs. 2–3", "Art. 3"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_PARAGRAPH: Final[re.Pattern[str]] = re.compile(r"^§\s*(\d{1,4})\s?([a-z])?(?![\w])")
_ARTICLE: Final[re.Pattern[str]] = re.compile(r"^(?:Artikel|Art\.)\s+(\d{1,3}|[IVX]{1,5})\b")


def citation_of(parts: Iterable[tuple[Sequence[str], Sequence[str | None]]]) -> str | None:
    """Cite (heading path, Absatz of each unit) pairs; None where no § or article is among the headings."""
    found = dict.fromkeys(one for path, subsections in parts if (one := _cite(path, subsections)))
    return ", ".join(found) or None


def is_cited(path: Sequence[str]) -> bool:
    """Whether the innermost heading is a § or an article."""
    return bool(path) and bool(_PARAGRAPH.match(path[-1]) or _ARTICLE.match(path[-1]))


def _cite(path: Sequence[str], subsections: Sequence[str | None]) -> str | None:
    for heading in reversed(path):
        if match := _PARAGRAPH.match(heading):
            return f"§ {match[1]}{match[2] or ''}{_range(subsections)}"
        if match := _ARTICLE.match(heading):
            return f"Art. {match[1]}{_range(subsections)}"
    return None


def _range(subsections: Sequence[str | None]) -> str:
    numbers = list(dict.fromkeys(number for number in subsections if number))
    if not numbers:
        return ""
    return f" Abs. {numbers[0]}" if len(numbers) == 1 else f" Abs. {numbers[0]}–{numbers[-1]}"
