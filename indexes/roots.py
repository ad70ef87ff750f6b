"""What related German words have in common: „Vermieter“ and „Mieten“, „gefördert“ and „Förderung“."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

_SHORTEST_ROOT = 3
_MOST_PREFIXES = 2


def _longest_first(forms: str) -> tuple[str, ...]:
    return tuple(sorted(forms.split(), key=len, reverse=True))


# Both lists meet stems of the German Snowball stemmer: without umlauts, some endings already gone.
_PREFIXES = _longest_first(
    "ver ge be er ent zer miss an auf aus ein ab um zu vor nach mit unter uber durch wieder zuruck hin her fort weg "
    "los un teil fest"
)
_SUFFIXES = _longest_first(
    "ung ungs heit keit lich ig isch bar er erin erinn ling schaft ion ation ier iert el te igt haft sam los in t end "
    "nd e en"
)


@lru_cache(maxsize=200_000)
def root(stem: str) -> str:
    """A stem without the prefixes and endings that make words out of words; never shorter than three letters.

    Crude on purpose: two unrelated words with one root cost little, because roots only add to what stems find.
    """
    for _ in range(_MOST_PREFIXES):
        if stem.startswith(_PREFIXES):  # asks for all at once; most stems have none
            stem = stem.removeprefix(_first(p for p in _PREFIXES if stem.startswith(p) and _leaves_enough(stem, p)))
    while stem.endswith(_SUFFIXES):
        ending = _first(s for s in _SUFFIXES if stem.endswith(s) and _leaves_enough(stem, s))
        if not ending:
            break
        stem = stem.removesuffix(ending)
    return stem


def _first(forms: Iterator[str]) -> str:
    return next(forms, "")


def _leaves_enough(stem: str, form: str) -> bool:
    return len(stem) - len(form) >= _SHORTEST_ROOT
