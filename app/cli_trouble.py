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

    from app.database_trouble import trouble_of

    trouble = trouble_of(error) if isinstance(error, OperationalError) else None
    return f"{trouble.text} {trouble.hint}" if trouble else None
