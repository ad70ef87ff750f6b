"""Scans and photographs: what is recognised, what is marked as doubtful, and where the § signs go."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from app.wiring import parser
from catalogue.errors import Unreadable
from ingest.parse import ocr
from ingest.parse.dispatch import parse_file
from ingest.parse.ocr_repair import repaired
from ingest.parse.pdf import read_pdf
from ingest.parse.pdf_lines import Line, without_furniture
from ingest.parse.pdf_structure import DOUBTFUL
from tests.documents import Text, write_pdf
from tests.town import town_settings

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
pytestmark = pytest.mark.skipif(
    not (shutil.which("tesseract") and FONT.exists()), reason="Tesseract fehlt: scripts/install.sh system"
)
LETTER = [
    "Gemeinde Kranichsbrück",
    "Sehr geehrte Damen und Herren,",
    "die Fütterung von Tauben ist im gesamten Stadtgebiet untersagt.",
    "Verstöße können mit einem Bußgeld geahndet werden.",
]


def picture(lines: list[str], *, turned: int = 0) -> Image.Image:
    """A page of A4 at 200 dpi."""
    image = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((180, 200 + 70 * number), line, fill=0, font=ImageFont.truetype(str(FONT), 32))
    return image.rotate(turned, expand=True, fillcolor=255)


def pdf_of(path: Path, *images: Image.Image) -> Path:
    images[0].save(path, "PDF", resolution=200, save_all=True, append_images=images[1:])
    return path


def text_of(path: Path) -> str:
    return " ".join(element.text for element in parse_file(path, path.name).elements)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".pdf"])
def test_scanned_letter_is_read_with_its_umlauts(tmp_path, suffix):
    path = tmp_path / f"brief{suffix}"
    picture(LETTER).save(path, dpi=(200, 200), resolution=200)
    text = text_of(path)
    assert "die Fütterung von Tauben ist im gesamten Stadtgebiet untersagt." in text
    assert "Verstöße" in text


def test_page_that_lies_on_its_side_is_turned(tmp_path):
    assert "Bußgeld geahndet" in text_of(pdf_of(tmp_path / "a.pdf", picture(LETTER[2:] * 3, turned=90)))


def test_pages_of_text_and_pages_of_pictures_come_in_their_order(tmp_path):
    scan = pdf_of(tmp_path / "scan.pdf", picture(LETTER))
    first = write_pdf(tmp_path / "1.pdf", [[Text("Diese Seite hat ihren eigenen Text.")]])
    last = write_pdf(tmp_path / "3.pdf", [[Text("Auch der Schluss hat einen eigenen Text.")]])
    from pypdfium2 import PdfDocument

    mixed = PdfDocument.new()
    for path in (first, scan, last):
        mixed.import_pages(PdfDocument(path))
    mixed.save(tmp_path / "mixed.pdf")
    parsed = parse_file(tmp_path / "mixed.pdf", "mixed.pdf")
    pages = {element.page for element in parsed.elements if "Tauben" in element.text}
    assert pages == {2}
    assert [e.page for e in parsed.elements if "eigenen Text" in e.text] == [1, 3]
    assert parsed.warnings == ()


def test_page_that_cannot_be_read_is_reported_and_an_empty_back_is_not(tmp_path):
    smear = Image.new("L", (1654, 2339), 255)
    ImageDraw.Draw(smear).ellipse((300, 300, 1300, 1900), fill=40)
    path = pdf_of(tmp_path / "a.pdf", picture(LETTER), smear, Image.new("L", (1654, 2339), 255))
    parsed = parse_file(path, "a.pdf")
    assert parsed.warnings == ("Seite 2 von 3 enthält keinen lesbaren Text.",)


def test_poorly_printed_text_is_marked_as_doubtful(tmp_path):
    clean = picture(LETTER)
    poor = clean.resize((280, 396)).resize(clean.size)
    doubted, sure = (read_pdf(pdf_of(tmp_path / "a.pdf", image)).elements for image in (poor, clean))
    assert any(element.warnings == (DOUBTFUL,) for element in doubted)
    assert not any(element.warnings for element in sure)


def test_picture_without_text_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (800, 600), 255).save(path)
    with pytest.raises(Unreadable) as caught:
        parse_file(path, "a.png")
    assert caught.value.code == "kein-text"


def test_recognised_pages_are_kept_by_their_hash(tmp_path, monkeypatch):
    ocr.use_cache(tmp_path / "cache")
    try:
        path = pdf_of(tmp_path / "a.pdf", picture(LETTER))
        first = read_pdf(path)
        monkeypatch.setattr(ocr, "_tesseract", lambda *_: pytest.fail("wurde noch einmal erkannt"))
        assert read_pdf(path).elements == first.elements
    finally:
        ocr._cache.clear()


def test_the_product_keeps_recognised_pages_in_its_data_directory(tmp_path):
    path = pdf_of(tmp_path / "a.pdf", picture(LETTER))
    settings = town_settings(tmp_path / "var")
    with parser(settings, None) as parse:
        cut = parse(path, "a.pdf").cut
    assert cut is not None
    assert "Bußgeld" in " ".join(passage.text for passage in cut.passages)
    assert len(list((tmp_path / "var" / "ocr").glob("*.tsv"))) == 1


def test_missing_tesseract_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreadable) as caught:
        parse_file(pdf_of(tmp_path / "a.pdf", picture(LETTER)), "a.pdf")
    assert "tesseract-ocr-deu" in caught.value.hint


def mended(*texts: str) -> list[str]:
    lines = [Line(text, 1, 0, 100, 0, 10, 10, False, (), False) for text in texts]
    return [line.text for line in repaired(lines)]


def test_section_signs_come_back_where_the_numbering_goes_on():
    assert mended("81", "Zweck", "& 2 Anzeige", "8 3 Gebühr", "4 Frist", "811", "85") == [
        "§ 1", "Zweck", "§ 2 Anzeige", "§ 3 Gebühr", "§ 4 Frist", "811", "§ 5",
    ]  # fmt: skip


def test_numbers_that_are_no_sections_stay():
    lines = ["81 Euro im Jahr", "3 Personen", "Haus Nr. 85", "& Söhne"]
    assert mended(*lines) == lines


def test_signs_in_running_text_come_back_by_what_follows():
    assert mended("nach 83 Abs. 1 und der 88 5, 19 und 51 sowie $ 2 Satz 1") == [
        "nach § 3 Abs. 1 und der §§ 5, 19 und 51 sowie § 2 Satz 1"
    ]


def test_brackets_of_subsections_come_back():
    lines = ["§ 1 Steuersatz", "Die Steuer beträgt 15 Euro.", "2) Ist der Betrag negativ, so gilt", "8) In den Fällen"]
    assert mended(*lines) == [*lines[:2], "(2) Ist der Betrag negativ, so gilt", "(3) In den Fällen"]
    counted = ["§ 1 Zweck", "1) Eine Liste", "2) Mit Klammern"]
    assert mended(*counted) == counted
    assert mended("2) Ohne Paragraph") == ["2) Ohne Paragraph"]


def test_sign_is_put_back_after_a_preposition():
    assert mended("nach Maßgabe der in & 2 aufgeführten") == ["nach Maßgabe der in § 2 aufgeführten"]


def furnished(*tops: str) -> list[str]:
    pages = [
        [
            Line(top, number, 0, 400, 800, 812, 12, False, (), False),
            Line(f"Inhalt der Seite {number}", number, 0, 200, 400, 412, 12, False, (), False),
        ]
        for number, top in enumerate(tops, 1)
    ]
    kept = without_furniture(pages, [842.0] * len(pages), frozenset(range(1, len(pages) + 1)))
    return [line.text for page in kept for line in page]


def test_running_header_goes_even_where_the_crest_beside_it_is_read_differently_each_time():
    head = "Entschädigungssatzung der Gemeinde Musterhausen"
    assert furnished(f"{head} ısengericht", f"{head} Linsengerich", f"{head} ;") == [
        f"Inhalt der Seite {n}" for n in (1, 2, 3)
    ]
    different = ["Anfang der ersten Seite hier oben", "Weiter geht es auf der zweiten", "Und das ist die dritte hier"]
    assert len(furnished(*different)) == 6
