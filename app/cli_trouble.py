"""Says in German what went wrong, whoever raised it."""

from __future__ import annotations

from catalogue.errors import StadtwissenError, in_german

# What the databases say, and what that means for whoever sits before the screen.
TROUBLES = (
    (
        ("full", "no space"),
        "Auf dem Datenträger der Datenbank ist kein Platz mehr. Bitte Platz schaffen und den Befehl wiederholen.",
    ),
    (
        ("readonly", "read-only"),
        "Die Datenbank ist schreibgeschützt. Bitte die Rechte des Datenverzeichnisses prüfen.",
    ),
    (
        ("unable to open",),
        "Die Datenbank lässt sich nicht öffnen. Bitte Rechte und Platz des Datenverzeichnisses prüfen.",
    ),
    (
        ("locked",),
        "Ein anderes Programm hält die Datenbank fest. Bitte warten und den Befehl wiederholen.",
    ),
    (
        ("connect",),
        "Die Datenbank antwortet nicht mehr. Bitte STADTWISSEN_DATABASE_URL und den Datenbankdienst prüfen.",
    ),
)


def explain(error: Exception) -> str | None:
    """What to tell the person at the command line; None for a fault of the program, which needs its traceback."""
    if isinstance(error, StadtwissenError):
        return str(error)
    if isinstance(error, OSError):
        where = f"„{error.filename}“: " if error.filename else ""
        return f"{where}{in_german(error)}. Bitte Pfad, Rechte und freien Platz prüfen."
    return _explain_database(error)


def _explain_database(error: Exception) -> str | None:
    from sqlalchemy.exc import OperationalError

    if not isinstance(error, OperationalError):
        return None
    said = str(error.orig).lower()
    return next((text for marks, text in TROUBLES if any(mark in said for mark in marks)), None)
