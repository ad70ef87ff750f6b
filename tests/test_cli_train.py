from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import cli_train
from app.cli import main
from indexes.embedder import load_embedder

MATTERS = ("Hundesteuer", "Abwasser", "Friedhof", "Bücherei", "Winterdienst", "Kita")


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A town whose one collection holds sixty passages, and a file of questions beside its documents."""
    monkeypatch.setenv("STADTWISSEN_DATA_DIR", str(tmp_path / "var"))
    folder = tmp_path / "akten"
    folder.mkdir()
    for matter in MATTERS:
        sections = [
            f"## {number} Frist {number}\n\nWer {matter} anmeldet, hat {number} Tage Zeit. " + f"Amt {number}. " * 12
            for number in range(1, 11)
        ]
        (folder / f"{matter}.md").write_text(f"# Ordnung {matter}\n\n" + "\n\n".join(sections), "utf-8")
    questions = [
        {
            "id": matter,
            "question": f"Wie viel Zeit habe ich bei {matter}?",
            "document": f"akten/{matter}.md",
            "passage": f"Wer {matter} anmeldet, hat 3 Tage Zeit.",
        }
        for matter in MATTERS
    ]
    (tmp_path / "fragen.jsonl").write_text("\n".join(json.dumps(one) for one in questions), "utf-8")
    assert main(["add", str(folder), "--department", "Amt", "--collection", "Akten"]) == 0
    capsys.readouterr()
    return tmp_path


def adapt(town: Path, *more: str) -> int:
    return main(["train", "--from-collection", "akten", "--questions", str(town / "fragen.jsonl"), *more])


def test_a_model_that_is_not_worse_is_kept_and_offered(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert adapt(town) == 0
    told = capsys.readouterr().out
    folder = town / "var" / "modelle" / "angepasst"
    assert "vorher" in told
    assert f"STADTWISSEN_MODEL={folder}" in told
    assert load_embedder(str(folder)).fingerprint != load_embedder("schnell").fingerprint


def test_a_model_that_finds_worse_is_thrown_away(
    town: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = iter((0.9, 0.8))
    monkeypatch.setattr(cli_train, "quality_of", lambda model, questions: next(measured))
    assert adapt(town) == 1
    assert "verworfen" in capsys.readouterr().out
    assert not (town / "var" / "modelle" / "angepasst").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["--out", "."], "gibt es schon"), (["--from-collection", "fremd"], "„fremd“ steht nichts")],
)
def test_what_cannot_be_learnt_from_is_named(
    town: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert adapt(town, *arguments) == 2
    assert reason in capsys.readouterr().err
