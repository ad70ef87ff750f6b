"""Whether a passage supports a sentence that was written with it as its source.

Numbers must stand where the sentence found what it says, with the same unit; the rest is a matter of degree, with
weights learnt by `python -m quality.support`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from indexes.answer.clues import Floats
from indexes.answer.opposites import DIFFERENCES, REVERSALS, differences
from indexes.answer.units import Unit, units
from indexes.answer.wanted import NOISE
from indexes.embedder import Embedder
from indexes.german import Word, roots_of, words
from indexes.static import Vectors

SUPPORT_CLUES = ("alike", "alike_around", "figures", "denies", "denies_alone", *DIFFERENCES, "overturned")
"""How far the sentence's words are found in the unit that says most of it, and with the units beside it; whether there
are figures, all of which stand there by then; whether one of the two denies and the other does not, clause by clause
and as a whole; what makes it another sentence than that unit; and whether it says the opposite in the same words."""

_WEIGHTS = Path(__file__).parent / "support.json"
_HEAD, _SHORTEST_HEAD = 0.6, 5
_SAME, _AGREED = 0.8, 2
_COUNTED = dict(
    zip("zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split(), map(str, range(2, 13)), strict=True)
) | {"zweimal": "2", "dreimal": "3", "einmal": "1", "hälfte": "50", "halb": "50"}
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*|\b(?:" + "|".join(_COUNTED) + r")(?!\w)", re.IGNORECASE)
_UNIT = re.compile(r"\s*([^\W\d_]+|[€%])")
_UNITS = {
    "€": "euro", "euro": "euro", "cent": "cent", "prozent": "prozent", "%": "prozent", "uhr": "uhr",
    **{form: form[:3] for form in ("tag", "tage", "tagen", "arbeitstage", "arbeitstagen", "werktagen", "werktage")},
    **{form: form[:4] for form in ("woche", "wochen", "monat", "monate", "monaten", "jahr", "jahre", "jahren",
                                   "stunde", "stunden", "minute", "minuten", "sekunden")},
    "meter": "meter", "metern": "meter", "zentimeter": "zentimeter", "kilometer": "kilometer",
}  # fmt: skip
_PARTS = re.compile(r"[,;]\s|\s(?:und|sowie|jedoch|aber)\s")
_CLAUSES = re.compile(r"[,;:]\s|\s(?:und|sowie|jedoch|aber)\s")
_RELATIONS = re.compile(r"\b(?:ab|unter|über|bis|vor|nach|ohne|mit)\b")
_DENIES = re.compile(
    r"\b(?:nicht|kein\w*|nie|niemals|niemand\w*|untersagt|verboten|verbot|unzulässig|ausgeschlossen|entfällt"
    r"|\w*befreiung|\w*frei)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a sentence may rest on."""

    title: str
    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class SupportWeights:
    """What each clue counts, the last one alone, and from which value on a sentence stands.

    Shapes: `weights` (len(SUPPORT_CLUES) + 1,).
    """

    weights: Floats
    threshold: float


def is_supported(sentence: str, source: Source, embedder: Embedder, learnt: SupportWeights | None = None) -> bool:
    """Whether a reader would find the sentence said there."""
    learnt = learnt or shipped()
    clues = support_clues(sentence, source, embedder)
    return clues is not None and bool(clues @ learnt.weights[:-1] + learnt.weights[-1] >= learnt.threshold)


def support_clues(sentence: str, source: Source, embedder: Embedder) -> Floats | None:
    """What speaks for the sentence; None when a number of it does not stand there.

    Shapes: (len(SUPPORT_CLUES),).
    """
    found = units(source.text)
    said = [word for word in words(sentence) if word.exact and word.terms and word.exact not in NOISE]
    if not found or not said:
        return None
    texts = [_whole(unit, source) for unit in found]
    covered = np.array([_covered(said, text) for text in texts])
    likes = embedder.encode_documents([unit.shown for unit in found]) @ embedder.encode_query(sentence)
    best = _place(sentence, [word.exact.isalpha() for word in said], covered, likes, found)
    around, shown = _around(found, best), f"{found[best].lead} {found[best].shown}"
    if not numbers_stand(sentence, around) or not numbers_belong(sentence, found[best].shown):
        return None
    alike = float(np.maximum(covered[best], _likeness(said, texts[best], embedder)).mean())
    denies, found_apart = denial(sentence, shown, source.headings[-1:]), differences(sentence, shown)
    return np.array([
        alike,
        np.maximum(_covered(said, around), _likeness(said, around, embedder)).mean(),
        bool(_numbers(sentence)),
        denies,
        bool(_DENIES.search(sentence)) and not _DENIES.search(around),
        *found_apart,
        alike >= _SAME and [denies, *found_apart[:REVERSALS]].count(1.0) >= _AGREED,
    ], np.float64)  # fmt: skip


def numbers_stand(sentence: str, text: str) -> bool:
    """Whether every number of the sentence stands in the text, and where both name a unit, with the same one."""
    there: dict[str, set[str]] = {}
    for number, unit in _numbers(text):
        there.setdefault(number, set()).add(unit)
    return all(
        number in there and (not unit or unit in there[number] or there[number] == {""})
        for number, unit in _numbers(sentence)
    )


def numbers_belong(sentence: str, text: str) -> bool:
    """Whether no number was taken from beside what the sentence speaks of: „für Särge 25, für Aschen 20 Jahre“."""
    there = [(_terms(clause), dict(_numbers(clause))) for clause in _PARTS.split(text)]
    for clause in _PARTS.split(sentence):
        spoken_of = _terms(clause)
        for number, unit in _numbers(clause):
            shared = [(len(spoken_of & terms), number in found) for terms, found in there if unit in found.values()]
            own = max((count for count, is_own in shared if is_own), default=None)
            if own is not None and own < max(count for count, _ in shared):
                return False
    return True


def denial(sentence: str, text: str, headings: Sequence[str] = ()) -> float:
    """1 if a clause denies what the nearest clause of the text, else heading, does not, or the other way round."""
    there = [clause for clause in (*_CLAUSES.split(text), *headings) if _terms(clause)]
    for clause in _CLAUSES.split(sentence):
        spoken_of = _terms(clause)
        nearest = max(there, key=lambda other: len(spoken_of & _terms(other)), default="")
        if spoken_of & _terms(nearest) and bool(_DENIES.search(clause)) != bool(_DENIES.search(nearest)):
            return 1.0
    return 0.0


def _terms(text: str) -> frozenset[str]:
    """Stems and parts, without numbers and their units."""
    found = (word for word in words(text) if word.exact.isalpha() and word.exact not in _UNITS)
    return frozenset(term for word in found for term in word.terms if word.exact not in _COUNTED)


def _place(sentence: str, is_word: Sequence[bool], covered: Floats, likes: Vectors, found: Sequence[Unit]) -> int:
    """The unit that says most of the sentence, its numbers aside: they may be what is wrong with it."""
    spoken = covered[:, is_word].mean(axis=1) if any(is_word) else covered.mean(axis=1)
    relations = set(_RELATIONS.findall(sentence.lower()))
    same = [len(relations & set(_RELATIONS.findall(unit.shown.lower()))) for unit in found]
    return int(np.argmax(spoken + 0.3 * likes + 0.1 * np.array(same)))


def _numbers(text: str) -> list[tuple[str, str]]:
    found = []
    for match in _NUMBER.finditer(text):
        following = _UNIT.match(text, match.end())
        unit = _UNITS.get(following[1].lower(), "") if following else ""
        found.append((_plain(match[0]), unit))
    return found


def _plain(number: str) -> str:
    """„1.500,00“ and „1500“ are one number, „zwei“ and „2“ as well."""
    number = _COUNTED.get(number.lower(), number)
    number = re.sub(r"\.(?=\d{3}(?:\D|$))", "", number)
    return re.sub(r"[,.]0+$", "", number)


def _around(found: Sequence[Unit], best: int) -> str:
    """What the numbers of a sentence may come from: a row alone, a sentence with its neighbours in prose."""
    if found[best].is_row:
        return f"{found[best].about} {found[best].shown}"
    beside = [unit for unit in found[max(0, best - 1) : best + 2] if not unit.is_row]
    return " ".join(f"{unit.about} {unit.shown}" for unit in beside)


def _whole(unit: Unit, source: Source) -> str:
    return " ".join([source.title, *source.headings, unit.about, unit.shown])


def _likeness(said: Sequence[Word], text: str, embedder: Embedder) -> Floats:
    """For each word, the cosine of the word of the text that is most like it.

    Shapes: (len(said),).
    """
    there = list(dict.fromkeys(word.exact for word in words(text) if word.exact and word.terms))
    if not there:
        return np.zeros(len(said))
    cosines = embedder.encode_documents([word.exact for word in said]) @ embedder.encode_documents(there).T
    return np.asarray(cosines.max(axis=1), np.float64)


def _covered(said: Sequence[Word], text: str) -> Floats:
    """For each word: 1 where the text holds it, less for a part of it.

    Shapes: (len(said),).
    """
    forms = _forms(text)
    return np.array([max(_held(word, forms), _HEAD * _holds_head(word, forms)) for word in said])


def _held(word: Word, forms: frozenset[str]) -> float:
    whole, *parts = word.terms
    if whole in forms or (not parts and not _roots(roots_of(word)).isdisjoint(forms)):
        return 1.0
    return sum(part in forms for part in parts) / len(parts) if parts else 0.0


def _holds_head(word: Word, forms: frozenset[str]) -> bool:
    """Whether the text speaks of a „Kabine“ where the sentence says „Wahlkabine“, a compound no dictionary has cut."""
    whole, *parts = word.terms
    return not parts and any(len(form) >= _SHORTEST_HEAD and whole.endswith(form) for form in forms)


def _roots(found: Sequence[str]) -> frozenset[str]:
    return frozenset(f"root:{one}" for one in found)


@lru_cache(maxsize=2_000)
def _forms(text: str) -> frozenset[str]:
    found = list(words(text))
    return frozenset(term for word in found for term in word.terms) | _roots(
        [r for word in found for r in roots_of(word)]
    )


@lru_cache(maxsize=1)
def shipped() -> SupportWeights:
    """The weights that come with the program."""
    learnt = json.loads(_WEIGHTS.read_text("utf-8"))
    return SupportWeights(
        np.array([learnt["weights"][name] for name in (*SUPPORT_CLUES, "alone")]), learnt["threshold"]
    )
