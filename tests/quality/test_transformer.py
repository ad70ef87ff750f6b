"""The compact transformer's recipe, for a few steps on the processor."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from indexes.embedder import TransformerEmbedder, load_embedder
from quality.train.__main__ import main as prepare_main
from quality.train.transformer import main, mask, padded


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


def test_rows_stand_between_marks_and_are_filled_up() -> None:
    rows = padded([np.asarray([7, 8], np.int32), np.arange(10, 30, dtype=np.int32)], 6)
    assert rows.tolist() == [[2, 7, 8, 3, 1, 1], [2, 10, 11, 12, 13, 3]]


def test_marks_are_never_masked_and_hidden_tokens_are_asked_for() -> None:
    tokens = padded([np.arange(10, 200, dtype=np.int32)] * 50, 192)
    shown, wanted = mask(tokens, 300, np.random.default_rng(1))
    hidden = wanted != -100
    assert 0.15 < hidden.mean() < 0.25
    assert not hidden[:, [0, -1]].any()
    assert (wanted[hidden] == tokens[hidden]).all()
    assert (shown[~hidden] == tokens[~hidden]).all()
    assert 0.75 < (shown[hidden] == 4).mean() < 0.85


def test_a_few_steps_learn_and_make_a_folder_the_product_loads(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--layers", "1", "--width", "64", "--batch", "32", "--workers", "0", "--work", str(work)]
    assert main([*options, "--language-steps", "10", "--pair-steps", "100", "--out", str(tmp_path / "gut")]) == 0
    last = float(capsys.readouterr().out.split("Verlust ")[-1].split()[0])
    assert last < 0.9 * np.log(32)
    embedder = load_embedder(str(tmp_path / "gut"))
    assert isinstance(embedder, TransformerEmbedder)
    vectors = embedder.encode_documents(["Abwasser Antrag", "Friedhof", ""])
    assert vectors.shape == (3, 64)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
    assert embedder.max_tokens == 512
