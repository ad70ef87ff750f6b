"""Read a German–English dictionary in the format of Ding: `de; de | de :: en; en | en`, one line an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from catalogue.errors import BadInput

# Gender, field and usage stand in brackets, pronunciation between slashes: none of it is part of the word.
_REMARK = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|<[^>]*>|/[^/]*/")
_PARTICLE = re.compile(r"^(?:to|sb\.|sth\.|etw\.|jdn?\.|jdm\.)\s+", re.IGNORECASE)
_MOST_FORMS = 4


def read_dictionary(file: Path) -> list[tuple[str, str]]:
    """Every German form of an entry with every English one, four of each at the most.

    Raises: BadInput when the file is not there, or holds no entry.
    """
    if not file.is_file():
        raise BadInput(
            f"Das Wörterbuch „{file}“ fehlt.",
            "Bitte das Debian-Paket trans-de-en einspielen, oder mit --dictionary eine Datei gleichen Aufbaus nennen.",
        )
    with file.open(encoding="utf-8") as lines:
        found = [pair for line in lines if not line.startswith("#") for pair in _entry(line.rstrip("\n"))]
    if not found:
        raise BadInput(f"In „{file}“ steht kein Eintrag.", "Erwartet werden Zeilen der Form „Haus {n} :: house“.")
    return found


def _entry(line: str) -> Iterator[tuple[str, str]]:
    """Meanings stand between bars, in the same order on both sides; a line that does not match is left out."""
    german, _, english = line.partition("::")
    ours, theirs = german.split("|"), english.split("|")
    if len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from product(_forms(one)[:_MOST_FORMS], _forms(other)[:_MOST_FORMS])


def _forms(meaning: str) -> list[str]:
    plain = (" ".join(_REMARK.sub(" ", form).split()) for form in meaning.split(";"))
    return [form for form in (_PARTICLE.sub("", form) for form in plain) if form]
