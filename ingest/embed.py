"""Texts become vectors, once per text and model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from sqlalchemy import insert, select

from catalogue.connection import Sessions
from catalogue.tables import Embedding
from indexes.embedder import Embedder

BATCH_TEXTS = 512


def embed_missing(sessions: Sessions, tenant_id: int, texts: Mapping[str, str], embedder: Embedder) -> Iterator[int]:
    """Store vectors for those `texts` (sha256 → text) the catalogue has none for; yield texts done per batch.

    Safe to interrupt and to repeat: each batch commits by itself.

    Shapes: each stored vector is (embedder.dim,) float32, unit L2 norm, little-endian bytes.
    Raises: whatever the embedder raises; batches already committed stay.
    """
    keys = iter(texts)
    while batch := list(islice(keys, BATCH_TEXTS)):
        missing = without_vector(sessions, tenant_id, batch, embedder.fingerprint)
        if missing:
            vectors = embedder.encode_passages([texts[key] for key in missing])
            owner = {"tenant_id": tenant_id, "fingerprint": embedder.fingerprint}
            rows = [
                {**owner, "text_sha256": key, "vector": np.ascontiguousarray(vector, dtype="<f4").tobytes()}
                for key, vector in zip(missing, vectors, strict=True)
            ]
            with sessions.begin() as session:
                session.connection().execute(insert(Embedding), rows)
        yield len(batch)


def without_vector(sessions: Sessions, tenant_id: int, keys: Sequence[str], fingerprint: str) -> list[str]:
    """Tell which of `keys` have no vector under this model yet, in their order."""
    statement = select(Embedding.text_sha256).where(
        Embedding.tenant_id == tenant_id, Embedding.fingerprint == fingerprint, Embedding.text_sha256.in_(keys)
    )
    with sessions() as session:
        present = set(session.scalars(statement))
    return [key for key in keys if key not in present]
