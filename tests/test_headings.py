"""Which lines are numbered like headings, and which only mention a number."""

from __future__ import annotations

import pytest

from ingest.parse.element import Element
from ingest.parse.headings import numbered, promote


@pytest.mark.parametrize(
    ("line", "sort"),
    [
        ("§ 5 Höhe der Gebühr", "paragraph"),
        ("§ 5", "paragraph"),
        ("§5a Ausnahmen", "paragraph"),
        ("§ 12 - Inkrafttreten", "paragraph"),
        ("Artikel 2", "article"),
        ("Anlage 2", "part"),
        ("Anlage zu § 2 Abs. 3 der Satzung", "part"),
        ("Zweiter Abschnitt", "part"),
        ("II. Abschnitt: Gebühren", "part"),
        ("Teil A Allgemeines", "part"),
        ("3.2.1 Ablauf", "decimal"),
        ("1. Allgemeines", "decimal"),
        ("IV. Schluss", "roman"),
    ],
)
def test_headings_are_recognised(line, sort):
    found = numbered(line)
    assert found is not None
    assert found.sort == sort


@pytest.mark.parametrize(
    "line",
    [
        "§ 5 Abs. 2 bleibt unberührt.",
        "§ 5 HGO",
        "§ 9 BauGB zugeordneten Grundstücke",
        "§ 7 der Hauptsatzung",
        "§§ 5, 51 und 93",
        "Anlagen sind beizufügen",
        "Teilnahme am Verkehr",
        "12 Euro",
        "Im Jahr 2024",
    ],
)
def test_mentions_are_not_headings(line):
    assert numbered(line) is None


def test_deeper_numbers_lie_deeper():
    levels = [found.level for line in ("1. A", "1.2 B", "1.2.3 C") if (found := numbered(line))]
    assert levels == sorted(set(levels))
    assert len(levels) == 3


def promoted(*texts: str) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in promote([Element("text", text) for text in texts])]


def test_sections_must_continue_the_numbering():
    assert promoted("§ 1 Zweck", "§ 14 Verweis", "§ 2 Anzeige") == [
        ("title", "§ 1 Zweck"),
        ("text", "§ 14 Verweis"),
        ("title", "§ 2 Anzeige"),
    ]


def test_number_alone_takes_the_line_below_as_its_title():
    assert promoted("§ 1", "Geltungsbereich", "Dies gilt überall.") == [
        ("title", "§ 1 Geltungsbereich"),
        ("text", "Dies gilt überall."),
    ]
    assert promoted("§ 1", "(1) Dies gilt überall.")[0] == ("title", "§ 1")


def test_styled_titles_keep_their_level():
    found = promote([Element("title", "§ 1 Zweck", 2), Element("title", "Anhang", 1)])
    assert [element.level for element in found] == [2, 1]
