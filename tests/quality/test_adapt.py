"""Adapting the static model to a house's own passages."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from catalogue.errors import BadInput, BadModel
from indexes.helper import Helper
from indexes.static import StaticEmbedder, unit
from ingest.own_words import Passage
from quality.train.adapt import FEWEST_PASSAGES, adapt, learn_words, teach
from quality.train.static import save
from quality.train.tokenizer import learn

MATTERS = {
    "Winterdienst": "Streuplan Glätte Gehweg",
    "Bauhof": "Fuhrpark Werkstatt Kolonne",
    "Standesamt": "Urkunde Trauung Register",
}


def passages(count: int) -> list[Passage]:
    return [
        Passage(
            f"Anweisung {matter}",
            (f"{number} {words.split()[number % 3]}",),
            f"Im Amt gilt für {words} dieser Plan und jener. " * 3,
        )
        for number in range(count // 3)
        for matter, words in MATTERS.items()
    ]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static model with random vectors for the words of the passages."""
    words = {
        word.lower(): 5
        for text in ("Im Amt gilt für dieser Plan und jener Anweisung", *MATTERS, *MATTERS.values())
        for word in text.split()
    }
    folder = tmp_path_factory.mktemp("models")
    tokenizer = learn(words, 300, kept_out=frozenset())
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = 0.1 * np.random.default_rng(0).standard_normal((tokenizer.get_vocab_size(), 128), np.float32)
    save(folder / "model", folder / "tokenizer.json", weights)
    return folder / "model"


def similarity(folder: Path, one: str, other: str) -> float:
    embedder = StaticEmbedder(folder)
    return float(embedder.encode_query(one) @ embedder.encode_query(other))


def test_words_of_one_matter_grow_together_and_apart_from_others(untrained: Path, tmp_path: Path) -> None:
    adapt(untrained, passages(90), tmp_path / "new")
    before, after = (
        similarity(folder, "Streuplan", "Glätte") - similarity(folder, "Streuplan", "Trauung")
        for folder in (untrained, tmp_path / "new")
    )
    assert after > before + 0.03


def test_the_old_folder_stays_and_the_new_one_is_another_model_with_the_same_vocabulary(
    untrained: Path, tmp_path: Path
) -> None:
    before = StaticEmbedder(untrained).fingerprint
    after = adapt(untrained, passages(60), tmp_path / "new")
    assert StaticEmbedder(untrained).fingerprint == before != after
    old, new = (Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (untrained, tmp_path / "new"))
    assert old.get_vocab() == new.get_vocab()


def test_a_word_that_stands_in_no_passage_goes_the_way_of_what_is_most_like_it(untrained: Path) -> None:
    model = StaticEmbedder(untrained)
    unseen, like_it = (model.tokenizer.token_to_id(word) for word in ("streuplan", "urkunde"))
    model.weights[unseen] = 1.5 * model.weights[like_it]
    read = [one for one in passages(90) if "Winterdienst" not in one.title]
    moved = model.adapted(learn_words(model, read)).weights - model.weights
    assert np.linalg.norm(moved[unseen]) > 0
    assert float(unit(moved[unseen]) @ unit(moved[like_it])) > 0.8


def test_a_process_of_its_own_learns_the_same(untrained: Path) -> None:
    model = StaticEmbedder(untrained)
    there = teach(model, passages(60))
    assert there is not None
    assert (there.fingerprint, there.passages, there.origin) == (
        learn_words(model, passages(60)).fingerprint,
        60,
        model.fingerprint,
    )


def test_a_process_that_is_lost_costs_nothing_but_the_learning(
    untrained: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = StaticEmbedder(untrained)
    model.folder = tmp_path / "gone"
    assert teach(model, passages(60)) is None
    assert "helping process" in caplog.text


def test_texts_that_hardly_hold_a_sentence_are_refused_instead_of_searched_for_ever(untrained: Path) -> None:
    numbers = [Passage("", (), "17 4 23 9 " * 3) for _ in range(60)]
    with pytest.raises(BadInput, match="Fließtext"):
        learn_words(StaticEmbedder(untrained), numbers)
    assert teach(StaticEmbedder(untrained), numbers) is None


def test_a_process_that_hangs_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    helper = Helper[float, None](time.sleep)
    helper.ask(60.0)
    assert helper.answer(0.1) is None
    helper.close()
    assert "took more than" in caplog.text


def test_the_same_passages_give_the_same_model(untrained: Path, tmp_path: Path) -> None:
    assert adapt(untrained, passages(60), tmp_path / "a") == adapt(untrained, passages(60), tmp_path / "b")


def test_too_few_passages_are_refused(untrained: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=str(FEWEST_PASSAGES)):
        adapt(untrained, passages(9), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel):
        adapt(tmp_path / "nowhere", passages(60), tmp_path / "new")
