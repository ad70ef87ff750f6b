"""Finds the place a reference names: „§ 4 Abs. 2 Hundesteuersatzung“, „Nr. 2.3 Handbuch Bürgerbüro“."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.access import Reader, visible_chunks, visible_documents
from catalogue.tables import Chunk, Document, Revision
from indexes.german import Question, ask, terms
from indexes.lexical import LexicalIndex
from indexes.parlance import common_names
from indexes.query import Hit, Scope

_SUBSECTION = r"(?:\s*,?\s*(?:Abs(?:atz|\.)?\s*(?P<subsection>\d{1,3})|\((?P<bracket>\d{1,3})\)))?"
_REST = r"(?:\s*,?\s*(?:S(?:atz|\.)|Nr\.|Nummer|Ziff(?:er|\.)|Buchst(?:abe|\.))\s*\w{1,3}\b)*"
_PARAGRAPH = r"(?:§+|\bParagra(?:ph|f)(?:en)?\b|\bPar\.)\s*(?P<number>\d{1,4})\s?(?P<letter>[a-z]\b)?"
_ARTICLE = r"\bArt(?:ikel|\.)\s*(?P<article>\d{1,3})\b"
_REFERENCE = re.compile(rf"(?:{_PARAGRAPH}|{_ARTICLE}){_SUBSECTION}{_REST}", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\b(?:Nr\.|Nummer|Ziff(?:er|\.)|Punkt|Abschnitt|Kap(?:itel|\.))\s*(\d{1,2}(?:\.\d{1,2}){0,3})\.?(?![\w]|[./-]\d)",
    re.IGNORECASE,
)
_HEADING_NUMBER = re.compile(r"(?:(?:Nr\.|Ziffer|Abschnitt|Kapitel)\s*)?(\d{1,2}(?:\.\d{1,2}){0,3})[.:]?(?:\s|$)")
_CITED = re.compile(r"(§|Art\.) (\w+?)(?: Abs\. (\w+?)(?:–(\w+))?)?")
_HEADING = "Nr."
_DOCUMENTS = 20
_NAMED = 0.5


@dataclass(frozen=True, slots=True)
class Reference:
    """A §, an article or a numbered heading (sign „Nr.“), with its subsection, and the words that name the document."""

    sign: str
    number: str
    subsection: int | None
    name: str


def reference_in(text: str) -> Reference | None:
    """The first § or article a text refers to, or else the first number of a heading."""
    match = _REFERENCE.search(text)
    if match is None:
        return _numbered_in(text)
    name = f"{text[: match.start()]} {text[match.end() :]}"
    subsection = match["subsection"] or match["bracket"]
    sign, number = ("Art.", match["article"]) if match["article"] else ("§", match["number"] + (match["letter"] or ""))
    return Reference(sign, number.lower(), int(subsection) if subsection else None, " ".join(name.split()))


def _numbered_in(text: str) -> Reference | None:
    """„Nr. 4.2“ means a place only where a document is named: numbers stand in every other question."""
    match = _NUMBERED.search(text)
    name = f"{text[: match.start()]} {text[match.end() :]}".split() if match else []
    return Reference(_HEADING, match[1], None, " ".join(name)) if match and name else None


def is_headed(headings: Sequence[str], text: str, wanted: Reference) -> bool:
    """Whether a passage stands below the heading of this number („2 Meldewesen“), or holds it („2.3 Nebenwohnung“).

    Short sections share a passage, their headings are lines of its text; a line „2.“ there is mostly of a list.
    """
    lines = [*headings, *(text.splitlines() if "." in wanted.number else ())]
    numbers = (_HEADING_NUMBER.match(line) for line in lines)
    return any(number is not None and number[1] == wanted.number for number in numbers)


def is_cited(citation: str, wanted: Reference) -> bool:
    """Whether a passage cited as „§ 4 Abs. 2–3, § 5“ holds the place."""
    for one in citation.split(", "):
        match = _CITED.fullmatch(one)
        if match and match[1] == wanted.sign and match[2] == wanted.number:
            first, last = _number(match[3]), _number(match[4] or match[3])
            if wanted.subsection is None or first is None or last is None or first <= wanted.subsection <= last:
                return True
    return False


def place_first(
    session: Session, reader: Reader, wanted: Reference, hits: Sequence[Hit], lexical: LexicalIndex, scope: Scope
) -> list[Hit]:
    """The hits with the passages the reference names in front, in reading order; the hits alone if there is none."""
    names = [ask(name) for name in (wanted.name, *common_names(wanted.name)) if name]
    proposed = [document_id for named in names for document_id in lexical.documents(named, _DOCUMENTS, scope)]
    documents = dict.fromkeys([*proposed, *(hit.document_id for hit in hits[:_DOCUMENTS])])
    chosen = _best_named(session, reader, names, documents)
    score = max((hit.score for hit in hits), default=1.0)
    front = [Hit(chunk_id, document_id, score) for chunk_id, document_id in _places(session, reader, wanted, chosen)]
    seen = {hit.chunk_id for hit in front}
    return [*front, *(hit for hit in hits if hit.chunk_id not in seen)]


def _best_named(session: Session, reader: Reader, names: Sequence[Question], documents: Iterable[int]) -> list[int]:
    """The documents whose title holds most of a name's words; all in their order if the reference names none."""
    order = {document_id: place for place, document_id in enumerate(documents)}
    wanted = [named.terms.keys() for named in names if named.terms]
    if not wanted:
        return list(order)
    titles = (
        select(Document.id, func.coalesce(Revision.title, Document.title), Document.source)
        .join(Revision, (Revision.document_id == Document.id) & Revision.shown)
        .where(Document.id.in_(visible_documents(reader).with_only_columns(Document.id).where(Document.id.in_(order))))
    )
    shares = {
        document_id: max(len(words & {*terms(title), *terms(source)}) / len(words) for words in wanted)
        for document_id, title, source in session.execute(titles)
    }
    best = max(shares.values(), default=0.0)
    alike = [document_id for document_id, share in shares.items() if share == best and share >= _NAMED]
    return sorted(alike, key=order.__getitem__)


def _places(session: Session, reader: Reader, wanted: Reference, documents: Sequence[int]) -> list[tuple[int, int]]:
    order = {document_id: place for place, document_id in enumerate(documents)}
    columns = (Chunk.id, Document.id, Chunk.ordinal, Chunk.citation, Chunk.headings, Chunk.text)
    statement = visible_chunks(reader, *columns).where(Document.id.in_(documents))
    if wanted.sign != _HEADING:
        statement = statement.where(Chunk.citation.is_not(None))
    found = [
        (order[document_id], ordinal, chunk_id, document_id)
        for chunk_id, document_id, ordinal, citation, headings, text in session.execute(statement)
        if (is_headed(headings, text, wanted) if wanted.sign == _HEADING else is_cited(citation, wanted))
    ]
    return [(chunk_id, document_id) for _, _, chunk_id, document_id in sorted(found)]


def _number(text: str | None) -> int | None:
    digits = re.match(r"\d+", text or "")
    return int(digits[0]) if digits else None
