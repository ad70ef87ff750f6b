from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main

PAPERS = {
    "hund": "Für das Halten eines Hundes erhebt die Stadt eine Steuer von 90 Euro.",
    "grab": "Die Ruhezeit auf dem Friedhof beträgt fünfundzwanzig Jahre.",
    "muell": "Die Restmülltonne wird alle zwei Wochen geleert.",
}


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """A set of three documents and three questions in the layout of BEIR."""
    folder = tmp_path / "klein"
    folder.mkdir()
    corpus = [json.dumps({"_id": name, "title": name, "text": text}) for name, text in PAPERS.items()]
    queries = [json.dumps({"_id": f"q-{name}", "text": text.split(" ", 3)[-1]}) for name, text in PAPERS.items()]
    (folder / "corpus.jsonl").write_text("\n".join(corpus))
    (folder / "queries.jsonl").write_text("\n".join(queries))
    rows = [f"q-{name}\t{name}\t1" for name in PAPERS]
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]))
    return folder


def test_eval_finds_what_is_plainly_there(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(judged), "--json", "--compare", "bm25,hybrid"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told)
    assert '"hybrid"' in told
    assert '"bm25"' in told


def test_eval_names_a_path_that_is_no_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(tmp_path / "fehlt")]) == 2
    assert "fehlt" in capsys.readouterr().err


def test_rolling_back_without_a_rebuild_says_what_would_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STADTWISSEN_DATA_DIR", str(tmp_path / "var"))
    assert main(["rollback"]) == 2
    assert "stadtwissen reindex" in capsys.readouterr().err
