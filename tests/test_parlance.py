"""What every town hall calls so is understood without a glossary of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adding import take_in
from app.wiring import open_archive
from indexes.glossary import LONGEST_FORM, check, key_of
from indexes.glossary_file import read_glossary
from indexes.parlance import LAWS, SERVICES, common_names
from tests.town import TOOLS, running, settle, town_settings, write_papers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Antrag nach UVG", ["Unterhaltsvorschussgesetz"]),
        ("Was regelt das Baugesetzbuch?", ["BauGB"]),
        ("einfügen baugb", ["Baugesetzbuch"]),
        ("SGB XII Antrag", ["Sozialhilfe"]),
        ("Wer räumt den Weg?", []),
        ("Beschluss nach WEG", ["Wohnungseigentumsgesetz"]),
        ("lost identity card", ["Personalausweis"]),
        ("opening hours of the citizen office", ["Bürgerbüro", "Öffnungszeiten", "geöffnet"]),
        ("Personalausweis verloren", []),
        ("Hundesteuer", []),
        ("SGB", ["Sozialgesetzbuch"]),
        ("BauGB oder BauNVO", ["Baunutzungsverordnung", "Baugesetzbuch"]),
        ("", []),
    ],
)
def test_other_names_are_known(text: str, names: list[str]) -> None:
    assert common_names(text) == names


@pytest.mark.parametrize("table", [LAWS, SERVICES])
def test_every_line_says_something_and_none_comes_twice(table: Path) -> None:
    entries = read_glossary(table)
    for one in entries:
        check(one)
    pairs = [(key_of(one.short), key_of(one.long)) for one in entries]
    assert len(pairs) == len(set(pairs)) > 200
    assert max(len(one.long) for one in entries) < LONGEST_FORM


def test_a_reference_by_the_short_form_finds_the_law_that_is_filed_under_its_name(tmp_path: Path) -> None:
    papers = {
        "Baugesetzbuch.txt": "# § 34 Zulässigkeit\nEin Vorhaben fügt sich ein.\n# § 35 Außenbereich\nPrivilegiert.\n",
        "Satzung.txt": "# § 34 Gebühr\nNach BauGB und dieser Satzung kostet die Auskunft 20 Euro.\n",
    }
    settings = town_settings(tmp_path / "var")
    opened = open_archive(settings, TOOLS)
    list(take_in(opened, "Bauamt", "Recht", [write_papers(tmp_path / "papiere", papers)]))
    settle(opened)
    opened.close()
    with running(settings) as client:
        found = client.get("/api/v1/search", params={"q": "§ 34 BauGB"}).json()["passages"]
    assert found[0]["document"]["source"] == "Baugesetzbuch.txt"
    assert found[0]["citation"] == "§ 34"
