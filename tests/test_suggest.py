from __future__ import annotations

from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.places import ensure_collection
from catalogue.tables import Chunk, Document, Revision
from catalogue.tables.row import now
from catalogue.view import View
from indexes.suggest import Suggestions, word_beginnings

TEXTS = [
    ("Hundesteuersatzung", "title", 1),
    ("Satzung über die Straßenreinigung", "title", 2),
    ("Steuersatz für den zweiten Hund", "heading", 1),
    ("Hundesteuersatzung", "heading", 3),
    ("§ 5 Ermäßigung", "heading", 1),
    ("§ 5 Ermäßigung", "heading", 2),
]


def find(typed: str) -> list[str]:
    return [candidate.text for candidate in word_beginnings(TEXTS).find(typed)]  # type: ignore[arg-type]


def test_titles_come_before_headings_and_each_text_once() -> None:
    assert find("hund") == ["Hundesteuersatzung", "Steuersatz für den zweiten Hund"]


def test_any_word_may_be_begun_and_several_words_continue_it() -> None:
    assert find("strassenr") == ["Satzung über die Straßenreinigung"]
    assert find("über  die S") == ["Satzung über die Straßenreinigung"]
    assert find("ermaess") == ["§ 5 Ermäßigung"]
    assert find("teuer") == []


def test_a_heading_remembers_every_document_it_stands_in() -> None:
    (found,) = word_beginnings(TEXTS).find("Ermäßigung")  # type: ignore[arg-type]
    assert found.document_ids == {1, 2}


def put(sessions: Sessions, department: str, title: str) -> int:
    with sessions.begin() as session:
        place = ensure_collection(session, 1, department, f"Sammlung {department}")
        document = Document(
            tenant_id=1,
            collection_id=place.id,
            root="upload:",
            source=title,
            title=title,
            media_type="text/plain",
            size_bytes=1,
            file_mtime_ns=0,
            modified_at=now(),
        )
        session.add(document)
        session.flush()
        revision = Revision(
            tenant_id=1,
            document_id=document.id,
            number=1,
            sha256="0" * 64,
            size_bytes=1,
            media_type="text/plain",
            state="ready",
            shown=True,
            title=title,
        )
        session.add(revision)
        session.flush()
        session.add(
            Chunk(
                tenant_id=1,
                revision_id=revision.id,
                ordinal=0,
                kind="text",
                text="Text",
                headings=[f"Kapitel {title}"],
                text_sha256="0" * 64,
            )
        )
        return document.id


def test_only_what_the_reader_may_see_is_suggested(sessions: Sessions) -> None:
    put(sessions, "Bauamt", "Bauordnung")
    put(sessions, "Hauptamt", "Bauernregeln")
    suggestions = Suggestions(sessions, 1)
    with sessions() as session:
        everything = suggestions.find(session, 1, "bau", View(Reader(1)), 8)
        nothing = suggestions.find(session, 1, "bau", View(Reader(1, frozenset())), 8)
        elsewhere = suggestions.find(session, 1, "bau", View(Reader(2)), 8)
    assert [found.text for found in everything] == [
        "Bauordnung",
        "Bauernregeln",
        "Kapitel Bauordnung",
        "Kapitel Bauernregeln",
    ]
    assert nothing == elsewhere == []


def test_a_newer_generation_brings_newer_suggestions(sessions: Sessions) -> None:
    suggestions = Suggestions(sessions, 1)
    with sessions() as session:
        assert suggestions.find(session, 1, "bau", View(Reader(1)), 8) == []
    put(sessions, "Bauamt", "Bauordnung")
    with sessions() as session:
        assert suggestions.find(session, 1, "bau", View(Reader(1)), 8) == []
        assert len(suggestions.find(session, 2, "bau", View(Reader(1)), 8)) == 2
