from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from app.cli_trouble import explain
from catalogue.errors import BadInput


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("database or disk is full", "kein Platz mehr"),
        ("attempt to write a readonly database", "schreibgeschützt"),
        ("unable to open database file", "lässt sich nicht öffnen"),
        ("database is locked", "hält die Datenbank fest"),
        ("connection to server at 127.0.0.1 failed", "antwortet nicht"),
    ],
)
def test_trouble_with_the_database_is_told_with_what_to_do(said: str, told: str) -> None:
    text = explain(OperationalError("SELECT", None, Exception(said)))
    assert text is not None
    assert told in text
    assert "Bitte " in text


def test_trouble_with_a_file_names_it_in_german() -> None:
    text = explain(PermissionError(13, "Permission denied", "/akten/a.pdf"))
    assert text == "„/akten/a.pdf“: keine Berechtigung. Bitte Pfad, Rechte und freien Platz prüfen."
    assert explain(BadInput("So nicht.", "Bitte anders.")) == "So nicht. Bitte anders."


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    assert explain(KeyError("x")) is None
    assert explain(OperationalError("ALTER", None, Exception("duplicate column name: x"))) is None
