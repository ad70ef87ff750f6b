"""A training folder small enough to go through the recipes with."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import pytest

from quality.train.__main__ import main as prepare_main
from quality.train.material import Prepared


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("transformer")
    (folder / "data").mkdir()
    matters = ("Hundesteuer", "Abwasser", "Urlaub", "Friedhof")
    records = [
        {
            "title": f"Satzung {matter}",
            "section": f"§ {number} {matter} Frist",
            "text": f"Wer {matter} anmeldet, hat {number} Tage Zeit und stellt den Antrag bei der Stadt im Rathaus. "
            * 2,
        }
        for number in range(30)
        for matter in matters
    ]
    with gzip.open(folder / "data" / "satzungen.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)
    arguments = ["words", "tokenizer", "--data", str(folder / "data"), "--work", str(folder), "--vocabulary", "300"]
    arguments += ["--dictionary", "none"]
    assert prepare_main(arguments) == 0
    return folder


@pytest.fixture
def prepared_words(work: Path) -> Prepared:
    """What the step `words` left in that folder."""
    found: Prepared = pickle.loads((work / "words.pickle").read_bytes())
    return found
