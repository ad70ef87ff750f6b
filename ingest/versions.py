"""The same text twice, or last year's beside this year's: documents that are versions of each other form a family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from catalogue.tables import Document, SignatureBand
from ingest.signature import PERMUTATIONS, Signature

BANDS = 32
ROWS = PERMUTATIONS // BANDS
READ_KEYS = 5_000
SIMILAR = 0.5
"""Two documents are versions of each other from this Jaccard similarity of their word triples on."""


def similarity(first: Signature, second: Signature) -> float:
    """Estimate the Jaccard similarity of two documents; the standard error is about 0.04."""
    return float(np.mean(first == second))


def join_family(session: Session, document: Document, signature: Signature | None) -> None:
    """Put one document into its family."""
    join_families(session, [(document, signature)])


def join_families(session: Session, arrived: Sequence[tuple[Document, Signature | None]]) -> None:
    """Put documents into the families of those they resemble, and remember how to find them by their own text.

    A family is named by the smallest document id in it; a document without relatives has none. Where a document
    connects two families they become one.
    """
    known = [document.id for document, _ in arrived if document.signature is not None]
    if known:
        session.execute(delete(SignatureBand).where(SignatureBand.document_id.in_(known)))
    signed: list[tuple[Document, Signature, list[str]]] = []
    for document, signature in arrived:
        document.family_id = None
        document.signature = None if signature is None else signature.astype("<u4").tobytes()
        if signature is not None:
            signed.append((document, signature, band_keys(signature)))
    others = Relatives(session, signed)
    for document, signature, keys in signed:
        relatives = others.of(document, signature, keys)
        if relatives:
            unite(session, [document, *relatives])
    rows = [
        {"tenant_id": document.tenant_id, "key": key, "document_id": document.id}
        for document, _, keys in signed
        for key in keys
    ]
    if rows:
        session.connection().execute(insert(SignatureBand), rows)


class Relatives:
    """Who may be a version of whom: looked up once for all documents that arrive together."""

    def __init__(self, session: Session, signed: Sequence[tuple[Document, Signature, list[str]]]) -> None:
        self._by_key: dict[str, set[int]] = defaultdict(set)
        keys = sorted({key for _, _, own in signed for key in own})
        for start in range(0, len(keys), READ_KEYS):
            bands = select(SignatureBand.key, SignatureBand.document_id).where(
                SignatureBand.tenant_id == signed[0][0].tenant_id,
                SignatureBand.key.in_(keys[start : start + READ_KEYS]),
            )
            for key, document_id in session.execute(bands):
                self._by_key[key].add(document_id)
        named = set().union(*self._by_key.values()) if self._by_key else set()
        found = session.scalars(select(Document).where(Document.id.in_(named), Document.signature.is_not(None)))
        self._documents = {document.id: document for document in found} if named else {}

    def of(self, document: Document, signature: Signature, keys: list[str]) -> list[Document]:
        """Those before it that it resembles; from now on it may be found by others."""
        named = sorted(set().union(*(self._by_key[key] for key in keys)) - {document.id})
        near = [self._documents[one] for one in named if one in self._documents]
        for key in keys:
            self._by_key[key].add(document.id)
        self._documents[document.id] = document
        return [
            other
            for other in near
            if similarity(signature, np.frombuffer(other.signature or b"", dtype="<u4")) >= SIMILAR
        ]


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
    digits, width = signature.astype(">u4").tobytes().hex(), 8 * ROWS
    return [f"{band:02d}{digits[band * width : (band + 1) * width]}" for band in range(BANDS)]
