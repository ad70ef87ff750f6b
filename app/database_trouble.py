"""What the databases say when something is wrong with them, and what that means for whoever sits before the screen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is told, and with which HTTP status; `marks` are parts of what the database says, in lower case."""

    marks: tuple[str, ...]
    status: int
    text: str
    hint: str


AWAY = Trouble(
    ("connect",),
    503,
    "Die Datenbank antwortet nicht.",
    "Bitte in einer Minute noch einmal versuchen; sonst STADTWISSEN_DATABASE_URL und den Datenbankdienst prüfen.",
)
TROUBLES = (
    Trouble(
        ("full", "no space"),
        507,
        "Auf dem Datenträger der Datenbank ist kein Platz mehr.",
        "Bitte Platz schaffen und es noch einmal versuchen. Gesucht werden kann weiter.",
    ),
    Trouble(
        ("readonly", "read-only"),
        507,
        "Die Datenbank ist schreibgeschützt.",
        "Bitte den Datenträger und die Rechte des Datenverzeichnisses prüfen. Gesucht werden kann weiter.",
    ),
    Trouble(
        ("unable to open",),
        503,
        "Die Datenbank lässt sich nicht öffnen.",
        "Bitte Rechte und Platz des Datenverzeichnisses prüfen.",
    ),
    Trouble(
        ("locked",),
        503,
        "Ein anderes Programm hält die Datenbank fest.",
        "Bitte in einer Minute noch einmal versuchen.",
    ),
    AWAY,
)


def trouble_of(error: DBAPIError) -> Trouble | None:
    """What a database's error means; None when it is none of these."""
    said = str(error.orig).lower()
    return next((one for one in TROUBLES if any(mark in said for mark in one.marks)), None)
