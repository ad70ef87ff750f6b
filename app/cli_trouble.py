"""Says in German what went wrong, whoever raised it."""

from __future__ import annotations

from catalogue.errors import StadtwissenError, in_german


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
    if "full" in said or "no space" in said:
        return (
            "Auf dem Datenträger der Datenbank ist kein Platz mehr. Bitte Platz schaffen und den Befehl wiederholen; "
            "was bis dahin angenommen ist, bleibt."
        )
    if "readonly" in said or "read-only" in said:
        return "Die Datenbank ist schreibgeschützt. Bitte die Rechte des Datenverzeichnisses prüfen."
    if "unable to open" in said:
        return "Die Datenbank lässt sich nicht öffnen. Bitte Rechte und Platz des Datenverzeichnisses prüfen."
    return "Die Datenbank antwortet nicht mehr. Bitte STADTWISSEN_DATABASE_URL und den Datenbankdienst prüfen."
