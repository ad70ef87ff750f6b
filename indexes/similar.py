"""Documents that are about the same as another one."""

from __future__ import annotations

import numpy as np
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks
from catalogue.families import families_of
from catalogue.lookup import ListedDocument, get_document, listed
from catalogue.tables import Chunk, Document
from indexes.query import EVERYTHING
from indexes.search import Searcher, narrowed

READ_PASSAGES = 64
NEAR_PASSAGES = 200


def similar_documents(
    session: Session, searcher: Searcher, reader: Reader, document_id: int, limit: int
) -> list[ListedDocument]:
    """The documents with the passages nearest to the middle of this one, nearest first; its own versions left out.

    Raises: NotFound when the document does not exist, or not for this reader.
    """
    get_document(session, reader, document_id)
    order = nearest_ids(session, searcher, reader, document_id)
    families = families_of(session, reader, [document_id, *order])
    kin = {version.document_id for version in families.get(document_id, ())} | {document_id}
    wanted: list[int] = []
    for found in order:
        if found not in kin:
            wanted.append(found)
            kin |= {version.document_id for version in families.get(found, ())} | {found}
    rows = session.execute(listed(reader).where(Document.id.in_(wanted[:limit])))
    by_id = {row[0].id: ListedDocument(*row) for row in rows}
    return [by_id[found] for found in wanted[:limit] if found in by_id]


def nearest_ids(session: Session, searcher: Searcher, reader: Reader, document_id: int) -> list[int]:
    """Ids of documents by their nearest passage, the document itself among them."""
    vectors = searcher.generation.vectors
    statement = visible_chunks(reader, Chunk.id).where(Document.id == document_id).order_by(Chunk.ordinal)
    middle = vectors.vectors_of(list(session.scalars(statement.limit(READ_PASSAGES)))).sum(axis=0)
    norm = float(np.linalg.norm(middle))
    if not norm:
        return []
    near = list(vectors.search(middle / norm, NEAR_PASSAGES, narrowed(EVERYTHING, reader)))
    documents = vectors.columns.documents[vectors.columns.rows_of(near)] if near else ()
    return list(dict.fromkeys(int(found) for found in documents))
