"""A document's title, language and author department, from what the file says about itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from ingest.parse.element import Element
from ingest.parse.headings import numbered

_MAX_TITLE_CHARS: Final[int] = 200
_DEEPEST_TITLE_LEVEL: Final[int] = 7
_PROGRAM_PREFIX: Final[re.Pattern[str]] = re.compile(
    r"^(?:Microsoft\s+)?(?:Word|PowerPoint|Excel|Office Word|OpenOffice|LibreOffice)\s*[-–—:]\s*", re.IGNORECASE
)
_FILE_NAME: Final[re.Pattern[str]] = re.compile(
    r"\.(?:docx?|dotx?|pdf|pptx?|xlsx?|odt|ods|odp|rtf|txt|indd|pages|qxp|tmp)\b", re.IGNORECASE
)
_PLACEHOLDER: Final[re.Pattern[str]] = re.compile(
    r"^(?:dokument|document|doc|präsentation|presentation|mappe|book|tabelle|sheet|scan|scanned|untitled|unbenannt|"
    r"ohne titel|no ?title|titel|title|"
    r"entwurf|draft|neu|test|kopie|vorlage|template|powerpoint[- ]pr\w+|word[- ]?dok\w*|pdf ?dummy|"
    r"normal|layout|seite|page|blatt|(?:(?:öffentlich|amtlich)e )?bekanntmachung|contents?|"
    r"inhalt(?:sverzeichnis)?|img|image|dsc|bild)?[\s\d_().:-]*$",
    re.IGNORECASE,
)
_LETTERHEAD: Final[re.Pattern[str]] = re.compile(
    r"^(?:(?:de[rm]|die|das)\s+)?(?:gemeinde|stadt|landkreis|kreis|markt|amt|gemeindevorstand|magistrat|bürgermeister(?:in)?|"
    r"oberbürgermeister(?:in)?|rat)(?:\s+(?:der\s+(?:gemeinde|stadt)\s+)?[\wäöüß-]+){0,2}$",
    re.IGNORECASE,
)
_STATUTE: Final[re.Pattern[str]] = re.compile(
    r"satzung|ordnung|richtlinie|anweisung|vereinbarung|verordnung", re.IGNORECASE
)
_DEPARTMENT: Final[re.Pattern[str]] = re.compile(
    r"^(?:(?:Fachbereich|Fachdienst|Fachgebiet|Sachgebiet|Abteilung|Dezernat|Referat|Stabsstelle|Geschäftsbereich|Eigenbetrieb)"
    r"\s+[\wÄÖÜäöüß0-9].{0,70}|(?:Amt|Büro)\s+(?:für|des|der)\s+.{3,70}|[A-ZÄÖÜ][\wäöüß-]{2,40}(?:amt|verwaltung|kasse))$"
)
_LETTERHEAD_OFFICE: Final[re.Pattern[str]] = re.compile(
    r"(?:^|[-–|]\s|\s)([A-ZÄÖÜ][\wäöüß-]{2,40}(?:amt|verwaltung|kasse|abteilung|büro|bauhof))\s[-–](?:\s|$)",
    re.MULTILINE,
)
_WORDS: Final[re.Pattern[str]] = re.compile(r"[a-zäöüß]+")
_STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    "de": frozenset(
        "der die das und ist nicht mit von für auf den dem des ein eine zu im wird werden sind oder nach bei".split()
    ),
    "en": frozenset("the and of to in is for that with on are this be as by at from or an it".split()),
    "fr": frozenset("le la les et des est une dans pour que qui sur avec pas du au par".split()),
}
_SAMPLE_CHARS: Final[int] = 20_000


def choose_title(stated: str | None, elements: Sequence[Element], name: str) -> str:
    """The stated title if it is one, else the topmost heading near the start, else the file's name in readable form."""
    return usable(stated) or _first_heading(elements) or readable_name(name)


def _first_heading(elements: Sequence[Element]) -> str:
    """The first of the highest headings; one that is numbered is a chapter's, unless it names a statute."""
    titles = [e for e in elements[:40] if e.kind == "title" and e.level <= _DEEPEST_TITLE_LEVEL]
    headings = [e for e in titles if usable(e.text) and not _LETTERHEAD.match(e.text)]
    headings = [e for e in headings if not e.text.endswith((":", "?"))] or headings
    if not headings:
        return ""
    # What is set larger on a later page is no title.
    headings = [e for e in headings if e.page == headings[0].page]
    statute = next((element for element in headings[:3] if _STATUTE.search(element.text)), None)
    heading = usable((statute or min(headings, key=lambda element: element.level)).text)
    return heading if numbered(heading) is None or _STATUTE.search(heading) else ""


def usable(stated: str | None) -> str:
    """The title without the program's name in front; empty when it is a file's name, a placeholder or cut off."""
    if not stated:
        return ""
    title = _PROGRAM_PREFIX.sub("", " ".join(stated.split())).strip(" -–—_")
    if len(title) < 4 or _FILE_NAME.search(title) or _PLACEHOLDER.match(title):
        return ""
    if title.endswith(("…", "...")) or title.startswith("§"):
        return ""
    return title[:_MAX_TITLE_CHARS]


def readable_name(name: str) -> str:
    stem = PurePath(name.replace("\\", "/")).stem
    spaced = re.sub(r"[_\s]+", " ", stem).strip()
    if " " not in spaced:
        spaced = re.sub(r"(?<=\D)-(?=\D)|(?<=\D)-(?=\d)", " ", spaced)
    return spaced[:1].upper() + spaced[1:] if spaced else name


def language_of(elements: Sequence[Element]) -> str | None:
    """One of de, en and fr by the share of common small words; None when there is too little to tell."""
    text = " ".join(element.text for element in elements)[:_SAMPLE_CHARS].lower()
    words = _WORDS.findall(text)
    if len(words) < 8:
        return None
    counts = {language: sum(word in small for word in words) for language, small in _STOP_WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= 0.04 * len(words) else None


def department_of(elements: Sequence[Element]) -> str | None:
    """A line near the top that names an office: "Fachbereich 2 Bürgerdienste", "Ordnungsamt", "- Hauptamt -"."""
    for element in elements[:15]:
        line = " ".join(element.text.split())
        if element.kind != "table" and len(line) <= 90 and _DEPARTMENT.match(line):
            return line
        if found := _LETTERHEAD_OFFICE.search(element.text):
            return found[1]
    return None
