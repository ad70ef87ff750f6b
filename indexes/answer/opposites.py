"""What turns a sentence into another although nearly all words stay: may and must, only and all, before and after, who.

Two texts are compared that say the same or the opposite; nothing here asks whether they are about the same thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT = r"(?:nicht|kein\w*|nie|niemals|niemand\w*|weder|nichts)"
_FLAGS = re.IGNORECASE
DIFFERENCES = ("clashes", "turned", "widened", "narrowed", "extended", "opposed", "strangers")
"""One may or must what the other may not or need not; one denies; „nur“ is lost, or „alle“ added; „nur“ is added;
„auch“ is added; a word stands there as its opposite; somebody else acts."""
REVERSALS = 2
"""So many of them, the first ones, say the opposite; the others only say something else."""


def _any(*forms: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(forms) + r")\b", _FLAGS)


_DENIES = _any(_NOT)
_BANS = _any("untersagt", "verboten", "verbot", "rauchverbot", "unzulässig", "ausgeschlossen", "unterbunden")
_MAY = _any(
    "darf", "dürfen", "kann", "können", "erlaubt", "gestattet", "zulässig", "zugelassen", "möglich", "berechtigt",
    r"lässt sich", r"lassen sich", "anspruch", "befugt",
)  # fmt: skip
_MUST = _any(
    "muss", "müssen", r"\w*pflichtig\w*", r"\w*pflicht", "verpflichtet", "vorgeschrieben", "erforderlich", "nötig",
    "bedarf", "bedürfen", "braucht", "brauchen", r"(?:ist|sind|hat|haben)\s(?:[^.;:]*\s)?(?:zu\s\w+en|\w+zu\w+en)",
    r"kosten\w*pflichtig",
)  # fmt: skip
_FREE = _any(
    r"\w*frei", r"\w*freie[rsnm]?", r"\w*befreit", "kostenlos", "unentgeltlich", "entfällt", "freiwillig",
    r"ohne\s(?:\w+\s)?(?:antrag|genehmigung|erlaubnis|gebühr|begründung|verfahren|zustimmung|einwilligung|anzeige"
    r"|anmeldung|angebote|vergleich|kosten)\w*", "formlos", r"ohne\s(?:[^,.;]*\s)?(?:zu\s\w+en|\w+zu\w+en)",
)  # fmt: skip
_ONLY = _any("nur", "allein", "ausschließlich", "lediglich", "einzig", "erst", "bloß")
_ALL = _any(
    "immer", r"alle[nrsm]?", r"jede[rsnm]?", "überall", "stets", r"sämtliche\w*", "uneingeschränkt", r"beliebig\w*",
    "jederzeit", "grundsätzlich", r"mehrere\w*", "sofort", "automatisch",
)  # fmt: skip
_ALSO = _any("auch", "ebenfalls", "weiterhin", "schon", "trotzdem", "sogar", "selbst dann", "bereits")
_PAIRS = tuple(
    (_any(one), _any(other))
    for one, other in (
        ("vor", "nach"),
        ("vorher", "nachher|danach|anschließend"),
        ("mindestens|wenigstens", r"höchstens|längstens|maximal|bis zu"),
        ("innerhalb|binnen", "außerhalb"),
        ("frühestens", "spätestens"),
        (
            "kostenlos|kostenfrei|gebührenfrei|unentgeltlich",
            r"gebührenpflichtig|kostenpflichtig|gegen (?:eine )?gebühr",
        ),
        (r"steig\w*|erhöh\w*", r"sink\w*|fällt|senk\w*"),
        (r"geöffnet|offen|öffnen", r"geschlossen|schließen|zu"),
        ("mündlich|telefonisch", "schriftlich"),
        ("unbefristet|dauernd|dauerhaft", r"befristet|nur \w+ (?:jahr|monat)\w*"),
        ("intern", "extern|öffentlich"),
        (r"anonym\w*|vertraulich", "mit namen|namentlich"),
        ("unter|weniger|kürzer", "über|mehr|länger"),
        ("mit", "ohne"),
        (r"ein\w*schalt\w*", r"aus\w*schalt\w*"),
        (r"erstattet|zurückgezahlt|ersetzt", r"verfällt|einbehalten"),
        (r"behalten|aufbewahr\w*", r"vernichtet|gelöscht|entsorgt|verschenkt|geschenkt"),
        ("regelmäßig|turnusmäßig", "einmalig|nur bei"),
    )
)
_WHO = re.compile(
    r"\b(?:stadt|rat|rates|gemeinde|landkreis\w*|kreis|land|firma|polizei|gericht|personalrat\w*|kämmerer\w*"
    r"|kämmerei|bürgermeister\w*|feuerwehr|registratur|poststelle|archiv|eltern|mieter\w*|vermieter\w*|eigentümer\w*"
    r"|antragsteller\w*|inhaber\w*|finder\w*|nachbarn?|vereine?n?|beschäftigte\w*|kollegen|kolleginnen|bedienstete\w*"
    r"|angehörige\w*|fahrende\w*|gehörlose\w*|besucher\w*|zuschauer\w*|anwohner\w*|anlieger\w*|erben|arbeitgeber\w*"
    r"|hotline|notar\w*|krankenkasse|versicherung|haftpflichtversicherung|sparkasse|einsatzleitung|jagdpächter"
    r"|auszubildende\w*|dritte|\w+amt(?:e?s)?|\w+leitung\w*|\w+büros?|\w+verwaltung|\w+beauftragte\w*"
    r"|\w+hof|\w+meister\w*)\b",
    _FLAGS,
)


@dataclass(frozen=True, slots=True)
class Stance:
    """Whether something may be (1) or may not (-1), must be (1) or need not (-1), or nothing of the kind (0)."""

    may: int
    must: int
    is_denied: bool


def stance(text: str) -> Stance:
    """What a sentence allows, asks for or denies."""
    is_denied, is_banned = bool(_DENIES.search(text)), bool(_BANS.search(text))
    is_free = bool(_FREE.search(text))
    turned = -1 if is_denied else 1
    may = turned if _MAY.search(text) else 0
    must = turned if _MUST.search(text) and not is_banned else 0
    return Stance(
        may=-1 if is_banned and not is_denied else may,
        must=-1 if is_free else must,
        is_denied=is_denied != is_banned,
    )


def clash(one: Stance, other: Stance) -> float:
    """How much two stances contradict each other: 1 fully, 0.5 where one may and the other must."""
    if one.may * other.may < 0 or one.must * other.must < 0:
        return 1.0
    if _is_leave(one, other) or _is_leave(other, one):
        return 0.0
    if one.may * other.must < 0 or one.must * other.may < 0:
        return 1.0
    return 0.5 if (one.may > 0 and other.must > 0) or (one.must > 0 and other.may > 0) else 0.0


def _is_leave(one: Stance, other: Stance) -> bool:
    """What may be done, need not be: that is no contradiction."""
    return one.may > 0 and other.must < 0


def differences(sentence: str, text: str) -> tuple[float, ...]:
    """Each of `DIFFERENCES` between a sentence and what it is said to rest on, in that order."""
    mine, theirs = stance(sentence), stance(text)
    return (
        clash(mine, theirs),
        float(mine.is_denied != theirs.is_denied),
        float(_is_lost(_ONLY, text, sentence)) + float(_is_lost(_ALL, sentence, text)),
        float(_is_lost(_ONLY, sentence, text)),
        float(_is_lost(_ALSO, sentence, text)),
        opposed(sentence, text),
        strangers(sentence, text),
    )


def _is_lost(words: re.Pattern[str], here: str, there: str) -> bool:
    return bool(words.search(here)) and not words.search(there)


def opposed(sentence: str, text: str) -> float:
    """How many words of the sentence stand in the text only as their opposite."""
    both = [pair for one, other in _PAIRS for pair in ((one, other), (other, one))]
    return float(sum(_is_lost(mine, sentence, text) and bool(theirs.search(text)) for mine, theirs in both))


def strangers(sentence: str, text: str) -> float:
    """0.5 if the sentence names somebody the text does not, 1 if the text names somebody else instead."""
    mine, theirs = _named(sentence), _named(text)
    if mine <= theirs:
        return 0.0
    return 0.5 if theirs <= mine else 1.0


def _named(text: str) -> set[str]:
    return {found.lower().rstrip("emnrs") for found in _WHO.findall(text)}
