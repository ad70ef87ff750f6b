"""What one reader may see in one state of the catalogue: read when it is first asked for, and kept while that lasts."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks, visible_documents
from catalogue.connection import Sessions
from catalogue.epoch import Epoch
from catalogue.families import Families, Version, families_of
from catalogue.tables import Chunk, Collection, Department, Document, GlossaryEntry, Revision

MOST_PASSAGES = 20_000
MOST_DOCUMENTS = 100_000
MOST_READERS = 16
ASKED_OFTEN = 20
"""After so many questions in the same state, the keys of the glossary are read as a whole."""
_SHARED = slice(5, 10)


class SeenDocument(NamedTuple):
    """A document the reader may see; `revision_id` is the state of it that is shown, None if none is."""

    document_id: int
    revision_id: int | None
    family_id: int | None
    title: str
    source: str
    department: str
    department_name: str
    collection: str
    collection_name: str
    media_type: str
    modified_at: datetime


class SeenPassage(NamedTuple):
    """A passage of a document; it is only shown while its revision is."""

    chunk_id: int
    revision_id: int
    text: str
    headings: tuple[str, ...]
    citation: str | None
    page: int | None
    page_last: int | None
    sheet: str | None
    warnings: tuple[str, ...]


class Passages:
    """The passages that were read last, whoever read them: what a passage says never changes."""

    def __init__(self, limit: int = MOST_PASSAGES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: OrderedDict[int, SeenPassage] = OrderedDict()

    def find(self, chunk_ids: Iterable[int]) -> dict[int, SeenPassage]:
        """Those of them that are known."""
        with self._lock:
            found = {number: self._known[number] for number in chunk_ids if number in self._known}
            for number in found:
                self._known.move_to_end(number)
        return found

    def keep(self, read: Mapping[int, SeenPassage]) -> None:
        """Keep some more, in the place of those that were not asked for longest."""
        with self._lock:
            self._known.update(read)
            while len(self._known) > self._limit:
                self._known.popitem(last=False)


class View:
    """Reads through a session what it does not know; without one only what it knows is there.

    Good for one state of the catalogue: what was read in it is not read again.
    """

    def __init__(self, reader: Reader, epoch: str = "", passages: Passages | None = None) -> None:
        self.reader = reader
        self.epoch = epoch
        self._passages = passages or Passages()
        self._documents: dict[int, SeenDocument | None] = {}
        self._families: dict[int, tuple[Version, ...]] = {}
        self._glossary_asked = 0
        self._glossary: frozenset[str] | None = None

    def documents(self, session: Session | None, document_ids: AbstractSet[int]) -> dict[int, SeenDocument]:
        """Those of some documents that the reader may see, by their ids."""
        known = self._documents
        unknown = [number for number in document_ids if number not in known]
        if unknown and session is not None:
            if len(known) > MOST_DOCUMENTS:
                known = self._documents = {}
                unknown = list(document_ids)
            read = {row[0]: _seen_document(row) for row in _rows(session, _documents(self.reader), unknown)}
            known.update((number, read.get(number)) for number in unknown)
        return {number: seen for number in document_ids if (seen := known.get(number)) is not None}

    def families(self, session: Session | None, documents: Mapping[int, SeenDocument]) -> Families:
        """The families of these documents, as `families_of` reads them."""
        known = self._families
        in_some = [number for number, document in documents.items() if document.family_id is not None]
        unknown = [number for number in in_some if number not in known]
        if unknown and session is not None:
            read = families_of(session, self.reader, unknown)
            known.update((number, read.get(number, ())) for number in unknown)
        return {number: versions for number in in_some if (versions := known.get(number))}

    def passages(self, session: Session | None, wanted: Mapping[int, SeenDocument]) -> dict[int, SeenPassage]:
        """The passages of these ids, each with its document, as far as the reader may see them."""
        found = self._passages.find(wanted)
        unknown = [number for number in wanted if number not in found]
        if unknown and session is not None:
            read = {row[0]: _seen_passage(row) for row in _rows(session, _passages(self.reader), unknown)}
            self._passages.keep(read)
            found |= read
        return {number: seen for number, seen in found.items() if seen.revision_id == wanted[number].revision_id}

    def in_glossary(self, session: Session, keys: AbstractSet[str]) -> AbstractSet[str]:
        """Those of some keys that may stand in the glossary: most words of most questions stand in no entry."""
        self._glossary_asked += 1
        if self._glossary is None and self._glossary_asked > ASKED_OFTEN:
            forms = (GlossaryEntry.short_key, GlossaryEntry.long_key)
            rows = session.execute(select(*forms).where(GlossaryEntry.tenant_id == self.reader.tenant_id))
            self._glossary = frozenset(key for row in rows for key in row)
        return keys if self._glossary is None else self._glossary.intersection(keys)


class Views:
    """The view of each reader, for as long as the catalogue stays as it is."""

    def __init__(self, sessions: Sessions) -> None:
        self._epoch = Epoch(sessions)
        self._passages = Passages()
        self._lock = threading.Lock()
        self._views: OrderedDict[Reader, View] = OrderedDict()

    def present(self, reader: Reader) -> View:
        """What a reader may see now: the state is read before anything of the view is.

        Raises: OperationalError when the database is away.
        """
        epoch = self._epoch.read()
        with self._lock:
            view = self._views.pop(reader, None)
            if view is None or view.epoch != epoch:
                view = View(reader, epoch, self._passages)
            self._views[reader] = view
            while len(self._views) > MOST_READERS:
                self._views.popitem(last=False)
            return view

    def close(self) -> None:
        """Let go of the database."""
        self._epoch.close()


def _rows(session: Session, statement: Select[Any], ids: Sequence[int]) -> Sequence[Any]:
    return session.connection().execute(statement, {"ids": ids}).all()


def _seen_document(row: Any) -> SeenDocument:
    """Names that many documents share are kept once."""
    shared = map(sys.intern, row[_SHARED])
    return SeenDocument(*row[: _SHARED.start], *shared, *row[_SHARED.stop :])


def _seen_passage(row: Any) -> SeenPassage:
    chunk_id, revision_id, text, headings, citation, page, page_last, sheet, warnings = row
    return SeenPassage(chunk_id, revision_id, text, tuple(headings), citation, page, page_last, sheet, tuple(warnings))


@lru_cache(maxsize=64)
def _documents(reader: Reader) -> Select[Any]:
    """Some documents by their ids; building the statement takes longer than reading the documents."""
    columns: tuple[Any, ...] = (Document.id, Revision.id, Document.family_id)
    names: tuple[Any, ...] = (func.coalesce(Revision.title, Document.title), Document.source)
    places: tuple[Any, ...] = (Department.slug, Department.name, Collection.slug, Collection.name)
    shown = and_(Revision.document_id == Document.id, Revision.shown)
    return (
        visible_documents(reader)
        .outerjoin(Revision, shown)
        .with_only_columns(*columns, *names, *places, Document.media_type, Document.modified_at)
        .where(Document.id.in_(bindparam("ids", expanding=True)))
    )


@lru_cache(maxsize=64)
def _passages(reader: Reader) -> Select[Any]:
    """Some passages by their ids; building the statement takes longer than reading the passages."""
    content = (Chunk.id, Chunk.revision_id, Chunk.text, Chunk.headings)
    place = (Chunk.citation, Chunk.page_first, Chunk.page_last, Chunk.sheet)
    among = Chunk.id.in_(bindparam("ids", expanding=True))
    return visible_chunks(reader, *content, *place, Chunk.warnings).where(among)
