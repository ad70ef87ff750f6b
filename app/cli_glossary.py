"""The command that shows, reads in and writes the glossary."""

from __future__ import annotations

import argparse
from contextlib import closing

from app.settings import read_settings
from app.wiring import open_archive
from indexes.glossary import keep, meanings
from indexes.glossary_file import as_lines, read_glossary
from ingest.abbreviations import reread


def glossary(chosen: argparse.Namespace) -> int:
    """Do what was asked for, and show what there is if nothing was."""
    with closing(open_archive(read_settings())) as opened:
        if chosen.source:
            entered = read_glossary(chosen.source)
            with opened.sessions.begin() as session:
                print(f"{keep(session, opened.tenant_id, entered)} Einträge übernommen.")
        if chosen.reread:
            print(f"{reread(opened.sessions, opened.tenant_id)} Abkürzungen in Dokumenten gefunden.")
        with opened.sessions() as session:
            lines = as_lines(meanings(session, opened.reader))
    if chosen.target:
        chosen.target.write_text(lines, "utf-8")
        print(f"Geschrieben: {chosen.target}")
    elif not (chosen.source or chosen.reread):
        print(lines.rstrip() or "Noch keine Einträge. Eine Datei liest man mit --import ein (BüBü = Bürgerbüro).")
    return 0
