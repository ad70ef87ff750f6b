from collections import Counter
from pathlib import Path

import pytest

from indexes.compounds import PARTS
from quality import compounds
from quality.compounds import compound_parts, used_words
from quality.train.names import KEPT_OUT, hashed
from quality.train.places import MODELS

SENTENCES = (
    "Die Hundesteuer, die Gewerbesteuer und die Grundsteuer sind Steuern: Jede Steuer hat einen Steuerbescheid. "
    "Hunde und Grund, Gewerbe und Bescheid, Tag und Markttag, Feiertag, Wahltag, ein Wahltag am Markt, Feier, Wahl. "
)


def found(text: str) -> dict[str, int]:
    return dict(compound_parts(*used_words([text] * compounds._USED), names=()))


def test_what_several_words_are_made_of_is_a_part() -> None:
    parts = found(SENTENCES)
    assert {"steuer", "tag"} <= set(parts)
    assert parts["steuer"] == compounds._USED
    assert list(parts) == sorted(parts)


def test_a_word_that_others_are_not_made_of_is_none() -> None:
    assert not {"hundesteuer", "steuerbescheid", "steuern", "jede"} & set(found(SENTENCES))


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("Ein Hundetag, ein Hundekeks, ein Hundenis, Zeugnis, Wagnis, Zeug und Wag, Hunde, nis", "nis"),
        ("Rück- und Vertrag, Verkauf, Vermessung, Trag, Kauf, Messung: Ver- und Entsorgung", "ver"),
    ],
)
def test_endings_and_prefixes_are_no_parts(text: str, ending: str) -> None:
    assert ending not in found(text)


def test_an_ending_that_stands_in_more_words_than_alone_is_no_part() -> None:
    halves = [first + second for first in ("bau", "hof", "tor", "weg") for second in ("markt", "schaft")]
    words = Counter(dict.fromkeys([*halves, "bau", "hof", "tor", "weg", "markt"], 40) | {"schaft": 30})
    nouns = Counter(dict.fromkeys(["bau", "hof", "tor", "weg"], 40))
    assert {"markt", "schaft"} <= set(dict(compound_parts(words, nouns, ())))
    many = Counter(
        {f"{chr(97 + i // 26)}{chr(97 + i % 26)}{end}": 30 for i in range(200) for end in ("weg", "wegschaft")}
    )
    parts = dict(compound_parts(words + many, nouns, ()))
    assert "markt" in parts
    assert "schaft" not in parts


def test_half_a_word_at_the_end_of_a_line_is_no_noun() -> None:
    _, nouns = used_words(["Die Stra- ße am Tag. Der Tag, Wohn- und Markt, Abs. 3, Str. 5"])
    assert nouns == {"die": 1, "der": 1, "tag": 2, "wohn": 1}


def test_names_are_left_out() -> None:
    words, nouns = used_words([SENTENCES] * compounds._USED)
    assert "steuer" not in dict(compound_parts(words, nouns, names=["steuer"]))


def test_the_shipped_list_spells_no_name_that_the_vocabulary_keeps_out() -> None:
    kept_out = set((MODELS / "schnell" / KEPT_OUT).read_text("ascii").split())
    parts = [line.split()[0] for line in PARTS.read_text("ascii").splitlines()]
    assert len(parts) > 5_000
    assert not [part for part in parts if hashed(part) in kept_out]


def test_the_command_writes_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = tmp_path / "texte.jsonl"
    texts.write_text("".join(f'{{"text": "{SENTENCES}"}}\n' for _ in range(compounds._USED)), "utf-8")
    monkeypatch.setattr(compounds, "PARTS", tmp_path / "parts.txt")
    monkeypatch.setattr("sys.argv", ["compounds", str(texts), "--write"])
    compounds.main()
    assert f"steuer {compounds._USED}\n" in (tmp_path / "parts.txt").read_text("ascii")
