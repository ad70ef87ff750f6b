"""PDF pages: headings, paragraphs, columns, what is left out, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypdfium2
import pytest

from catalogue.errors import Unreadable
from ingest.parse.element import Element
from ingest.parse.pdf import pdf_date, read_pdf
from tests.documents import Text, write_form, write_image_pdf, write_pdf

REAL = Path("../shared/data/documents")
needs_real_files = pytest.mark.skipif(not REAL.exists(), reason="the folder of real documents is not there")


def read(tmp_path: Path, *pages: list[Text], rotation: int = 0) -> list[Element]:
    return read_pdf(write_pdf(tmp_path / "a.pdf", list(pages), rotation=rotation)).elements


def shape(elements: list[Element]) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in elements]


def prose(*lines: str) -> list[Text]:
    return [Text(line) for line in lines]


STATUTE = [
    Text("Hundesteuersatzung", size=16, bold=True),
    *prose("Aufgrund der Gemeindeordnung hat der Rat diese Satzung beschlossen, die hiermit", "bekannt gemacht wird."),
    Text("§ 1", x=280, bold=True),
    Text("Steuergegenstand", x=240, bold=True),
    *prose("(1) Gegenstand der Steuer ist das Halten von Hunden in der Stadt. Nach", "§ 5 der Ordnung gilt nichts."),
    *prose("(2) Wer einen Hund hält, ist steuerpflichtig."),
    Text("§ 2 Steuersatz", bold=True),
    *prose("Die Steuer beträgt jährlich:", "a) für den ersten Hund 60 Euro,", "b) für jeden weiteren Hund 90 Euro."),
]


def test_statute_becomes_headings_subsections_and_list_items(tmp_path):
    assert shape(read(tmp_path, STATUTE)) == [
        ("title", "Hundesteuersatzung"),
        (
            "text",
            "Aufgrund der Gemeindeordnung hat der Rat diese Satzung beschlossen, die hiermit bekannt gemacht wird.",
        ),
        ("title", "§ 1 Steuergegenstand"),
        (
            "text",
            "(1) Gegenstand der Steuer ist das Halten von Hunden in der Stadt. Nach § 5 der Ordnung gilt nichts.",
        ),
        ("text", "(2) Wer einen Hund hält, ist steuerpflichtig."),
        ("title", "§ 2 Steuersatz"),
        ("text", "Die Steuer beträgt jährlich:"),
        ("list", "a) für den ersten Hund 60 Euro,"),
        ("list", "b) für jeden weiteren Hund 90 Euro."),
    ]


def test_document_title_stands_above_its_sections(tmp_path):
    levels = [element.level for element in read(tmp_path, STATUTE) if element.kind == "title"]
    assert levels[0] < levels[1] == levels[2]


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("drawn", [0, 90, 180, 270])
def test_pages_are_read_alike_however_they_are_turned(tmp_path, rotation, drawn):
    turned = read_pdf(write_pdf(tmp_path / "a.pdf", [STATUTE], rotation=rotation, drawn=drawn)).elements
    assert shape(turned) == shape(read(tmp_path, STATUTE))


def test_words_divided_at_the_end_of_a_line_become_whole(tmp_path):
    elements = read(
        tmp_path,
        prose(
            "Die Unterhaltung der Wege obliegt nach Maßgabe dieser Vorschrift den Grundstücks-",
            "eigentümern; das gilt auch für die Pflege der Feld- und Waldwege, der Gräben-",
            "und Böschungen sowie für alle Arbeiten, die in der Zuständigkeit des EU-",
            "Beauftragten liegen.",
        ),
    )
    assert elements[0].text == (
        "Die Unterhaltung der Wege obliegt nach Maßgabe dieser Vorschrift den Grundstückseigentümern; das gilt"
        " auch für die Pflege der Feld- und Waldwege, der Gräben- und Böschungen sowie für alle Arbeiten, die in der"
        " Zuständigkeit des EU-Beauftragten liegen."
    )


def test_running_headers_and_page_numbers_are_left_out_but_sections_at_the_top_stay(tmp_path):
    pages = [
        [
            Text("Stadt Kranichsbrück", y=800, size=9),
            Text(f"§ {number} Abschnittstitel", y=760, bold=True),
            Text(f"Satz {'abcd'[number]} steht auf einer Seite, die sonst nur wenige Wörter hat.", y=600),
            Text(f"Seite {number} von 3", y=40, size=9),
        ]
        for number in (1, 2, 3)
    ]
    assert [element.text for element in read(tmp_path, *pages) if element.kind == "title"] == [
        "§ 1 Abschnittstitel",
        "§ 2 Abschnittstitel",
        "§ 3 Abschnittstitel",
    ]
    text = " ".join(element.text for element in read(tmp_path, *pages))
    assert "Kranichsbrück" not in text
    assert "Seite 2" not in text


def test_columns_are_read_one_after_the_other(tmp_path):
    left = [f"Links steht in der Zeile {n} ein Satz" for n in range(8)]
    right = [f"Rechts steht in der Zeile {n} ein Satz" for n in range(8)]
    page = [Text(line, x=60, y=700 - 14 * n) for n, line in enumerate(left)]
    page += [Text(line, x=330, y=700 - 14 * n) for n, line in enumerate(right)]
    text = " ".join(element.text for element in read(tmp_path, sorted(page, key=lambda line: -line.y)))
    assert text == " ".join([*left, *right])


def test_table_of_contents_is_left_out_when_its_headings_follow(tmp_path):
    names = ["1. Einleitung", "2. Aufgaben", "3. Vertretung"]
    contents = [Text(f"{name} {'.' * 60} {place}") for place, name in enumerate(names, 2)]
    body = [part for name in names for part in (Text(name, bold=True), Text("Das regelt die Leitung im Einzelnen."))]
    assert [element.text for element in read(tmp_path, contents, body) if element.kind == "title"] == names
    assert all("...." not in element.text for element in read(tmp_path, contents, body))


def test_page_of_a_paragraph_is_kept(tmp_path):
    pages = [prose("Der erste Satz steht vorn."), prose("Der zweite Satz steht hinten.")]
    assert [(element.page, element.text) for element in read(tmp_path, *pages)] == [
        (1, "Der erste Satz steht vorn."),
        (2, "Der zweite Satz steht hinten."),
    ]


def test_scan_without_a_letter_on_it_asks_for_a_better_one(tmp_path):
    with pytest.raises(Unreadable) as caught:
        read_pdf(write_image_pdf(tmp_path / "a.pdf", 3))
    assert caught.value.code == "kein-text"
    assert "3 Seiten" in caught.value.text
    assert "300 dpi" in caught.value.hint


def test_file_that_pdfium_would_repair_by_losing_pages_is_refused(tmp_path):
    path = write_pdf(tmp_path / "a.pdf", [prose("eins"), prose("zwei")])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(Unreadable) as caught:
        read_pdf(path)
    assert caught.value.code == "beschaedigt"


def test_dates_are_read_with_their_offset():
    found = pdf_date("D:20260302093000+01'00'")
    assert found is not None
    assert found.isoformat() == "2026-03-02T08:30:00+00:00"
    assert pdf_date("gestern") is None
    assert pdf_date("D:20261399") is None


def section_lines(path: Path) -> set[int]:
    """The numbers of the lines "§ n" or "§ n Titel", as they stand in pdfium's plain text."""
    document = pypdfium2.PdfDocument(path)
    text = "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r", "")
    return {
        int(number)
        for number in re.findall(r"^§ ?(\d+) ?(?:[A-ZÄÖÜ][a-zäöü][^\n]{2,70}[^.,; \n])? *$", text, re.MULTILINE)
    }


@needs_real_files
def test_nine_in_ten_section_lines_of_real_statutes_are_headings():
    found = missing = 0
    for entry in map(json.loads, (REAL / "manifest.jsonl").read_text().splitlines()):
        if not entry["path"].startswith("satzungen") or entry["scan"]:
            continue
        expected = section_lines(REAL / entry["path"])
        elements = read_pdf(REAL / entry["path"]).elements
        headings = {int(match[1]) for e in elements if e.kind == "title" and (match := re.match(r"§ (\d+)", e.text))}
        found += len(expected & headings)
        missing += len(expected - headings)
        text = " ".join(element.text for element in elements)
        assert any(umlaut in text for umlaut in "äöüß")
        assert not re.search("[\ufffd\ufffe\u00ad]", text)
    assert found >= 9 * missing
    assert found > 30


def test_what_was_filled_into_a_form_stands_beside_its_label(tmp_path):
    filled = read_pdf(write_form(tmp_path / "a.pdf")).elements
    text = "\n".join(element.text for element in filled)
    for line in ("Name: | Erika Beispiel", "Ortsteil: | Mühlfeld", "Befreiung | ☒"):
        assert line.replace(" | ", " ") in text.replace(" | ", " ")
    assert "Der Hund wird zur Jagd gehalten. Er hilft im Stadtwald." in " ".join(text.split())
    assert text.count("☒") == 1
    assert not any(element.kind == "title" for element in filled)


def test_an_empty_form_shows_its_labels_only(tmp_path):
    text = " ".join(element.text for element in read_pdf(write_form(tmp_path / "a.pdf", filled=False)).elements)
    assert "Erika" not in text
    assert "☒" not in text
    assert "Ortsteil" in text


def test_title_of_a_statute_goes_on_below_it_with_space_between(tmp_path):
    page = [
        Text("Satzung", x=270, y=760, size=12, bold=True),
        Text("für die Freiwillige Feuerwehr der", x=220, y=730, size=12, bold=True),
        Text("Gemeinde Musterhausen", x=230, y=714, size=12, bold=True),
        Text("Aufgrund der Gemeindeordnung hat der Rat am 12.02.2020 diese Satzung beschlossen.", y=680),
    ]
    assert shape(read(tmp_path, page))[0] == (
        "title",
        "Satzung für die Freiwillige Feuerwehr der Gemeinde Musterhausen",
    )


def test_nothing_stands_below_a_table_of_contents(tmp_path):
    page = [
        Text("Richtlinie zur Vereinsförderung", size=18, bold=True),
        Text("Inhalt", size=14, bold=True),
        Text("1. Einleitung", size=12, bold=True),
        *prose("Die Gemeinde fördert Vereine, die im Gemeindegebiet ansässig sind und allen offen stehen."),
    ]
    levels = {element.text: element.level for element in read(tmp_path, page) if element.kind == "title"}
    assert levels["Inhalt"] > levels["1. Einleitung"]
