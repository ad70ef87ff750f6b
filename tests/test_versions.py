from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.families import families_of, is_sidecar
from catalogue.places import ensure_collection
from catalogue.tables import Document
from indexes.query import Hit
from indexes.search import newest_versions, other_versions
from ingest.signature import signature_of
from ingest.versions import join_family, similarity

WORDS = [f"wort{number}" for number in range(500)]


def prose(seed: int, length: int = 400) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def edited(words: list[str], every: int) -> list[str]:
    return ["neu" if position % every == 0 else word for position, word in enumerate(words)]


@pytest.fixture
def add(sessions: Sessions) -> Callable[..., int]:
    """Write down a document of these words, written in this year; returns its id."""

    def add(name: str, words: list[str], year: int) -> int:
        with sessions.begin() as session:
            place = ensure_collection(session, 1, "Amt", "Akten")
            document = Document(
                tenant_id=1,
                collection_id=place.id,
                root="/akten",
                source=name,
                title=name,
                media_type="text/plain",
                size_bytes=1,
                file_mtime_ns=0,
                modified_at=datetime(year, 1, 1, tzinfo=UTC),
            )
            session.add(document)
            session.flush()
            join_family(session, document, signature_of([" ".join(words)]))
            return document.id

    return add


def names(sessions: Sessions, document_id: int, reader: Reader | None = None) -> list[str]:
    with sessions() as session:
        families = families_of(session, reader or Reader(1), [document_id])
    return [version.title for version in families.get(document_id, ())]


def test_the_same_text_and_last_years_version_form_a_family_with_the_newest_first(sessions, add) -> None:
    first = add("satzung.docx", prose(1), 2024)
    add("satzung.pdf", prose(1), 2023)
    add("satzung-2025.docx", edited(prose(1), 20), 2025)
    add("anderes.docx", prose(2), 2025)
    assert names(sessions, first) == ["satzung-2025.docx", "satzung.docx", "satzung.pdf"]


def test_a_document_of_its_own_has_no_family(sessions, add) -> None:
    add("eins.txt", prose(1), 2024)
    assert names(sessions, add("zwei.txt", prose(2), 2024)) == []


def test_forms_with_hardly_any_text_are_not_taken_for_versions(sessions, add) -> None:
    add("formular-a.docx", WORDS[:10], 2024)
    assert names(sessions, add("formular-b.docx", WORDS[:10], 2024)) == []


def test_a_document_between_two_families_unites_them(sessions, add) -> None:
    shared, left, right = prose(1), prose(2), prose(3)
    first = add("links.txt", shared + left, 2020)
    add("links-kopie.txt", shared + left, 2021)
    last = add("rechts.txt", right + shared, 2022)
    assert names(sessions, last) == []
    add("rechts-kopie.txt", right + shared, 2023)
    add("beides.txt", right + shared + left, 2024)
    assert len(names(sessions, first)) == 5
    assert names(sessions, first) == names(sessions, last)


def test_versions_of_another_department_are_not_told_of(sessions, add) -> None:
    first = add("a.txt", prose(1), 2024)
    add("b.txt", prose(1), 2025)
    assert names(sessions, first, Reader(1, frozenset())) == []


def test_similarity_is_estimated_within_its_error() -> None:
    one, other = prose(1, 2000), prose(3, 2000)
    mixed = one[:1000] + other[:1000]
    first, second = signature_of([" ".join(one)]), signature_of([" ".join(mixed)])
    assert first is not None
    assert second is not None
    assert similarity(first, second) == pytest.approx(1 / 3, abs=0.13)


def test_the_newest_version_answers_in_the_place_of_the_best(sessions, add) -> None:
    old, new = add("alt.txt", prose(1), 2024), add("neu.txt", prose(1), 2025)
    hits = [Hit(1, old, 0.9), Hit(2, 99, 0.8), Hit(3, old, 0.7), Hit(4, new, 0.6), Hit(5, old, 0.5), Hit(6, new, 0.4)]
    with sessions() as session:
        families = families_of(session, Reader(1), [old, new, 99])
    assert [(hit.chunk_id, hit.score) for hit in newest_versions(hits, families)] == [(4, 0.9), (2, 0.8), (6, 0.7)]
    assert [version.title for version in other_versions(families, new)] == ["alt.txt"]


def test_an_older_version_answers_where_the_newer_was_not_found(sessions, add) -> None:
    old, new = add("alt.txt", prose(1), 2024), add("neu.txt", prose(1), 2025)
    with sessions() as session:
        families = families_of(session, Reader(1), [old, new])
    assert newest_versions([Hit(1, old, 0.9)], families) == [Hit(1, old, 0.9)]


@pytest.mark.parametrize(
    ("source", "verdict"),
    [("a/scan.pdf.txt", True), ("a/scan.pdf.reference.txt", True), ("a/scan.pdf", False), ("a/scan.pdfx.txt", False)],
)
def test_a_file_named_after_another_is_known_as_its_copy(source: str, verdict: bool) -> None:
    assert is_sidecar(source, {"a/scan.pdf", source}) is verdict


def test_the_file_a_text_was_drawn_from_speaks_for_both_however_old_it_is(sessions, add) -> None:
    scan = add("satzung.pdf", prose(1), 2019)
    add("satzung.pdf.txt", prose(1), 2026)
    assert names(sessions, scan) == ["satzung.pdf", "satzung.pdf.txt"]
