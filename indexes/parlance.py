"""What every town hall calls things: „BauGB“ is „Baugesetzbuch“, an “identity card” is a „Personalausweis“."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from indexes.glossary import key_of, runs
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
    for key in sorted(said.keys() & _names().keys(), key=len, reverse=True):
        if f" {key} " in longer:
            continue
        for form, name in _names()[key]:
            if len(form) > _AS_WRITTEN or form in said[key]:
                found[name] = None
        longer += f" {key} "
    return list(found)


@lru_cache(maxsize=1)
def _names() -> Mapping[str, list[tuple[str, str]]]:
    """A form and what else that is called, under the key of the form."""
    laws = [(one.short, one.long) for one in read_glossary(LAWS)]
    services = [(one.short, one.long) for one in read_glossary(SERVICES)]
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for form, name in [*laws, *((long, short) for short, long in laws), *services]:
        found[key_of(form)].append((form, name))
    return found
