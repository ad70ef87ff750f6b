"""What one reader may see in one state of the catalogue: read when it is first asked for, and kept while that lasts."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import BindParameter, Select, and_, bindparam, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalogue.access import Reader, visible_chunks, visible_documents
from catalogue.families import Families, Version, families_of
from catalogue.tables import Chunk, Collection, Department, Document, GlossaryEntry, Revision
from catalogue.tables.row import now

MOST_PASSAGES = 20_000
MOST_DOCUMENTS = 100_000
MOST_OTHERS = 1_000
READ_AHEAD = 200
"""So many documents or passages are read at a time before anybody asks for them."""
_SHARED = slice(5, 10)
# Built once, and without the rule of who may see what: that is asked for the few documents an entry is taken from.
_KEYS: BindParameter[list[str]] = bindparam("keys", expanding=True)
_COLUMNS = (GlossaryEntry.id, GlossaryEntry.short, GlossaryEntry.long, GlossaryEntry.short_key, GlossaryEntry.long_key)
_OWN = select(*_COLUMNS, GlossaryEntry.document_id).where(GlossaryEntry.tenant_id == bindparam("tenant_id"))
# Two questions, each answered from an index: SQLite answers "or" by reading the whole glossary.
_NAMED = union(_OWN.where(GlossaryEntry.short_key.in_(_KEYS)), _OWN.where(GlossaryEntry.long_key.in_(_KEYS)))

T = TypeVar("T")


class NotKnown(LookupError):
    """What was asked for was not read while the catalogue could be read."""


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


class SeenEntry(NamedTuple):
    """An entry of the glossary; `document_id` is None if somebody entered it."""

    entry_id: int
    short: str
    long: str
    short_key: str
    long_key: str
    document_id: int | None


class Passages:
    """The passages that were read last, whoever read them: what a passage says never changes."""

    def __init__(self, limit: int = MOST_PASSAGES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: OrderedDict[int, SeenPassage] = OrderedDict()
        self._read_until = 0

    def find(self, chunk_ids: Iterable[int]) -> dict[int, SeenPassage]:
        """Those of them that are known."""
        with self._lock:
            found = {number: self._known[number] for number in chunk_ids if number in self._known}
            for number in found:
                self._known.move_to_end(number)
        return found

    @property
    def wants_after(self) -> int | None:
        """Behind which passage reading ahead goes on; None when there is no room for more."""
        return self._read_until if len(self._known) < self._limit else None

    def keep(self, read: Mapping[int, SeenPassage], until: int = 0) -> None:
        """Keep some more, in the place of those that were not asked for longest; `until` where they were read ahead."""
        with self._lock:
            self._read_until = max(until, self._read_until)
            self._known.update(read)
            while len(self._known) > self._limit:
                self._known.popitem(last=False)


class View:
    """Reads through a session what it does not know; without one only what it knows is there.

    Good for one state of the catalogue, its `epoch`: what was read in it is not read again. `as_of` is when the
    catalogue was last seen in this state.
    """

    def __init__(self, reader: Reader, epoch: str = "", passages: Passages | None = None) -> None:
        self.reader = reader
        self.epoch = epoch
        self.as_of = now()
        self._passages = passages or Passages()
        self._documents: dict[int, SeenDocument | None] = {}
        self._families: dict[int, tuple[Version, ...]] = {}
        self._others: dict[Hashable, object] = {}
        self._glossary: dict[str, list[SeenEntry]] = {}
        self._has_documents = self._has_glossary = False
        self._read_until = 0

    def documents(self, session: Session | None, document_ids: AbstractSet[int]) -> dict[int, SeenDocument]:
        """Those of some documents that the reader may see, by their ids."""
        known = self._documents
        unknown = [number for number in document_ids if number not in known]
        if unknown and session is not None and not self._has_documents:
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

    def entries(self, session: Session | None, keys: AbstractSet[str]) -> list[SeenEntry]:
        """Entries of the glossary with one of these keys, by their ids; from whatever documents they were read."""
        if self._has_glossary:
            return sorted({entry for key in keys for entry in self._glossary.get(key, ())})
        if session is None:
            return []
        asked = {"tenant_id": self.reader.tenant_id, "keys": list(keys)}
        return sorted(SeenEntry(*row) for row in session.connection().execute(_NAMED, asked))

    def other(self, session: Session | None, key: Hashable, read: Callable[[Session], T]) -> T:
        """Whatever else depends on nothing but the reader and the state of the catalogue.

        Raises: NotKnown when there is no session to read it through; whatever `read` raises.
        """
        known = self._others
        if key not in known:
            if session is None:
                raise NotKnown
            if len(known) >= MOST_OTHERS:
                known = self._others = {}
            known[key] = read(session)
        return cast("T", known[key])

    def read_ahead(self, session: Session) -> bool:
        """Read some documents, the glossary or passages that nobody has asked for; returns whether there were any."""
        if not self._has_documents and len(self._documents) < MOST_DOCUMENTS:
            numbers = _next(session, Document.id, self._read_until)
            self.documents(session, set(numbers))
            self._has_documents = len(numbers) < READ_AHEAD
            self._read_until = max(numbers, default=0)
            return True
        if not self._has_glossary:
            for row in session.connection().execute(_OWN, {"tenant_id": self.reader.tenant_id}):
                entry = SeenEntry(*row)
                for key in {entry.short_key, entry.long_key}:
                    self._glossary.setdefault(key, []).append(entry)
            self._has_glossary = True
            return True
        after = self._passages.wants_after
        numbers = _next(session, Chunk.id, after) if after is not None else []
        if numbers:
            read = {row[0]: _seen_passage(row) for row in _rows(session, _passages(self.reader), numbers)}
            self._passages.keep(read, until=numbers[-1])
        return bool(numbers)


def _rows(session: Session, statement: Select[Any], ids: Sequence[int]) -> Sequence[Any]:
    return session.connection().execute(statement, {"ids": ids}).all()


def _next(session: Session, column: InstrumentedAttribute[int], after: int) -> Sequence[int]:
    """The next ids in order, whoever may see what they name: with that in one statement SQLite would sort all of it."""
    return session.scalars(select(column).where(column > after).order_by(column).limit(READ_AHEAD)).all()


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
