"""Where a document's title comes from."""

from __future__ import annotations

import pytest

from ingest.parse.element import Element
from ingest.parse.title import choose_title, department_of, language_of, readable_name, usable


@pytest.mark.parametrize(
    "stated",
    [
        "Microsoft Word - Dokument1",
        "Dokument1.docx",
        "Präsentation2",
        "PowerPoint-Präsentation",
        "untitled",
        "Scan_2024-01-05",
        "Angebot - final.docx",
        "Microsoft Word - Satzung über die Benutzung der …",
        "   ",
        None,
    ],
)
def test_placeholders_are_no_titles(stated):
    assert usable(stated) == ""


def test_program_name_is_cut_off():
    assert usable("Microsoft Word - Hundesteuersatzung") == "Hundesteuersatzung"


def test_topmost_heading_serves_but_not_a_chapter_or_a_letterhead():
    heading = Element("title", "Richtlinie zur Vereinsförderung", 1)
    letterhead = Element("title", "Gemeinde Linsengericht", 1)
    assert choose_title(None, [letterhead, heading], "a.pdf") == "Richtlinie zur Vereinsförderung"
    assert choose_title(None, [Element("title", "1. Allgemeines", 6)], "dienst_anweisung.pdf") == "Dienst anweisung"
    statute = Element("title", "1. Satzung zur Änderung der Abfallsatzung", 6)
    assert choose_title(None, [statute], "a.pdf") == "1. Satzung zur Änderung der Abfallsatzung"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("hundesteuer_satzung.pdf", "Hundesteuer satzung"),
        ("IT-Handbuch 2026.docx", "IT-Handbuch 2026"),
        ("ordner\\a-b.txt", "A b"),
    ],
)
def test_file_name_is_made_readable(name, shown):
    assert readable_name(name) == shown


def test_language_is_told_by_small_words():
    german = Element("text", "Die Gebühr ist mit dem Antrag zu zahlen und wird nicht erstattet.")
    english = Element("text", "The fee is to be paid with the application and will not be refunded.")
    assert (language_of([german]), language_of([english]), language_of([Element("text", "Hallo")])) == (
        "de",
        "en",
        None,
    )


def test_title_is_neither_a_question_nor_an_announcement_nor_set_large_on_a_later_page():
    headings = [
        Element("title", "Öffentliche Bekanntmachung", 1, 1),
        Element("title", "Haben Sie Fragen?", 1, 1),
        Element("title", "Merkblatt zur Belehrung", 2, 1),
        Element("title", "Anschriften", 1, 2),
    ]
    assert choose_title(None, headings, "a.pdf") == "Merkblatt zur Belehrung"


@pytest.mark.parametrize(
    ("line", "office"),
    [
        ("Fachbereich 2 Bürgerdienste", "Fachbereich 2 Bürgerdienste"),
        ("DER GEMEINDEVORSTAND\n- Hauptamt - Musterhausen", "Hauptamt"),
        ("DER GEMEINDEVORSTAND Finanzverwaltung -", "Finanzverwaltung"),
        ("- Kindergartenverwaltung - | Sprechzeiten:", "Kindergartenverwaltung"),
        ("Die Gemeindeverwaltung gibt bekannt, dass das Rathaus geschlossen ist.", None),
    ],
)
def test_office_is_taken_from_the_head_of_the_letter(line, office):
    assert department_of([Element("text", line)]) == office
