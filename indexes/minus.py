"""What a query wants kept out: „Pass -Reisepass“, „Kopie -"erste Seite"“."""

from __future__ import annotations

import re

_QUOTES = '"„“”«»'
_UNWANTED = re.compile(rf"(?<!\S)-(?:[{_QUOTES}]([^{_QUOTES}]{{1,300}})[{_QUOTES}]|([^\W\d_][\w-]*|\d{{4}}\b))")
_SUSPENDED = re.compile(r"\w-\s+(?:und|oder|bzw\.?|sowie)\s+$", re.IGNORECASE)


def split_unwanted(text: str) -> tuple[str, tuple[str, ...]]:
    """What is asked, and the words or phrases behind a minus.

    „Ein- und -ausfahrt“ wants nothing kept out, „bei -5 Grad“ neither, and a query of nothing but minus words is taken
    for words with a dash in front.
    """
    unwanted: list[str] = []
    kept: list[str] = []
    end = 0
    for match in _UNWANTED.finditer(text):
        if _SUSPENDED.search(text[: match.start()]):
            continue
        kept.append(text[end : match.start()])
        unwanted.append(match[1] or match[2])
        end = match.end()
    rest = "".join([*kept, text[end:]])
    return (rest, tuple(unwanted)) if unwanted and re.search(r"\w", rest) else (text, ())
