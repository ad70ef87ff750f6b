"""The same text twice, or last year's beside this year's: documents that are versions of each other form a family."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from catalogue.tables import Document, SignatureBand

PERMUTATIONS = 128
BANDS = 32
ROWS = PERMUTATIONS // BANDS
SHINGLE_WORDS = 3
MIN_SHINGLES = 30
MAX_WORDS = 200_000
SIMILAR = 0.5
"""Two documents are versions of each other from this Jaccard similarity of their word triples on."""

Signature = NDArray[np.uint32]


def signature_of(texts: Iterable[str]) -> Signature | None:
    """Sketch a document's text; None when there is too little of it to tell versions from forms that look alike.

    Shapes: (128,) uint32.
    Source: Broder, "On the resemblance and containment of documents", 1997; datasketch.
    """
    words = list(islice((word for text in texts for word in re.findall(r"\w+", text.lower())), MAX_WORDS))
    shingles = {" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)}
    if len(shingles) < MIN_SHINGLES:
        return None
    sketch = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32")
    sketch.update_batch([shingle.encode() for shingle in shingles])
    return np.asarray(sketch.hashvalues, dtype=np.uint32)


def similarity(first: Signature, second: Signature) -> float:
    """Estimate the Jaccard similarity of two documents; the standard error is about 0.04."""
    return float(np.mean(first == second))


def join_family(session: Session, document: Document, signature: Signature | None) -> None:
    """Put the document into the family of those it resembles, and remember how to find it by its own text.

    A family is named by the smallest document id in it; a document without relatives has none. Where the document
    connects two families they become one.
    """
    session.execute(delete(SignatureBand).where(SignatureBand.document_id == document.id))
    document.family_id = None
    document.signature = None if signature is None else signature.astype("<u4").tobytes()
    if signature is None:
        return
    keys = band_keys(signature)
    relatives = [
        other
        for other in candidates(session, document, keys)
        if similarity(signature, np.frombuffer(other.signature or b"", dtype="<u4")) >= SIMILAR
    ]
    rows = [{"tenant_id": document.tenant_id, "key": key, "document_id": document.id} for key in keys]
    session.execute(insert(SignatureBand), rows)
    if relatives:
        unite(session, [document, *relatives])


def unite(session: Session, documents: list[Document]) -> None:
    """Make one family of documents, and of the families they are in already."""
    family_id = min(document.family_id or document.id for document in documents)
    former = {document.family_id for document in documents if document.family_id is not None}
    for document in documents:
        document.family_id = family_id
    own = Document.tenant_id == documents[0].tenant_id
    session.execute(update(Document).where(own, Document.family_id.in_(former)).values(family_id=family_id))


def band_keys(signature: Signature) -> list[str]:
    """Cut a signature into keys of which similar documents share at least one, most likely."""
    return [
        f"{band:02d}{signature[band * ROWS : (band + 1) * ROWS].astype('>u4').tobytes().hex()}" for band in range(BANDS)
    ]


def candidates(session: Session, document: Document, keys: list[str]) -> Iterable[Document]:
    """Find documents that share a key."""
    ids = select(SignatureBand.document_id).where(
        SignatureBand.tenant_id == document.tenant_id, SignatureBand.key.in_(keys)
    )
    return session.scalars(
        select(Document).where(Document.id.in_(ids), Document.id != document.id, Document.signature.is_not(None))
    ).all()
