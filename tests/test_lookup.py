from __future__ import annotations

import io
from pathlib import Path

import pytest

from catalogue.access import Reader, visible_collections, visible_departments
from catalogue.connection import Sessions
from catalogue.errors import BadInput, NotFound
from catalogue.lookup import (
    DocumentFilter,
    collection_ids,
    count_by_state,
    department_ids,
    get_document,
    get_family,
    get_original,
    get_passage,
    list_documents,
)
from catalogue.places import ensure_collection
from catalogue.tables import Chunk, Document, Revision
from ingest.intake import accept_upload, delete_document
from ingest.originals import Originals

ALL = Reader(1)


@pytest.fixture
def documents(sessions: Sessions, tmp_path: Path) -> dict[str, int]:
    """Three documents of two departments: a ready one with four passages, one that waits, one that failed."""
    originals = Originals(tmp_path / "originals")
    ids: dict[str, int] = {}
    for department, name in (("Bauamt", "ready"), ("Bauamt", "pending"), ("Hauptamt", "failed")):
        with sessions.begin() as session:
            place = ensure_collection(session, 1, department, f"Sammlung {department}").id
        accepted = accept_upload(sessions, originals, place, f"{name}.txt", io.BytesIO(name.encode()))
        assert accepted.document_id is not None
        ids[name] = accepted.document_id
    with sessions.begin() as session:
        for revision in session.query(Revision):
            name = next(key for key, value in ids.items() if value == revision.document_id)
            revision.state = name  # type: ignore[assignment]
            revision.shown = name == "ready"
            if name == "ready":
                session.add_all(
                    Chunk(
                        tenant_id=1,
                        revision_id=revision.id,
                        ordinal=ordinal,
                        kind="text",
                        text=f"Absatz {ordinal}",
                        headings=[],
                        text_sha256=f"{ordinal:064}",
                    )
                    for ordinal in range(4)
                )
    return ids


def test_documents_are_listed_the_latest_first_with_their_newest_revision(
    sessions: Sessions, documents: dict[str, int]
) -> None:
    with sessions() as session:
        found, total = list_documents(session, ALL, DocumentFilter(), 2, 0)
        rest, _ = list_documents(session, ALL, DocumentFilter(), 2, 2)
    assert total == 3
    assert [item.revision.state for item in [*found, *rest]] == ["failed", "pending", "ready"]
    assert [item.searchable for item in [*found, *rest]] == [False, False, True]


def test_filters_narrow_by_state_department_and_collection(sessions: Sessions, documents: dict[str, int]) -> None:
    with sessions() as session:

        def count(**wanted: str) -> int:
            return list_documents(session, ALL, DocumentFilter(**wanted), 10, 0)[1]

        assert count(state="failed") == 1
        assert count(department="bauamt") == 2
        assert count(collection="sammlung-hauptamt") == 1
        assert count(department="bauamt", state="failed") == 0
        assert count_by_state(session, ALL) == {"ready": 1, "pending": 1, "failed": 1}


def test_what_a_reader_may_not_see_does_not_exist(sessions: Sessions, documents: dict[str, int]) -> None:
    with sessions() as session:
        bauamt = department_ids(session, ALL, ["bauamt"])
        reader = Reader(1, bauamt)
        assert list_documents(session, reader, DocumentFilter(), 10, 0)[1] == 2
        assert [item.slug for item in session.scalars(visible_departments(reader))] == ["bauamt"]
        assert [item.slug for item, _ in session.execute(visible_collections(reader))] == ["sammlung-bauamt"]
        with pytest.raises(NotFound):
            get_document(session, reader, documents["failed"])
        with pytest.raises(NotFound):
            get_original(session, reader, documents["failed"])
        with pytest.raises(BadInput, match="hauptamt"):
            department_ids(session, reader, ["hauptamt"])
        with pytest.raises(BadInput, match="sammlung-hauptamt"):
            collection_ids(session, reader, ["sammlung-bauamt", "sammlung-hauptamt"])
        assert list_documents(session, Reader(2), DocumentFilter(), 10, 0)[1] == 0


def test_no_slugs_mean_no_limit(sessions: Sessions) -> None:
    with sessions() as session:
        assert department_ids(session, ALL, []) is None
        assert collection_ids(session, ALL, []) is None


def test_a_passage_comes_with_as_many_neighbours_as_there_are(sessions: Sessions, documents: dict[str, int]) -> None:
    with sessions() as session:
        chunks = session.query(Chunk).order_by(Chunk.ordinal).all()
        middle = get_passage(session, ALL, chunks[1].id, 2)
        assert [item.ordinal for item in middle.before] == [0]
        assert [item.ordinal for item in middle.after] == [2, 3]
        assert middle.document.id == documents["ready"]
        with pytest.raises(NotFound):
            get_passage(session, Reader(1, frozenset()), chunks[1].id, 1)


def test_the_original_is_the_one_people_find_else_the_newest(sessions: Sessions, documents: dict[str, int]) -> None:
    with sessions.begin() as session:
        newer = Revision(
            tenant_id=1,
            document_id=documents["ready"],
            number=2,
            sha256="2" * 64,
            size_bytes=1,
            media_type="text/plain",
            state="failed",
        )
        session.add(newer)
    with sessions() as session:
        assert get_original(session, ALL, documents["ready"])[1].number == 1
        assert get_document(session, ALL, documents["ready"]).revision.number == 2
        assert get_original(session, ALL, documents["pending"])[1].state == "pending"


def test_deleted_documents_are_gone_from_every_list(sessions: Sessions, documents: dict[str, int]) -> None:
    delete_document(sessions, ALL, documents["ready"])
    with sessions() as session:
        assert list_documents(session, ALL, DocumentFilter(), 10, 0)[1] == 2
        with pytest.raises(NotFound):
            get_document(session, ALL, documents["ready"])


def test_a_family_is_a_document_with_what_was_inside_it(sessions: Sessions, documents: dict[str, int]) -> None:
    with sessions.begin() as session:
        session.get_one(Document, documents["failed"]).parent_id = documents["ready"]
    with sessions() as session:
        family = get_family(session, ALL, [documents["ready"]])
        assert [item.document.id for item in family] == [documents["ready"], documents["failed"]]
        assert get_family(session, ALL, []) == []
