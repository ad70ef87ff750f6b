"""Damaged files of every kind end as read or as refused with a reason: never as a crash, never as nothing.

The files are those of the sample town, and small ones in the formats it lacks. `FUZZ_CASES` asks for more or fewer.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.errors import Unreadable
from ingest.parse.room import Limits, ParserPool
from tests.documents import Text as Line
from tests.documents import mail, write_docx, write_odt, write_pdf, write_pptx, write_xlsx, zip_of

CASES = int(os.environ.get("FUZZ_CASES", "1000"))
# LibreOffice starts anew for each file.
MAX_OFFICE_CASES = min(30, CASES // 20)
SAMPLES = Path(__file__).parents[1] / "samples"
SAMPLE_KINDS = {".csv", ".docx", ".eml", ".html", ".md", ".odt", ".pdf", ".pptx", ".txt", ".xlsx"}
SEED = 20_261_123
CLEAN = {
    "leer",
    "verschluesselt",
    "beschaedigt",
    "falscher-typ",
    "nicht-unterstuetzt",
    "zu-gross",
    "kein-text",
    "archiv",
}
RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\pard Die Geb\'fchr betr\'e4gt zw\'f6lf Euro.\par}"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("seeds")
    lines = [Line("§ 1 Zweck", bold=True), Line("(1) Die Stadt erhebt eine Gebühr."), Line("(2) Sie beträgt 12 Euro.")]
    paths = [
        write_pdf(folder / "a.pdf", [lines * 5, lines * 9], title="Gebührensatzung"),
        write_docx(folder / "a.docx"),
        write_pptx(folder / "a.pptx"),
        write_xlsx(folder / "a.xlsx", [["Leistung", "Gebühr"], *([f"Nr. {n}", n] for n in range(20))]),
        write_odt(folder / "a.odt", "# Fundbüro\n\nFundsachen werden aufbewahrt.\n"),
    ]
    texts = {
        "a.html": "<html><body><h1>Bürgerbüro</h1><p>Geöffnet.</p><table><tr><td>1</td></tr></table></body></html>",
        "a.md": "# Handbuch\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n- eins\n",
        "a.txt": "§ 1 Zweck\n\n(1) Die Stadt erhebt Gebühren.\n",
        "a.csv": "Straße;Länge\nMühlweg;300\n",
    }
    found = {path.name: path.read_bytes() for path in paths} | {name: text.encode() for name, text in texts.items()}
    found["a.eml"] = mail(html="<p>Gesperrt</p>", attachment=b"Umleitung").as_bytes()
    found["a.zip"] = zip_of({"a.txt": b"Text", "b.zip": zip_of({"c.txt": b"Tief"})})
    return found | sample_files()


def sample_files() -> dict[str, bytes]:
    """The sample town's own papers, without its scans: recognising them would take hours."""
    departments = [folder for folder in SAMPLES.iterdir() if folder.name not in ("texte", "formats")]
    papers = [path for folder in departments for path in folder.glob("*.*") if path.suffix in SAMPLE_KINDS]
    return {path.name: path.read_bytes() for path in sorted(papers) if "-scan" not in path.name}


def mutated(content: bytes, dice: random.Random) -> bytes:
    """Flip, cut, repeat, overwrite or drop a piece, one to four times."""
    data = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        start = dice.randrange(len(data) or 1)
        length = dice.randint(1, max(1, len(data) // 8))
        piece = slice(start, start + length)
        match dice.randrange(6):
            case 0:
                data[piece] = dice.randbytes(len(data[piece]))
            case 1:
                del data[piece]
            case 2:
                data[start:start] = data[piece] * dice.randint(1, 20)
            case 3:
                del data[start:]
            case 4:
                data[piece] = bytes(len(data[piece]))
            case _:
                for place in dice.choices(range(len(data) or 1), k=8):
                    data[place : place + 1] = dice.randbytes(1)
    return bytes(data)


def cases(seeds: dict[str, bytes], folder: Path) -> Iterator[tuple[Path, str]]:
    dice = random.Random(SEED)
    names = sorted(seeds)
    for number in range(CASES):
        name = names[number % len(names)]
        path = folder / str(number)
        path.write_bytes(mutated(seeds[name], dice))
        # Now and then under the name of another format.
        yield path, name if dice.random() < 0.95 else dice.choice(names)
    for number in range(MAX_OFFICE_CASES if shutil.which("soffice") else 0):
        path = folder / f"rtf{number}"
        path.write_bytes(b"{\\rtf1" + mutated(RTF[6:], dice))
        yield path, "a.rtf"


def test_damaged_files_have_nothing_but_clean_outcomes(seeds, tmp_path):
    unclean = []
    outcomes = 0
    with ParserPool(2, Limits(wall_s=60, cpu_s=60)) as pool:
        for name, outcome in pool.map(cases(seeds, tmp_path)):
            outcomes += 1
            if isinstance(outcome, Unreadable):
                if outcome.code not in CLEAN or not (outcome.text and outcome.hint):
                    unclean.append((outcomes, name, outcome.code))
            elif not any(element.text.strip() for element in outcome.elements):
                unclean.append((outcomes, name, "ohne Text"))
    assert unclean == []
    assert outcomes >= CASES


def test_seeds_are_the_sample_files_in_every_kind():
    assert {Path(name).suffix for name in sample_files()} == SAMPLE_KINDS
