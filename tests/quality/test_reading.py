from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalogue.errors import BadInput
from ingest.parse.dispatch import parse_file
from quality.reading import Known, Verdict, error_rate, judge, main, read_manifest, section_lines, table
from tests.documents import Text, write_pdf

PAGE = [
    Text("Hundesteuersatzung", size=16, bold=True),
    Text("Aufgrund des § 5"),
    Text("§ 20 Abs. 1 des Gesetzes beschließt der Rat:"),
    Text("§ 1 Steuerpflicht", bold=True),
    Text("Gegenstand der Steuer ist das Halten von Hunden im Gebiet der Stadt."),
    Text("§ 2", bold=True),
    Text("Steuersatz", bold=True),
    Text("Die Steuer beträgt 60 Euro im Jahr."),
]


def count(texts):
    return [len(text.split()) for text in texts]


def test_error_rate_folds_case_and_white_space_and_skips_the_preamble():
    assert error_rate("die  GEBÜHR", "DOCUMENT: x\nCONTENT\nDie\nGebühr") == 0
    assert error_rate("Die Gebihr", "Die Gebühr") == pytest.approx(1 / 9)


def test_lines_with_a_section_are_found_and_quotations_are_not(tmp_path):
    path = write_pdf(tmp_path / "a.pdf", [PAGE])
    assert [section.heading for section in section_lines(path)] == ["§ 1 Steuerpflicht", "§ 2 Steuersatz"]


def test_a_section_counts_only_where_it_heads_the_passage_below_it(tmp_path):
    path = write_pdf(tmp_path / "a.pdf", [PAGE])
    verdict = judge(Known(path, False, ""), parse_file(path, "a.pdf"), count)
    assert (verdict.sections, verdict.headed, verdict.missed) == (2, 2, ())
    other = write_pdf(tmp_path / "b.pdf", [[Text("Etwas anderes steht hier, ganz ohne Paragraphen.")]])
    verdict = judge(Known(path, False, ""), parse_file(other, "b.pdf"), count)
    assert verdict.missed == ("§ 1 Steuerpflicht", "§ 2 Steuersatz")


def test_table_gives_the_median_of_the_scans_and_the_share_of_headings():
    verdicts = [Verdict(name, scan=True, error_rate=rate) for name, rate in (("a", 0.01), ("b", 0.02), ("c", 0.5))]
    told = table([*verdicts, Verdict("d", scan=False, sections=4, headed=3, missed=("§ 4 Frist",))])
    assert "| **Median von 3** | **2,0 %** |" in told
    assert "| **zusammen** | **4** | **3 (75,0 %)** |" in told
    assert "Nicht als Überschrift: § 4 Frist" in told


def test_manifest_names_the_files_whose_text_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(BadInput):
        read_manifest(tmp_path)
    assert main([str(tmp_path)]) == 2
    assert "manifest.jsonl" in capsys.readouterr().err
    (tmp_path / "a.txt").write_text("Text")
    entries = [
        {"path": "a.pdf", "scan": False, "reference": "a.txt"},
        {"path": "b.pdf", "scan": True, "reference": None},
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, entries)))
    assert read_manifest(tmp_path) == [Known(tmp_path / "a.pdf", False, "Text")]
