"""What kind of thing a question asks for, and whether a sentence holds one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERS = (
    "null|ein|eine|einen|einem|einer|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|dreizehn|vierzehn|fünfzehn"
    "|zwanzig|dreißig|hundert|tausend|halb\\w*|viertel\\w*|anderthalb"
)
_NUMBER = rf"(?:\d[\d.,]*|\b(?:{_NUMBERS})\b)"
_SPAN = (
    r"(?:Sekunden?|Minuten?|Stunden?|Tage?n?|\w*[Tt]age?n?|Wochen?|Monate?n?|Jahre?n?|\w*jahre?n?|Quartale?n?|Nächte?)"
)
_MONTH = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_DAY = "Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag"

NOISE = frozenset(
    "viel viele hoch lange oft teuer kostet kosten gibt geben bekommt bekommen welche welcher welches darf dürfen muss "
    "müssen kann können soll sollen braucht brauchen machen macht gehen geht steht stehen eigenen eigene unser unsere "
    "bitte".split()
)
"""What a question is made of rather than about."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of answer: how it is asked for, and what it looks like."""

    name: str
    asked: re.Pattern[str]
    given: re.Pattern[str]


def _kind(name: str, asked: str, given: str) -> Kind:
    return Kind(name, re.compile(asked, re.IGNORECASE), re.compile(given, re.IGNORECASE))


KINDS = (
    _kind(
        "durchwahl", r"\b(?:durchwahl|telefon\w*|rufnummer|(?:welche[rn]?|unter\s\w+) nummer|anrufen)\b", r"\b\d{3,}"
    ),
    _kind("formular", r"\b(?:formular|vordruck|antragsformular)\b", r"\b(?:formular|vordruck|antrag)\w*"),
    _kind(
        "betrag",
        r"\bkoste[nt]?\b|\bkosten\b|\bteuer\b|"
        r"\bwie viel (?:geld|euro|cent|\w*steuer|\w*gebühr|\w*geld|\w*pfand|zinsen)|"
        r"\b\w*(?:gebühr|entgelt|preis|bußgeld|betrag|zuschuss|zulage|kaution|pauschale|tarif|ansatz)\b|"
        r"wie hoch (?:ist|sind|darf) \w+ \w*(?:steuer|geld|satz|beitrag|kosten|beteiligung|wert)|"
        r"\bwie viel \w* ?(?:zahl|bekomm|erhalt|verlang|nehm|geb)|\bwert\b|\bwas (?:zahl|bekomm|verlang)",
        rf"{_NUMBER}\s*(?:€|Euro|Cent|Prozent|%)|\b(?:kostenlos|kostenfrei|gebührenfrei|beitragsfrei|frei|unentgeltlich)\b"
        rf"|\b(?:hälfte|drittel)\b|\d,\d\d",
    ),
    _kind(
        "dauer",
        r"\bwie lang(?:e|)\b|\bfrist\b|\bwie schnell\b|\binnerhalb\b|"
        r"\bwie viele? (?:tage|wochen|monate|jahre|stunden|minuten)|"
        r"\b(?:dauert|dauer|gültig)\b|\bwie weit vorher|\bnach wie viel",
        rf"{_NUMBER}\s*(?:\w+\s)?{_SPAN}\b|\bunbefristet|\bdauernd|\bunverzüglich|\bsofort\b|\bum jeweils",
    ),
    _kind(
        "zeit",
        r"\bwann\b|\bum wie viel uhr|\bwelche[mnr]? (?:tag|monat|termin|datum|zeit)\w*|"
        r"\b\w*öffnungszeit\w*|\bwie oft\b",
        rf"\b\d{{1,2}}(?:[.:]\d\d)?(?:\s*bis\s*[\d.:]+)?\s*Uhr|\b\d{{1,2}}\.\s?(?:{_MONTH}|\d{{1,2}}\.)|\b(?:{_MONTH})\b|"
        rf"\b(?:{_DAY})s?\b|\b(?:täglich|jährlich|monatlich|wöchentlich|vierteljährlich|zweimal|einmal|dreimal|alle)\b|"
        rf"{_NUMBER}\s*(?:\w+\s)?{_SPAN}\b|\bwährend\b|\bnach\b|\bsobald\b|\bmit\b",
    ),
    _kind(
        "anzahl", r"\bwie (?:viele?|oft|hoch|groß|weit|schwer|breit|tief|alt|lang)\b", rf"{_NUMBER}|\w+(?:mal|fach)\b"
    ),
    _kind(
        "ort",
        r"^\s*wo(?:hin|her)?\b|\bwelche[mrn]? (?:raum|ort|haus|zimmer|stelle)\b",
        r"\b(?:im|am|in|an|beim|bei|auf|unter|zum|zur|neben|hinter|vor|Raum|Keller)\b",
    ),
    _kind(
        "wer",
        r"\bwer\b|\bwem\b|\bwen\b|\bwelches amt\b|\bzuständig\b",
        r"\w*(?:amt|leitung|meister|stelle|büro|kämmer|hof|rat|ausschuss|beauftragte|person|archiv|gericht|polizei|"
        r"verwaltung|eigentümer|halter|eltern)\w*",
    ),
    _kind(
        "erlaubnis",
        r"(?:^|,)\s*(?:darf|dürfen|muss|müssen|kann|können|ist|sind|gibt es|braucht|brauche|"
        r"bekomm\w*|soll|sollen|wird|werden)\b",
        r"\b(?:darf|dürfen|muss|müssen|kann|können|nicht|kein\w*|verboten|untersagt|zulässig|gestattet|erlaubt|nur|"
        r"gewährt|erforderlich|genehmig\w*|nie\w*|vorgeschrieben|anspruch|zugelassen)\b",
    ),
)


def kinds_asked(question: str) -> list[Kind]:
    """The kinds a question may be asking for, the most definite first."""
    return [kind for kind in KINDS if kind.asked.search(question)]


STRICT = frozenset({"durchwahl", "betrag", "dauer", "zeit", "anzahl"})
"""Kinds whose answer is hardly ever put another way."""


def fit(kinds: list[Kind], text: str) -> float:
    """1 if the text holds what is asked for first of all, less if only what may be asked for beside it, else 0."""
    return next((1.0 / (place + 1) for place, kind in enumerate(kinds) if kind.given.search(text)), 0.0)
