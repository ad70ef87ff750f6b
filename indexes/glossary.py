"""Looks up what people here call things, and keeps what they enter: „BüBü“ is „Bürgerbüro“, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Select, and_, delete, insert, or_, select
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_documents
from catalogue.errors import BadInput
from catalogue.tables import Document, GlossaryEntry
from catalogue.view import View
from indexes.compounds import fold
from indexes.german import STOP_WORDS

LONGEST_FORM = 150
_LONGEST_RUN = 6
_MOST_WORDS = 60
_READ_BEGUN = 200
_WORD = re.compile(r"[^\W_]+(?:[-.&][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A short form and what it stands for; `document_id` is where it was read, None if somebody entered it."""

    short: str
    long: str
    document_id: int | None = None


def look_up(session: Session | None, view: View, text: str) -> list[str]:
    """Other words for what the text names, each once: meanings of its short forms, short forms of its long ones.

    What was read in a document counts for those alone who may see the document. A short form that is also a stop word
    („DA“) is meant only where it is written like the entry.
    """
    said = runs(text)
    if not said:
        return []
    named: dict[str, list[int | None]] = {}
    for entry in view.entries(session, said.keys()):
        if entry.short_key in said and (entry.short_key not in STOP_WORDS or entry.short in said[entry.short_key]):
            named.setdefault(entry.long, []).append(entry.document_id)
        elif entry.long_key in said:
            named.setdefault(entry.short, []).append(entry.document_id)
    return _visible_names(session, view, named)


def _visible_names(session: Session | None, view: View, named: Mapping[str, Sequence[int | None]]) -> list[str]:
    """The names that were entered, or read in a document the reader may see.

    A law is written out in hundreds of documents: mostly the first of them is one the reader may see.
    """
    seen = {None, *_visible_of(session, view, [documents[0] for documents in named.values()])}
    others = [document for documents in named.values() if documents[0] not in seen for document in documents[1:]]
    seen.update(_visible_of(session, view, others))
    return [name for name, documents in named.items() if not seen.isdisjoint(documents)]


def _visible_of(session: Session | None, view: View, documents: Sequence[int | None]) -> Iterable[int]:
    return view.documents(session, {document for document in documents if document is not None})


def begun(session: Session, reader: Reader, typed: str, limit: int) -> list[str]:
    """What stands in the glossary for something that begins like this: the long forms, short ones first."""
    key = key_of(typed)
    if not key:
        return []
    starts = or_(
        *(column.startswith(key, autoescape=True) for column in (GlossaryEntry.short_key, GlossaryEntry.long_key))
    )
    found = {entry.long_key: entry.long for entry in session.scalars(_visible(reader).where(starts).limit(_READ_BEGUN))}
    return sorted(found.values(), key=lambda text: (len(text), text))[:limit]


def meanings(session: Session, reader: Reader) -> list[Meaning]:
    """The whole glossary as this reader may see it, in alphabetical order, each pair once and entered ones first."""
    found: dict[tuple[str, str], Meaning] = {}
    entries = session.scalars(_visible(reader))
    for entry in sorted(entries, key=lambda one: (one.short_key, one.document_id is not None, one.long_key)):
        pair = (entry.short_key, entry.long_key)
        found.setdefault(pair, Meaning(entry.short, entry.long, entry.document_id))
    return list(found.values())


def keep(session: Session, tenant_id: int, entered: Iterable[Meaning]) -> int:
    """Replace what was entered by hand. Returns how many meanings there are now.

    Raises: BadInput when a form is empty or longer than `LONGEST_FORM`.
    """
    rows = _rows(tenant_id, None, entered)
    entered_by_hand = GlossaryEntry.document_id.is_(None)
    session.execute(delete(GlossaryEntry).where(GlossaryEntry.tenant_id == tenant_id, entered_by_hand))
    if rows:
        session.connection().execute(insert(GlossaryEntry), rows)
    return len(rows)


def keep_read(session: Session, tenant_id: int, read: Mapping[int, Iterable[Meaning]], known: Iterable[int]) -> int:
    """Replace what was read in documents, by their ids; only those `known` from before have anything to replace.

    Returns how many meanings were read.

    Raises: BadInput as `keep`.
    """
    rows = [row for document_id, meanings_ in read.items() for row in _rows(tenant_id, document_id, meanings_)]
    if stale := list(known):
        session.execute(delete(GlossaryEntry).where(GlossaryEntry.document_id.in_(stale)))
    if rows:
        session.connection().execute(insert(GlossaryEntry), rows)
    return len(rows)


def _rows(tenant_id: int, document_id: int | None, entered: Iterable[Meaning]) -> list[dict[str, object]]:
    pairs = {(key_of(one.short), key_of(one.long)): one for one in entered}
    for one in pairs.values():
        check(one)
    return [
        {
            "tenant_id": tenant_id,
            "document_id": document_id,
            "short": one.short.strip(),
            "long": one.long.strip(),
            "short_key": short_key,
            "long_key": long_key,
        }
        for (short_key, long_key), one in pairs.items()
    ]


def check(one: Meaning) -> None:
    """Raises: BadInput when a form is empty, too long, or both say the same."""
    forms = (key_of(one.short), key_of(one.long))
    if not all(forms) or max(len(one.short), len(one.long), *map(len, forms)) > LONGEST_FORM or forms[0] == forms[1]:
        raise BadInput(
            f"Der Eintrag „{one.short[:40]} = {one.long[:40]}“ geht nicht.",
            f"Jeder Eintrag braucht eine Kurzform und eine andere Langform von höchstens {LONGEST_FORM} Zeichen.",
        )


def key_of(text: str) -> str:
    """A form as it is looked up: without the stop words around it, unless it has no others."""
    keys = [fold(word.lower()) for word in _WORD.findall(text)]
    telling = [place for place, key in enumerate(keys) if key not in STOP_WORDS]
    return " ".join(keys[telling[0] : telling[-1] + 1] if telling else keys)


@lru_cache(maxsize=64)
def _visible(reader: Reader) -> Select[GlossaryEntry]:
    """What stands in the glossary for this reader; building the statement takes longer than reading some entries."""
    shown = visible_documents(reader).with_only_columns(Document.id).where(Document.id == GlossaryEntry.document_id)
    seen = or_(GlossaryEntry.document_id.is_(None), shown.exists())
    return select(GlossaryEntry).where(and_(GlossaryEntry.tenant_id == reader.tenant_id, seen))


def runs(text: str) -> dict[str, set[str]]:
    """Every run of up to six words that neither begins nor ends with a stop word, by its key, as it was written."""
    words: Sequence[str] = _WORD.findall(text)[:_MOST_WORDS]
    keys = [key_of(word) for word in words]
    found: dict[str, set[str]] = {}
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST_RUN, len(words)) + 1):
            if end - start > 1 and (keys[start] in STOP_WORDS or keys[end - 1] in STOP_WORDS):
                continue
            found.setdefault(" ".join(keys[start:end]), set()).add(" ".join(words[start:end]))
    return found
