"""Cells as the reader of a sheet sees them, and where their rows stand."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from ingest.parse import sheets
from ingest.parse.sheets import read_csv, read_xlsx
from tests.documents import write_xlsx


def cells(tmp_path, value, number_format="General"):
    path = write_xlsx(tmp_path / "a.xlsx", [["Name", "Wert"], ["x", value]], formats={"B": number_format})
    return read_xlsx(path).elements[-1].text.split("\n")[1].split(" | ")[1]


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (37, '#,##0.00 "€"', "37,00 €"),
        (1234.5, '#,##0.00 "€"', "1.234,50 €"),
        (0.19, "0%", "19 %"),
        (0.055, "0.0%", "5,5 %"),
        (3.0, "General", "3"),
        (2.5, "General", "2,5"),
        (1500, "#,##0", "1.500"),
        (date(2026, 3, 1), "dd.mm.yyyy", "01.03.2026"),
        (datetime.combine(date(2026, 3, 1), time(8, 30)), "dd.mm.yyyy hh:mm", "01.03.2026 08:30"),
        ("0815", "@", "0815"),
        (True, "General", "ja"),
    ],
)
def test_values_look_as_in_a_german_spreadsheet(tmp_path, value, number_format, shown):
    assert cells(tmp_path, value, number_format) == shown


def test_sheet_name_caption_header_and_row_numbers_are_kept(tmp_path):
    rows: list[list[str | None]] = [
        ["Gebührenverzeichnis 2026"],
        [],
        ["Leistung", "Gebühr"],
        ["Ausweis", "37 €"],
        ["Pass", "70 €"],
    ]
    source = read_xlsx(write_xlsx(tmp_path / "a.xlsx", rows))
    assert [(e.kind, e.level, e.text, e.rows) for e in source.elements] == [
        ("title", 1, "Gebühren", None),
        ("title", 2, "Gebührenverzeichnis 2026", (1, 1)),
        ("table", 0, "Leistung | Gebühr\nAusweis | 37 €\nPass | 70 €", (4, 5)),
    ]
    assert {e.sheet for e in source.elements} == {"Gebühren"}


def test_blocks_below_an_empty_row_keep_the_header(tmp_path):
    rows: list[list[str | None]] = [["Leistung", "Gebühr"], ["Ausweis", "37 €"], [None, None], ["Pass", "70 €"]]
    last = read_xlsx(write_xlsx(tmp_path / "a.xlsx", rows)).elements[-1]
    assert (last.text, last.rows) == ("Leistung | Gebühr\nPass | 70 €", (4, 4))


def test_nameless_sheet_gives_no_heading(tmp_path):
    source = read_xlsx(write_xlsx(tmp_path / "a.xlsx", [["A", "B"], ["1", "2"]], sheet="Tabelle1"))
    assert [e.kind for e in source.elements] == ["table"]


def test_long_sheet_is_cut_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    source = read_xlsx(write_xlsx(tmp_path / "a.xlsx", [["A", "B"], *[[str(n), "x"] for n in range(9)]]))
    assert source.elements[-1].rows == (2, 3)
    assert source.warnings == ("Tabellenblatt „Gebühren“: nur die ersten 3 Zeilen wurden gelesen.",)


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_csv_finds_its_own_separator_and_keeps_leading_zeros(tmp_path, mark):
    path = tmp_path / "a.csv"
    path.write_text(f'Ort{mark}PLZ\n"Bad {mark} Dürrenberg"{mark}06231\n')
    assert read_csv(path).elements[0].text == f"Ort | PLZ\nBad {mark.strip()} Dürrenberg | 06231".replace(
        "Bad  ", "Bad "
    )
