from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import select

from catalogue.connection import Sessions
from catalogue.tables import Embedding
from indexes.static import Vectors
from ingest import embed
from ingest.embed import embed_missing
from tests.fakes import FakeEmbedder


def texts_of(count: int) -> dict[str, str]:
    return {f"{number:064x}": f"Text {number}" for number in range(count)}


class Interrupted(FakeEmbedder):
    """Fails in its second batch."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        if self.encoded:
            raise KeyboardInterrupt
        return super().encode_documents(texts)


def test_batches_already_committed_survive_an_interruption(sessions: Sessions, monkeypatch) -> None:
    monkeypatch.setattr(embed, "BATCH_TEXTS", 4)
    with pytest.raises(KeyboardInterrupt):
        list(embed_missing(sessions, 1, texts_of(10), Interrupted()))
    carried_on = FakeEmbedder()
    assert list(embed_missing(sessions, 1, texts_of(10), carried_on)) == [4, 4, 2]
    assert len(carried_on.encoded) == 6


def test_vectors_are_stored_as_little_endian_float32(sessions: Sessions) -> None:
    embedder = FakeEmbedder()
    list(embed_missing(sessions, 1, {"a" * 64: "Hund und Katze"}, embedder))
    with sessions() as session:
        stored = np.frombuffer(session.scalars(select(Embedding.vector)).one(), dtype="<f4")
    np.testing.assert_array_equal(stored, embedder.encode_query("Hund und Katze"))


class Leaning(FakeEmbedder):
    """What is to be found, it writes backwards."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return -self.encode_documents(texts)


def test_what_is_to_be_found_is_encoded_as_a_passage(sessions: Sessions) -> None:
    list(embed_missing(sessions, 1, {"a" * 64: "Hund und Katze"}, Leaning()))
    with sessions() as session:
        stored = np.frombuffer(session.scalars(select(Embedding.vector)).one(), dtype="<f4")
    np.testing.assert_array_equal(stored, -FakeEmbedder().encode_query("Hund und Katze"))


def test_the_same_text_under_another_model_has_a_vector_of_its_own(sessions: Sessions) -> None:
    for fingerprint in ("fake-1", "fake-2", "fake-1"):
        list(embed_missing(sessions, 1, {"a" * 64: "Hund"}, FakeEmbedder(fingerprint)))
    with sessions() as session:
        assert sorted(session.scalars(select(Embedding.fingerprint))) == ["fake-1", "fake-2"]
