"""A glossary as a file people write: one line for each short form, „BüBü = Bürgerbüro; Bürgerservice“."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from catalogue.errors import BadInput
from indexes.glossary import Meaning


def read_glossary(path: Path) -> list[Meaning]:
    """Empty lines and what follows a # are skipped.

    Raises: BadInput when the file can't be read, or names the first line that says nothing.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"„{path}“ ist nicht lesbar.", "Erwartet wird eine Textdatei in UTF-8.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        said = line.partition("#")[0].strip()
        short, equals, longs = said.partition("=")
        meanings = [Meaning(short.strip(), long.strip()) for long in longs.split(";") if long.strip()]
        if said and not (short.strip() and equals and meanings):
            raise BadInput(
                f"Zeile {number} in „{path}“ ist kein Eintrag.", "So geht es: BüBü = Bürgerbüro; Bürgerservice"
            )
        found += meanings
    return found


def as_lines(meanings: Iterable[Meaning]) -> str:
    """The lines of such a file, one for each short form."""
    longs: dict[str, list[str]] = {}
    for one in meanings:
        longs.setdefault(one.short, []).append(one.long)
    return "".join(f"{short} = {'; '.join(found)}\n" for short, found in longs.items())
