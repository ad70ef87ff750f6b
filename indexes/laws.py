"""What laws are called in every town hall: „BauGB“ is „Baugesetzbuch“, and the other way round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from indexes.glossary import Meaning, key_of, runs
from indexes.glossary_file import read_glossary

TABLE = Path(__file__).parent / "words" / "laws.txt"
_AS_WRITTEN = 3
"""So short a form is meant only as it is written: a „Weg“ is no „WEG“."""


def law_names(text: str) -> list[str]:
    """Other names for the laws a text names, each once; „SGB XII“ is not „SGB“ as well."""
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
    """Each pair under the keys of both its forms."""
    found: dict[str, list[Meaning]] = defaultdict(list)
    for one in read_glossary(TABLE):
        for key in dict.fromkeys((key_of(one.short), key_of(one.long))):
            found[key].append(one)
    return found
