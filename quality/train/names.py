"""Find persons' surnames in training text, so that no shipped vocabulary spells them out."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# A capitalised word right behind a form of address or an office is a person's name, possibly after a title or initial.
_ADDRESSED = re.compile(
    r"\b(?:Stadtr[aä]t(?:in|e|innen|s)?|Stadtverordneter?n?|Ortschaftsr[aä]t(?:in|e|innen)?|Herrn?|Frau|StR(?:in)?|OR(?:in)?"
    r"|(?:Ober)?[Bb]ürgermeister(?:in|s)?|Ortsvorsteher(?:in|s)?|OB|EB|BM|Beigeordneter?|Dr\.|Prof\.)\s+"
    r"(?:(?:Dr|Prof|Dipl|Ing|h|c|[A-ZÄÖÜ])\.[\s-]*)*"
    r"(?:[A-ZÄÖÜ][a-zäöüßéèçş]+\s+){0,1}([A-ZÄÖÜ][a-zäöüßéèçş]{2,}(?:-[A-ZÄÖÜ][a-zäöüßéèçş]+)?)"
)
KEPT_OUT = "kept_out.txt"
_CAPITALISED = re.compile(r"(?<![\w.-])[A-ZÄÖÜ][a-zäöüßéèçş]{2,}")
# Shorter ones are initials and syllables that a line break left behind.
_SHORTEST = 4
# Below this share of its uses a word behind a form of address is an ordinary word that merely stood there.
_NAME_SHARE = 0.15


def surnames(texts: Iterable[str], ordinary: frozenset[str] = frozenset()) -> frozenset[str]:
    """Lower-cased words that are mostly used as persons' names; `ordinary` words are never taken for one."""
    addressed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for text in texts:
        for match in _ADDRESSED.finditer(text):
            addressed.update(part.lower() for part in match.group(1).split("-"))
        used.update(word.lower() for word in _CAPITALISED.findall(text))
    return frozenset(
        name
        for name, count in addressed.items()
        if len(name) >= _SHORTEST and count >= 2 and count >= _NAME_SHARE * used[name] and name not in ordinary
    )


def write_kept_out(file: Path, names: Iterable[str]) -> None:
    """Store the names as short hashes: a shipped vocabulary can be checked against them, and nobody reads them off."""
    file.write_text("".join(f"{digest}\n" for digest in sorted(map(hashed, names))), "ascii")


def hashed(name: str) -> str:
    """The first 16 hex digits of the name's sha256."""
    return hashlib.sha256(name.lower().encode()).hexdigest()[:16]
