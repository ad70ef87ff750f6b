"""The model in the box is the one its card describes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from indexes.embedder import load_embedder, model_folder
from indexes.static import StaticEmbedder
from quality.train.card import GOLDEN, card_fingerprint, card_score
from quality.train.names import KEPT_OUT, hashed, surnames
from quality.train.probe import golden

FOLDER = model_folder("schnell") or Path("schnell")
QUESTIONS = Path(__file__).parents[2] / "samples" / "fragen.jsonl"
TRAINING = Path(__file__).parents[3] / "shared" / "data" / "train"


@pytest.fixture(scope="module")
def shipped() -> StaticEmbedder:
    return StaticEmbedder(FOLDER)


def test_the_card_names_the_fingerprint_of_the_shipped_weights(shipped: StaticEmbedder) -> None:
    assert card_fingerprint(FOLDER) == shipped.fingerprint == load_embedder("schnell").fingerprint


def test_the_folder_is_at_most_fifty_megabytes_and_readable_by_all() -> None:
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 50_000_000
    assert all(file.stat().st_mode & 0o044 == 0o044 for file in files)


def test_plain_sentence_transformers_loads_the_folder_and_gives_the_same_vectors(shipped: StaticEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["Wie wird die Abwassergebühr berechnet?", "§ 12 Abs. 3 Straßenreinigungssatzung", "Who pays the dog tax?"]
    expected = np.asarray(SentenceTransformer(str(FOLDER), device="cpu").encode(texts), np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert (expected * shipped.encode_documents(texts)).sum(1).min() > 0.9999


def test_golden_questions_find_their_passages_as_well_as_the_card_says(shipped: StaticEmbedder) -> None:
    promised = card_score(FOLDER, GOLDEN)
    assert promised > 0.5
    assert float(golden(shipped, QUESTIONS).ndcg.mean()) >= promised - 0.005


def test_no_token_is_a_surname_that_was_kept_out() -> None:
    kept_out = set((FOLDER / KEPT_OUT).read_text("ascii").split())
    assert len(kept_out) > 100
    vocabulary = Tokenizer.from_file(str(FOLDER / "tokenizer.json")).get_vocab()
    assert [token for token in vocabulary if hashed(token.removeprefix("##")) in kept_out] == []


@pytest.mark.skipif(not TRAINING.is_dir(), reason="the training text is not part of the repository")
def test_the_names_kept_out_are_those_the_training_text_addresses() -> None:
    from itertools import islice

    from quality.train.corpus import records

    council = (record["text"] for record in islice(records(TRAINING / "ratsunterlagen.jsonl.gz"), 4000))
    kept_out = set((FOLDER / KEPT_OUT).read_text("ascii").split())
    found = surnames(council)
    assert len(found) > 50
    # what the whole text shows to be an ordinary word, or a rare form of address, a part of it may take for a name
    assert sum(hashed(name) in kept_out for name in found) > 0.5 * len(found)
