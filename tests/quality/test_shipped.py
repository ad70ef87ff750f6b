"""The models in the box are the ones their cards describe."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from indexes.embedder import SHIPPED, Embedder, TransformerEmbedder, load_embedder, model_folder
from quality.train.card import GOLDEN, card_fingerprint, card_score
from quality.train.names import KEPT_OUT, hashed, surnames
from quality.train.probe import golden

FOLDERS = {name: model_folder(name) or Path(name) for name in SHIPPED}
QUESTIONS = Path(__file__).parents[2] / "samples" / "fragen.jsonl"
TRAINING = Path(__file__).parents[3] / "shared" / "data" / "train"
BYTES = {"schnell": 50_000_000, "gut": 60_000_000}
# bfloat16, where the processor has it, keeps eight bits of each number.
LIKENESS = {"schnell": 0.9999, "gut": 0.999}
every_model = pytest.mark.parametrize("name", SHIPPED)


@cache
def shipped(name: str) -> Embedder:
    return load_embedder(name)


@every_model
def test_the_card_names_the_fingerprint_of_the_shipped_weights(name: str) -> None:
    assert card_fingerprint(FOLDERS[name]) == shipped(name).fingerprint


@every_model
def test_the_folder_is_as_small_as_promised_and_readable_by_all(name: str) -> None:
    files = [file for file in FOLDERS[name].rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= BYTES[name]
    assert all(file.stat().st_mode & 0o044 == 0o044 for file in files)


@every_model
def test_plain_sentence_transformers_loads_the_folder_and_gives_the_same_vectors(name: str) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["Wie wird die Abwassergebühr berechnet?", "§ 12 Abs. 3 Straßenreinigungssatzung", "Who pays the dog tax?"]
    expected = np.asarray(SentenceTransformer(str(FOLDERS[name]), device="cpu").float().encode(texts), np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    own = shipped(name) if name == "schnell" else TransformerEmbedder(str(FOLDERS[name]))
    assert (expected * own.encode_documents(texts)).sum(1).min() > LIKENESS[name]


@every_model
def test_golden_questions_find_their_passages_as_well_as_the_card_says(name: str) -> None:
    promised = card_score(FOLDERS[name], GOLDEN)
    assert promised > 0.5
    assert float(golden(shipped(name), QUESTIONS).ndcg.mean()) >= promised - 0.005


@every_model
def test_no_token_is_a_surname_that_was_kept_out(name: str) -> None:
    kept_out = set((FOLDERS[name] / KEPT_OUT).read_text("ascii").split())
    assert len(kept_out) > 100
    vocabulary = Tokenizer.from_file(str(FOLDERS[name] / "tokenizer.json")).get_vocab()
    assert [token for token in vocabulary if hashed(token.removeprefix("##")) in kept_out] == []


@pytest.mark.skipif(not TRAINING.is_dir(), reason="the training text is not part of the repository")
def test_the_names_kept_out_are_those_the_training_text_addresses() -> None:
    from itertools import islice

    from quality.train.corpus import records

    council = (record["text"] for record in islice(records(TRAINING / "ratsunterlagen.jsonl.gz"), 4000))
    kept_out = set((FOLDERS["schnell"] / KEPT_OUT).read_text("ascii").split())
    found = surnames(council)
    assert len(found) > 50
    # what the whole text shows to be an ordinary word, or a rare form of address, a part of it may take for a name
    assert sum(hashed(name) in kept_out for name in found) > 0.5 * len(found)
