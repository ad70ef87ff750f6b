"""What somebody who begins to type may mean: titles and headings, by the beginnings of their words."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks
from catalogue.connection import Sessions
from catalogue.tables import Chunk, Document, Revision
from catalogue.view import View
from indexes.compounds import fold

Kind = Literal["title", "heading"]
KEY_CHARACTERS = 80
SCANNED_KEYS = 2_000
READ_ROWS = 2_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A title or heading, and the documents it stands in."""

    text: str
    kind: Kind
    document_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class WordBeginnings:
    """Every place a candidate can be entered at, sorted: the folded rest of its text from each word on."""

    keys: list[tuple[str, int]]
    candidates: list[Candidate]

    def find(self, typed: str) -> list[Candidate]:
        """Candidates with a word that begins like `typed`: titles, then where it is the first word, then short."""
        start = simplified(typed)
        found: dict[int, bool] = {}
        first = bisect_left(self.keys, (start, -1))
        for key, number in self.keys[first : first + SCANNED_KEYS]:
            if not key.startswith(start):
                break
            found[number] = found.get(number, False) or simplified(self.candidates[number].text).startswith(start)
        order = sorted(found, key=lambda number: self.rank(number, is_start=found[number]))
        return [self.candidates[number] for number in order]

    def rank(self, number: int, *, is_start: bool) -> tuple[bool, bool, int, str]:
        """Smaller comes first."""
        candidate = self.candidates[number]
        return candidate.kind != "title", not is_start, len(candidate.text), candidate.text


def simplified(text: str) -> str:
    """One spelling for upper and lower case, umlauts and blanks."""
    return fold(" ".join(text.lower().split()))


def word_beginnings(found: Iterable[tuple[str, Kind, int]]) -> WordBeginnings:
    """Sort (text, kind, document id) by the beginnings of their words; the same text is one candidate."""
    documents: dict[tuple[str, Kind], set[int]] = {}
    for text, kind, document_id in found:
        documents.setdefault((text, kind), set()).add(document_id)
    titles = {text for text, kind in documents if kind == "title"}
    candidates = [
        Candidate(text, kind, frozenset(ids))
        for (text, kind), ids in documents.items()
        if kind == "title" or text not in titles
    ]
    keys = {
        (simple[match.start() : match.start() + KEY_CHARACTERS], number)
        for number, simple in enumerate(simplified(candidate.text) for candidate in candidates)
        for match in _WORD.finditer(simple)
    }
    return WordBeginnings(sorted(keys), candidates)


class Suggestions:
    """Keeps the word beginnings of the generation that answers, and reads them anew when another does."""

    def __init__(self, sessions: Sessions, tenant_id: int) -> None:
        self.sessions = sessions
        self.tenant_id = tenant_id
        self._lock = threading.Lock()
        self._known: tuple[int, WordBeginnings] | None = None

    def beginnings(self, generation_id: int) -> WordBeginnings:
        """The word beginnings of what this generation shows."""
        with self._lock:
            if self._known is None or self._known[0] != generation_id:
                with self.sessions() as session:
                    self._known = generation_id, word_beginnings(read_headings(session, self.tenant_id))
            return self._known[1]

    def find(self, session: Session, generation_id: int, typed: str, view: View, limit: int) -> list[Candidate]:
        """The candidates that stand in a document the reader may see."""
        candidates = self.beginnings(generation_id).find(typed)
        ids = {document_id for candidate in candidates for document_id in candidate.document_ids}
        visible = view.documents(session, ids).keys()
        return [candidate for candidate in candidates if candidate.document_ids & visible][:limit]


def read_headings(session: Session, tenant_id: int) -> Iterable[tuple[str, Kind, int]]:
    """Read every title and heading that is shown, with repetitions."""
    columns = (Document.id, func.coalesce(Revision.title, Document.title), Chunk.headings)
    statement = visible_chunks(Reader(tenant_id), *columns).execution_options(yield_per=READ_ROWS)
    for document_id, title, headings in session.execute(statement):
        yield title, "title", document_id
        for heading in headings:
            yield heading, "heading", document_id
