"""The compact transformer's recipe, for a few steps on the processor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from indexes.embedder import JoinedEmbedder, TransformerEmbedder, load_embedder
from quality.train.contextual import READS
from quality.train.corpus import Answer
from quality.train.material import Prepared, with_answers
from quality.train.transformer import Shape, average, blank_encoder, main, mask, padded


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
    assert isinstance(embedder, JoinedEmbedder)
    assert embedder.dim == load_embedder("schnell").dim + 64
    vectors = TransformerEmbedder(str(tmp_path / "gut")).encode_documents(["Abwasser Antrag", "Friedhof", ""])
    assert vectors.shape == (3, 64)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
    assert embedder.max_tokens == READS
    assert "eigene Fragen (allein)" in (tmp_path / "gut" / "README.md").read_text("utf-8")


def test_more_answered_questions_are_numbered_with_the_words_there_are(prepared_words: Prepared) -> None:
    before = prepared_words
    added = [Answer("Satzung Urlaub", "Wer hat Urlaub, Xaver?", "Tage im Rathaus."), Answer("Abwasser", "Frist?", "3")]
    material = with_answers(before, added).material
    texts = [
        [" ".join(before.words[word] for word in rows[place]) for place in range(len(rows))]
        for rows in (material.answer_titles, material.questions, material.answers)
    ]
    assert texts[0][-2:] == ["satzung urlaub", "abwasser"]
    assert texts[1][-2] == "wer hat urlaub ,"
    assert texts[2][-2:] == ["tage im rathaus .", "3"]
    assert len(texts[0]) == len(before.material.answers) + 2


def test_texts_of_different_length_are_averaged_as_each_alone() -> None:
    encoder = blank_encoder(Shape(layers=1, width=64, heads=1, inner=64, positions=64), 90, 3).eval()
    rng = np.random.default_rng(2)
    rows = [rng.integers(5, 90, length).astype(np.int32) for length in (3, 40, 1, 12) * 12]
    together = average(encoder, torch.from_numpy(padded(rows, 64))).detach()
    alone = torch.cat([average(encoder, torch.from_numpy(padded([row], 64))).detach() for row in rows])
    assert torch.allclose(together, alone, atol=1e-5)
