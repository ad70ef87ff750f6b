"""Finds the passages that contain the question's words: the only place that knows tantivy.

Passages and whole documents are indexed side by side: a passage is worth more in a document that is about the question.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from catalogue.errors import IndexUnavailable
from indexes.durable import make_durable
from indexes.fields import Fields, Terms, fields_of, searched
from indexes.german import Question
from indexes.query import Entry, Scope, Scores
from indexes.vocabulary import Vocabulary

if TYPE_CHECKING:
    import tantivy

_HEAP_BYTES = 256_000_000
_EXTEND_HEAP_BYTES = 32_000_000
_MOST_TERMS = 40
_SURE_TERMS, _SHARE = 8, 0.5
"""So many of the rarest terms of a question are always looked for, others as long as those looked for stand in no more
passages than this share of all, each counted by itself: common ones cost the most and tell the least."""
_ROOT_WEIGHT = 1.2
_PASSAGES, _DOCUMENTS = "passages", "documents"
_ID = {_PASSAGES: "chunk", _DOCUMENTS: "document"}


class LexicalWriter:
    """Writes both indexes of a folder in one pass."""

    def __init__(self, folder: Path, heap_bytes: int = _EXTEND_HEAP_BYTES) -> None:
        import tantivy

        self._folder = folder
        self._writers = {name: tantivy.Index.open(os.fspath(folder / name)).writer(heap_bytes, 1) for name in _ID}

    def remove(self, revisions: Sequence[int]) -> None:
        """Take out the passages of these revisions."""
        import tantivy

        if revisions:  # by query: tantivy 0.27 deletes nothing by the term of a number
            for name, writer in self._writers.items():
                writer.delete_documents_by_query(
                    tantivy.Query.term_set_query(_schema(name), "revision", list(revisions))
                )

    def add(self, entries: Sequence[Entry]) -> None:
        """Put passages in; all passages of a revision come in the same call."""
        self.write(entries, fields_of(searched(entries)))

    def write(self, entries: Sequence[Entry], fields: Fields) -> None:
        """Put passages in that are analysed already."""
        whole: dict[int, Entry] = {}
        for entry, terms in zip(entries, fields.passages, strict=True):
            whole.setdefault(entry.revision_id, entry)
            self._writers[_PASSAGES].add_document(_passage(entry, terms))
        for revision_id, entry in whole.items():
            self._writers[_DOCUMENTS].add_document(_document(entry, fields.documents[revision_id]))

    def commit(self) -> None:
        """Make everything durable; nothing can be added any more."""
        for writer in self._writers.values():
            writer.commit()
            writer.wait_merging_threads()
        make_durable(self._folder)


def new_lexical(folder: Path) -> LexicalWriter:
    """Begin an index in a new folder."""
    import tantivy

    for name in _ID:
        (folder / name).mkdir(parents=True, exist_ok=True)
        tantivy.Index(_schema(name), path=os.fspath(folder / name), reuse=False)
    return LexicalWriter(folder, _HEAP_BYTES)


def build_lexical(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a new index into a new folder, durable when this returns."""
    writer = new_lexical(folder)
    writer.add(list(entries))
    writer.commit()


def extend_lexical(folder: Path, gone: Iterable[int], entries: Iterable[Entry]) -> None:
    """Take the passages of the revisions in `gone` out of an index and put `entries` in, durable when this returns.

    Files are added and removed, none is changed: a folder that shares them by hard links stays as it is.
    """
    writer = LexicalWriter(folder)
    writer.remove(tuple(gone))
    writer.add(list(entries))
    writer.commit()


def open_lexical(folder: Path) -> LexicalIndex:
    """Raises: IndexUnavailable when there is no readable index in the folder."""
    import tantivy

    try:
        with lockable(folder) as opened:
            return LexicalIndex(*(tantivy.Index.open(os.fspath(opened / name)) for name in _ID))
    except (ValueError, OSError) as error:
        raise IndexUnavailable(
            f"Der Wortindex in {folder} ist nicht lesbar.", "Bitte den Index neu aufbauen: stadtwissen reindex."
        ) from error


@contextmanager
def lockable(folder: Path) -> Iterator[Path]:
    """Where tantivy can put its locks while it opens an index: a folder of links where the disk takes nothing."""
    if os.access(folder, os.W_OK):
        yield folder
        return
    with TemporaryDirectory(prefix="stadtwissen-") as links:
        for path in (path for path in folder.rglob("*") if path.suffix != ".lock"):
            target = Path(links, path.relative_to(folder))
            target.mkdir() if path.is_dir() else target.symlink_to(path.resolve())
        yield Path(links)


class LexicalIndex:
    """A snapshot of one lexical index; safe to use from several threads."""

    def __init__(self, passages: tantivy.Index, documents: tantivy.Index) -> None:
        self._passages = _Side(passages, _ID[_PASSAGES])
        self._documents = _Side(documents, _ID[_DOCUMENTS])
        self.vocabulary = Vocabulary(self._passages.beginning, self.count_of_form)

    def search(self, question: Question, limit: int, scope: Scope) -> Scores:
        """The passages with the best BM25 of stems, parts and roots; with quotes only those with these phrases."""
        wanted = self._passages.any_of(question)
        must = [*self._passages.filters(scope), *self._passages.without(question.excluded)]
        phrases = [self._passages.phrase(phrase) for phrase in question.phrases]
        found = self._passages.run(wanted, [*must, *phrases], limit)
        return found if found or not phrases else self._passages.run(wanted, must, limit)

    def holds_any(self, terms: Iterable[str], scope: Scope) -> bool:
        """Whether one of these stems and parts stands in a passage within the scope."""
        return bool(self._passages.run(self._passages.one_term_of("terms", terms), self._passages.filters(scope), 1))

    def kept(self, question: Question, chunk_ids: Iterable[int]) -> Iterable[int]:
        """Those of the passages that hold nothing the question excludes."""
        ids = list(chunk_ids)
        banned = self._passages.without(question.excluded)
        return self._passages.run(self._passages.one_of("chunk", ids), banned, len(ids)) if banned and ids else ids

    def count_of(self, term: str) -> int:
        """How many passages are indexed under this stem or part."""
        return self._passages.count_of("terms", term)

    def passages(self) -> int:
        """How many passages there are."""
        return self._passages.size

    def count_of_form(self, exact: str) -> int:
        """In how many passages a word stands in this spelling."""
        return self._passages.count_of("exact", exact)

    def holding(self, exact: str, limit: int, scope: Scope) -> list[int]:
        """Some passages in which a word stands in this spelling."""
        return list(
            self._passages.run(self._passages.one_term_of("exact", [exact]), self._passages.filters(scope), limit)
        )

    def documents(self, question: Question, limit: int, scope: Scope) -> Scores:
        """The documents with the best BM25 over their whole text: document id to score, best first."""
        return self._documents.run(self._documents.any_of(question), self._documents.filters(scope), limit)

    def exact(self, question: Question, chunk_ids: Sequence[int]) -> Scores:
        """For these passages alone: the BM25 of the question's exact spelling."""
        return self._passages.scores(self._passages.one_term_of("exact", question.exact[:_MOST_TERMS]), chunk_ids)

    def rarity(self, question: Question) -> dict[str, float]:
        """How telling each word of the question is here, as it is written: BM25's inverse document frequency."""
        size = self._passages.size
        counts = {form: self.count_of_form(form) for form in question.exact[:_MOST_TERMS]}
        return {form: math.log1p((size - count + 0.5) / (count + 0.5)) for form, count in counts.items()}


class _Side:
    """One of the two indexes, with the queries it understands."""

    def __init__(self, index: tantivy.Index, id_field: str) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        self._id = id_field

    def run(self, wanted: tantivy.Query | None, must: Sequence[tantivy.Query], limit: int) -> Scores:
        """Best first, ties by the smaller id."""
        from tantivy import Occur, Query

        if wanted is None or limit < 1:
            return {}
        parts = [(Occur.Must, wanted), *((Occur.Must, Query.const_score_query(query, 0.0)) for query in must)]
        hits = self._searcher.search(Query.boolean_query(parts) if must else wanted, limit, count=False).hits
        ids = self._searcher.fast_field_values(self._id, [address for _, address in hits])
        found = sorted((-score, int(number or 0)) for (score, _), number in zip(hits, ids, strict=True))
        return {number: -score for score, number in found}

    def scores(self, wanted: tantivy.Query | None, ids: Sequence[int]) -> Scores:
        """The scores of some rows. Asking for each id by a query of its own takes half as long as asking for a set."""
        from tantivy import Occur, Query

        if not ids:
            return {}
        named = [(Occur.Should, Query.term_query(self._schema, self._id, number, "basic")) for number in ids]
        return self.run(wanted, [Query.boolean_query(named)], len(ids))

    def any_of(self, question: Question) -> tantivy.Query | None:
        """Stems and parts, and their roots."""
        from tantivy import Occur, Query

        weighted = [("terms", term, weight) for term, weight in self._rarest("terms", question.terms)]
        if self._id == _ID[_PASSAGES]:
            roots = self._rarest("roots", question.roots)
            weighted += [("roots", term, _ROOT_WEIGHT * weight) for term, weight in roots]
        should = [(Occur.Should, Query.boost_query(self._term(*field_term), w)) for *field_term, w in weighted]
        return Query.boolean_query(should) if should else None

    def one_term_of(self, field: str, terms: Iterable[str]) -> tantivy.Query | None:
        from tantivy import Occur, Query

        should = [(Occur.Should, self._term(field, term)) for term in terms]
        return Query.boolean_query(should) if should else None

    def one_of(self, field: str, values: Iterable[Any]) -> tantivy.Query:
        from tantivy import Query

        return Query.term_set_query(self._schema, field, sorted(values))

    def phrase(self, forms: tuple[str, ...]) -> tantivy.Query:
        from tantivy import Query

        if len(forms) == 1:
            return self._term("exact", forms[0])
        return Query.phrase_query(self._schema, "exact", list(forms))

    def without(self, excluded: Iterable[tuple[str, ...]]) -> list[tantivy.Query]:
        from tantivy import Occur, Query

        banned = [self._term("terms", form[0]) if len(form) == 1 else self.phrase(form) for form in excluded]
        if not banned:
            return []
        return [Query.boolean_query([(Occur.Must, Query.all_query()), *((Occur.MustNot, one) for one in banned)])]

    def beginning(self, letter: str) -> list[str]:
        """The words that begin with a letter, as they are spelt."""
        return [word for word, _count in self._searcher.terms_with_prefix("exact", letter)]

    def count_of(self, field: str, term: str) -> int:
        return int(self._searcher.doc_freq(field, term))

    @property
    def size(self) -> int:
        return int(self._searcher.num_docs)

    def filters(self, scope: Scope) -> list[tantivy.Query]:
        from tantivy import FieldType, Query

        chosen = {"department": scope.departments, "collection": scope.collections, "media": scope.media_types}
        found = [self.one_of(field, values) for field, values in chosen.items() if values is not None]
        if scope.since is not None:
            since_s = int(scope.since.timestamp())
            found.append(Query.range_query(self._schema, "modified", FieldType.Integer, lower_bound=since_s))
        if scope.until is not None:
            last_s = int(scope.until.timestamp()) - 1
            found.append(Query.range_query(self._schema, "modified", FieldType.Integer, upper_bound=last_s))
        return found

    def _term(self, field: str, term: str) -> tantivy.Query:
        from tantivy import Query

        return Query.term_query(self._schema, field, term, "freq")

    def _rarest(self, field: str, weights: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """A long query is answered by its most telling words."""
        if len(weights) <= _SURE_TERMS:
            yield from weights.items()
            return
        counts = sorted((count, term) for term in weights if (count := self.count_of(field, term)))
        left = _SHARE * self.size
        for place, (count, term) in enumerate(counts[:_MOST_TERMS]):
            left -= count
            if place >= _SURE_TERMS and left < 0:
                return
            yield term, weights[term]


def _passage(entry: Entry, terms: Terms) -> tantivy.Document:
    document = _filtered(entry)
    document.add_unsigned("chunk", entry.chunk_id)
    document.add_text("terms", terms.stems)
    document.add_text("roots", terms.roots)
    document.add_text("exact", terms.exact)
    return document


def _document(entry: Entry, stems: str) -> tantivy.Document:
    document = _filtered(entry)
    document.add_text("terms", stems)
    return document


def _filtered(entry: Entry) -> tantivy.Document:
    import tantivy

    document = tantivy.Document()
    document.add_unsigned("document", entry.document_id)
    document.add_unsigned("revision", entry.revision_id)
    document.add_unsigned("department", entry.department_id)
    document.add_unsigned("collection", entry.collection_id)
    document.add_integer("modified", entry.modified_s)
    document.add_text("media", entry.media_type)
    return document


def _schema(name: str) -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for field in ("document", "revision", "department", "collection"):
        builder.add_unsigned_field(field, indexed=True, fast=True)
    builder.add_integer_field("modified", indexed=True, fast=True)
    builder.add_text_field("media", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    if name == _PASSAGES:
        builder.add_unsigned_field("chunk", indexed=True, fast=True)
        builder.add_text_field("roots", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("exact", tokenizer_name="whitespace", index_option="position")
    return builder.build()
