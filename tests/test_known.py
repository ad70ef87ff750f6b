"""Words that are German are known, their forms with them; names are not among them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from indexes.known import is_known
from quality.known import small_words, stems


@pytest.mark.parametrize("word", ["worum", "gestand", "verwundet", "sensibilisiert", "teuer", "erörtern"])
def test_an_everyday_word_is_known(word: str) -> None:
    assert is_known(word)


@pytest.mark.parametrize("word", ["perosnalausweis", "gebürh", "beantargen", "mustermann"])
def test_neither_slips_nor_names_are(word: str) -> None:
    assert not is_known(word)


def test_only_words_written_small_and_often_enough_are_taken(tmp_path: Path) -> None:
    texts = tmp_path / "texte.jsonl.gz"
    with gzip.open(texts, "wt", encoding="utf-8") as file:
        for _ in range(5):
            file.write(json.dumps({"text": "Herr Mustermann erörterte die Gebühr", "question": "Was wurde erörtert?"}))
            file.write("\n")
        file.write(
            json.dumps({"text": "Das ist vershcrieben: x-förmig, 3malig, an erika.mustermann@example.org."}) + "\n"
        )
    counts = small_words([texts])
    assert counts == {"erörterte": 5, "erörtert": 5, "wurde": 5, "vershcrieben": 1}
    assert list(stems(counts)) == ["erortert", "wurd"]
