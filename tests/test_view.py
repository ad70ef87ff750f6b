"""What is known of the catalogue is not read again, and never shows more than the catalogue would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from catalogue import view
from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.tables import Chunk, Document, Revision
from catalogue.tables.row import now
from catalogue.view import Passages, View
from catalogue.views import Views
from indexes.glossary import Meaning, keep, look_up
from tests.test_suggest import put

ALL, NOBODY = Reader(1), Reader(1, frozenset())


@contextmanager
def statements(sessions: Sessions) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(sessions.kw["bind"], "before_cursor_execute", note)
    yield asked
    event.remove(sessions.kw["bind"], "before_cursor_execute", note)


@pytest.fixture
def documents(sessions: Sessions) -> list[int]:
    """A document of each of two departments; each has one passage."""
    return [put(sessions, "Bauamt", "Bauordnung"), put(sessions, "Hauptamt", "Bauernregeln")]


def chunk_of(sessions: Sessions, document_id: int) -> int:
    with sessions() as session:
        found = session.scalar(select(Chunk.id).join(Revision).where(Revision.document_id == document_id))
    assert found is not None
    return found


def shown(sessions: Sessions, seen: View, document_ids: list[int]) -> list[str]:
    """The titles of the documents whose passage can be read, as a search reads them."""
    chunks = {chunk_of(sessions, number): number for number in document_ids}
    with sessions() as session:
        known = seen.documents(session, set(document_ids))
        read = seen.passages(session, {chunk: known[number] for chunk, number in chunks.items() if number in known})
    return [known[chunks[chunk]].title for chunk in sorted(read)]


def test_nothing_is_read_twice_while_the_catalogue_stays_as_it_is(sessions: Sessions, documents: list[int]) -> None:
    views = Views(sessions)
    chunk = chunk_of(sessions, documents[0])
    with sessions() as session, statements(sessions) as asked:
        for _ in range(3):
            seen = views.present(ALL)
            known = seen.documents(session, {*documents, 99})
            assert known.keys() == set(documents)
            assert seen.passages(session, {chunk: known[documents[0]]})[chunk].headings == ("Kapitel Bauordnung",)
            assert not seen.families(session, known)
    views.close()
    assert len([text for text in asked if " document" in text]) == 2


def test_what_was_removed_is_gone_with_the_next_look(sessions: Sessions, documents: list[int]) -> None:
    views = Views(sessions)
    shown(sessions, views.present(ALL), documents)
    with sessions.begin() as session:
        session.get_one(Document, documents[0]).deleted_at = now()
    assert shown(sessions, views.present(ALL), documents) == ["Bauernregeln"]
    views.close()


def test_a_passage_of_an_older_state_is_known_but_not_shown(sessions: Sessions, documents: list[int]) -> None:
    views = Views(sessions)
    shown(sessions, views.present(ALL), documents)
    with sessions.begin() as session:
        session.scalars(select(Revision).where(Revision.document_id == documents[1])).one().shown = False
    assert shown(sessions, views.present(ALL), documents) == ["Bauordnung"]
    with sessions() as session:
        assert views.present(ALL).documents(session, set(documents)).keys() == set(documents)
    views.close()


def test_what_others_have_read_is_not_shown_to_those_who_may_not_see_it(
    sessions: Sessions, documents: list[int]
) -> None:
    views = Views(sessions)
    assert shown(sessions, views.present(ALL), documents) == ["Bauordnung", "Bauernregeln"]
    assert shown(sessions, views.present(NOBODY), documents) == []
    assert shown(sessions, views.present(Reader(2)), documents) == []
    views.close()


def test_a_passage_is_not_shown_in_the_name_of_another_document(sessions: Sessions, documents: list[int]) -> None:
    seen = View(ALL)
    with sessions() as session:
        known = seen.documents(session, set(documents))
        assert seen.passages(session, {chunk_of(sessions, documents[1]): known[documents[0]]}) == {}


def test_without_a_session_what_is_known_is_all_there_is(sessions: Sessions, documents: list[int]) -> None:
    seen = View(ALL)
    chunk = chunk_of(sessions, documents[0])
    assert seen.documents(None, set(documents)) == {}
    with sessions() as session:
        known = seen.documents(session, {documents[0]})
        seen.passages(session, {chunk: known[documents[0]]})
    assert seen.documents(None, set(documents)).keys() == {documents[0]}
    assert seen.passages(None, {chunk: known[documents[0]], 99: known[documents[0]]}).keys() == {chunk}


def test_only_some_readers_documents_and_passages_are_kept(
    sessions: Sessions, documents: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.views.MOST_READERS", 1)
    monkeypatch.setattr(view, "MOST_DOCUMENTS", 0)
    views = Views(sessions)
    seen = views.present(ALL)
    with sessions() as session:
        for number in (documents[0], 99, documents[1]):
            seen.documents(session, {number})
    assert seen.documents(None, set(documents)).keys() == {documents[1]}
    views.present(NOBODY)
    assert views.present(ALL) is not seen
    views.close()
    passages = Passages(limit=1)
    one = view.SeenPassage(1, 1, "", (), None, None, None, None, ())
    passages.keep({1: one, 2: one})
    assert passages.find([1, 2]).keys() == {2}


def test_a_glossary_that_is_known_answers_as_it_does_when_it_is_read(sessions: Sessions) -> None:
    with sessions.begin() as session:
        keep(session, 1, [Meaning("Perso", "Personalausweis"), Meaning("BüBü", "Bürgerbüro"), Meaning("BB", "BüBü")])
    questions = ["Wo gibt es den Perso?", "Bürgerbüro", "Was hat das BüBü?", "Wann ist Wochenmarkt?", ""]
    seen = View(ALL)
    with sessions() as session:
        read = [look_up(session, seen, question) for question in questions]
        while seen.read_ahead(session):
            pass
        with statements(sessions) as asked:
            known = [look_up(session, seen, question) for question in questions]
    assert read[0] == ["Personalausweis"]
    assert known == read == [look_up(None, seen, question) for question in questions]
    assert asked == []
    assert look_up(None, View(ALL), "Wo gibt es den Perso?") == []
