from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.errors import BadInput
from quality.train.dictionary import read_dictionary


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "de-en"
    file.write_text(text, "utf-8")
    return file


def test_meanings_are_paired_in_their_order_and_remarks_left_out(tmp_path: Path) -> None:
    line = "Haus {n}; Gebäude {n} [arch.] | Häuser {pl} :: house /haʊs/; building | houses\n"
    assert read_dictionary(written(tmp_path, f"# Version\n{line}")) == [
        ("Haus", "house"),
        ("Haus", "building"),
        ("Gebäude", "house"),
        ("Gebäude", "building"),
        ("Häuser", "houses"),
    ]


def test_an_entry_whose_sides_do_not_match_is_left_out_and_particles_go(tmp_path: Path) -> None:
    file = written(tmp_path, "a | b :: c\nzahlen {vt} :: to pay\netw. beantragen :: to apply for sth.\n")
    assert read_dictionary(file) == [("zahlen", "pay"), ("beantragen", "apply for sth.")]


def test_a_missing_or_empty_dictionary_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="trans-de-en"):
        read_dictionary(tmp_path / "fehlt")
    with pytest.raises(BadInput, match="kein Eintrag"):
        read_dictionary(written(tmp_path, "# nichts\n"))
