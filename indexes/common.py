"""What every town hall calls things: „BauGB“ is „Baugesetzbuch“, an “identity card” is a „Personalausweis“."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from indexes.glossary import Meaning, key_of, runs
from indexes.glossary_file import read_glossary

_WORDS = Path(__file__).parent / "words"
LAWS, SERVICES = _WORDS / "laws.txt", _WORDS / "services.txt"
"""Laws are asked for by both their names; what a town hall does, in English, for the German name alone."""
_AS_WRITTEN = 3
"""So short a form is meant only as it is written: a „Weg“ is no „WEG“."""


def common_names(text: str) -> list[str]:
    """Other names for what a text names, each once; „SGB XII“ is not „SGB“ as well."""
    said = runs(text)
    found: dict[str, None] = {}
    longer = ""
    for key in sorted(said.keys() & _meanings().keys(), key=len, reverse=True):
        if f" {key} " in longer:
            continue
        for one in _meanings()[key]:
            if key == key_of(one.long):
                found[one.short] = None
            elif len(one.short) > _AS_WRITTEN or one.short in said[key]:
                found[one.long] = None
        longer += f" {key} "
    return list(found)


@lru_cache(maxsize=1)
def _meanings() -> Mapping[str, list[Meaning]]:
    """Each pair under the key it is found by."""
    found: dict[str, list[Meaning]] = defaultdict(list)
    laws = read_glossary(LAWS)
    for one in [*laws, *read_glossary(SERVICES)]:
        found[key_of(one.short)].append(one)
    for one in laws:
        if key_of(one.long) != key_of(one.short):
            found[key_of(one.long)].append(one)
    return found
