from pathlib import Path

import numpy as np
import pytest

from indexes.columns import rows_from
from indexes.embedder import load_embedder
from indexes.lexical import LexicalIndex, build_lexical, open_lexical
from indexes.query import EVERYTHING, Entry, Scope
from indexes.rank import CLUES, SIDES, evidence, rank, weights
from indexes.segments import SegmentedVectors, open_vectors
from indexes.texts import spelt_passage
from indexes.vectors import build_segment
from tests.fakes import FakeEmbedder
from tests.test_lexical import TEXTS, entry

EMBEDDER = FakeEmbedder()
Sides = tuple[LexicalIndex, SegmentedVectors]


def sides(folder: Path, entries: list[Entry]) -> Sides:
    build_lexical(folder / "lexical", entries)
    matrix = EMBEDDER.encode_documents([one.text for one in entries])
    build_segment(folder / "segment", rows_from(entries), matrix, [spelt_passage(one) for one in entries])
    revisions = np.array([one.revision_id for one in entries])
    return open_lexical(folder / "lexical"), open_vectors([folder / "segment"], revisions)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    return sides(tmp_path_factory.mktemp("rank"), [entry(number, text) for number, text in enumerate(TEXTS)])


def test_the_passage_that_answers_comes_first_with_its_document(both: Sides) -> None:
    first = rank("Wer wacht über Grünanlagen?", *both, EMBEDDER, 3, EVERYTHING)[0]
    assert (first.chunk_id, first.document_id) == (1, 1)


def test_a_phrase_in_quotes_keeps_out_what_only_means_something_like_it(both: Sides) -> None:
    assert [hit.chunk_id for hit in rank('"rote Karte"', *both, EMBEDDER, 10, EVERYTHING)] == [2]


def test_nothing_outside_the_scope_is_a_candidate(both: Sides) -> None:
    scope = Scope(collections=frozenset({1}))
    found = rank("rote Karte", *both, EMBEDDER, 10, scope)
    assert found
    assert all(hit.chunk_id % 2 == 1 for hit in found)


@pytest.mark.parametrize("query", ["", "\x00", "😀", '"', "((", "wort " * 2_000])
def test_no_query_raises_on_any_side(both: Sides, query: str) -> None:
    for side in SIDES:
        assert len(rank(query, *both, EMBEDDER, 4, EVERYTHING, side)) <= 4


def test_equal_passages_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    pair = sides(tmp_path, [entry(number, "Die Hundesteuer") for number in (5, 3, 4)])
    assert [hit.chunk_id for hit in rank("Hundesteuer", *pair, EMBEDDER, 10, EVERYTHING)] == [3, 4, 5]


def test_an_empty_index_has_no_answer(tmp_path: Path) -> None:
    build_lexical(tmp_path / "lexical", [])
    assert rank("Hund", open_lexical(tmp_path / "lexical"), open_vectors([], np.zeros(0, np.int64)), EMBEDDER, 5,
                EVERYTHING) == []  # fmt: skip


def test_clues_of_what_only_one_side_found_are_filled_in_by_the_other(both: Sides) -> None:
    seen = evidence("rote Karte", *both, EMBEDDER, EVERYTHING)
    assert seen.clues.shape == (len(TEXTS), len(CLUES))
    words, meaning = (seen.clues[:, CLUES.index(name)] for name in ("words", "meaning"))
    assert words.max() == 1.0
    assert meaning.max() == pytest.approx(1.0)
    assert not words[4]
    assert np.isfinite(seen.clues).all()


@pytest.mark.parametrize("model", ["schnell", "gut"])
def test_weights_are_shares_learnt_beside_the_model(model: str) -> None:
    learnt = weights(load_embedder(model).fingerprint)
    assert learnt.sum() == pytest.approx(1.0, abs=1e-3)
    assert (learnt >= 0).all()


def test_a_strange_model_gets_the_weights_of_the_first() -> None:
    assert weights("fremd").tolist() == weights(load_embedder("schnell").fingerprint).tolist()
    assert weights("fremd").tolist() != weights(load_embedder("gut").fingerprint).tolist()


def test_a_document_is_like_the_mean_of_its_passages(tmp_path: Path) -> None:
    entries = [entry(1, "Hund", document_id=7), entry(2, "Katze", document_id=7), entry(3, "Maus", document_id=8)]
    _, vectors = sides(tmp_path, entries)
    mean = EMBEDDER.encode_documents(["Hund", "Katze"]).sum(axis=0)
    asked = EMBEDDER.encode_query("Hund")
    expected = [asked @ mean / np.linalg.norm(mean), asked @ EMBEDDER.encode_query("Maus"), 0.0]
    assert vectors.documents_like(asked, np.array([7, 8, 99])) == pytest.approx(expected, abs=1e-3)


def test_a_word_that_no_dictionary_takes_apart_is_found_by_its_letters(tmp_path: Path) -> None:
    pair = sides(tmp_path, [entry(1, "Der Zwurbelkasten steht im Flur."), entry(2, "Die Hundesteuer steht im Flur.")])
    seen = evidence("Zwurbelkästen im Flur", *pair, EMBEDDER, EVERYTHING)
    other, named = (seen.clues[list(seen.chunks).index(number), CLUES.index("letters")] for number in (2, 1))
    assert 0 < other < named / 2
