"""Finds the passages that contain the question's words: the only place that knows tantivy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogue.errors import IndexUnavailable
from indexes.durable import make_durable
from indexes.german import Question, exact_forms, terms
from indexes.query import Entry, Scope, Scores

if TYPE_CHECKING:
    import tantivy

_HEAP_BYTES = 256_000_000
_EXTEND_HEAP_BYTES = 32_000_000
_MOST_TERMS = 48
_FIELDS = ("title", "headings", "body")


def build_lexical(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a new index into a new folder, durable when this returns."""
    import tantivy

    folder.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(_schema(), path=os.fspath(folder), reuse=False)
    writer = index.writer(_HEAP_BYTES, 1)
    for entry in entries:
        writer.add_document(_document(entry))
    writer.commit()
    writer.wait_merging_threads()
    make_durable(folder)


def extend_lexical(folder: Path, gone: Iterable[int], entries: Iterable[Entry]) -> None:
    """Take the passages of the revisions in `gone` out of an index and put `entries` in, durable when this returns.

    Files are added and removed, none is changed: a folder that shares them by hard links stays as it is.
    """
    import tantivy

    index = tantivy.Index.open(os.fspath(folder))
    writer = index.writer(_EXTEND_HEAP_BYTES, 1)
    for revision_id in gone:
        writer.delete_documents_by_term("revision", revision_id)
    for entry in entries:
        writer.add_document(_document(entry))
    writer.commit()
    writer.wait_merging_threads()
    make_durable(folder)


def open_lexical(folder: Path) -> LexicalIndex:
    """Raises: IndexUnavailable when there is no readable index in the folder."""
    import tantivy

    try:
        return LexicalIndex(tantivy.Index.open(os.fspath(folder)))
    except (ValueError, OSError) as error:
        raise IndexUnavailable(
            f"Der Wortindex in {folder} ist nicht lesbar.", "Bitte den Index neu aufbauen: stadtwissen reindex."
        ) from error


class LexicalIndex:
    """A snapshot of one lexical index; safe to use from several threads."""

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()

    def search(self, question: Question, limit: int, scope: Scope) -> Scores:
        """The passages with the best BM25 over all fields; with phrases in quotes only those that contain them."""
        wanted = self._any_of(self._rarest(question.terms))
        if wanted is None or limit < 1:
            return {}
        must = [*self._filters(scope)]
        phrases = [self._phrase(phrase) for phrase in question.phrases]
        return self._run(wanted, [*must, *phrases], limit) or (self._run(wanted, must, limit) if phrases else {})

    def _run(self, wanted: tantivy.Query, must: Sequence[tantivy.Query], limit: int) -> Scores:
        from tantivy import Occur, Query

        parts = [(Occur.Must, wanted), *((Occur.Must, Query.const_score_query(query, 0.0)) for query in must)]
        hits = self._searcher.search(Query.boolean_query(parts) if must else wanted, limit, count=False).hits
        chunks = self._searcher.fast_field_values("chunk", [address for _, address in hits])
        found = sorted((-score, int(chunk or 0)) for (score, _), chunk in zip(hits, chunks, strict=True))
        return {chunk: -score for score, chunk in found}

    def _rarest(self, weights: dict[str, float]) -> dict[str, float]:
        """A very long query is answered by its most telling words."""
        if len(weights) <= _MOST_TERMS:
            return weights
        frequency = {term: self._searcher.doc_freq("body", term) for term in weights}
        rarest = sorted((count, term) for term, count in frequency.items() if count)[:_MOST_TERMS]
        return {term: weights[term] for _, term in rarest}

    def _any_of(self, weights: dict[str, float]) -> tantivy.Query | None:
        from tantivy import Occur, Query

        should = [
            (Occur.Should, Query.boost_query(Query.term_query(self._schema, field, term, "freq"), weight))
            for term, weight in weights.items()
            for field in _FIELDS
        ]
        return Query.boolean_query(should) if should else None

    def _phrase(self, forms: tuple[str, ...]) -> tantivy.Query:
        from tantivy import Query

        if len(forms) == 1:
            return Query.term_query(self._schema, "exact", forms[0])
        return Query.phrase_query(self._schema, "exact", list(forms))

    def _filters(self, scope: Scope) -> Iterable[tantivy.Query]:
        from tantivy import FieldType, Query

        for field, values in (
            ("department", scope.departments),
            ("collection", scope.collections),
            ("media", scope.media_types),
        ):
            if values is not None:
                chosen: list[Any] = sorted(values)
                yield Query.term_set_query(self._schema, field, chosen)
        if scope.since is not None:
            since_s = int(scope.since.timestamp())
            yield Query.range_query(self._schema, "modified", FieldType.Integer, lower_bound=since_s)


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in ("chunk", "revision", "department", "collection"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    builder.add_integer_field("modified", indexed=True, fast=True)
    builder.add_text_field("media", tokenizer_name="raw", index_option="basic")
    for name in _FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("exact", tokenizer_name="whitespace", index_option="position")
    return builder.build()


def _document(entry: Entry) -> tantivy.Document:
    import tantivy

    document = tantivy.Document()
    document.add_unsigned("chunk", entry.chunk_id)
    document.add_unsigned("revision", entry.revision_id)
    document.add_unsigned("department", entry.department_id)
    document.add_unsigned("collection", entry.collection_id)
    document.add_integer("modified", entry.modified_s)
    document.add_text("media", entry.media_type)
    whole = " ".join((entry.title, *entry.headings, entry.text))
    document.add_text("title", " ".join(terms(entry.title)))
    document.add_text("headings", " ".join(terms(" ".join(entry.headings))))
    document.add_text("body", " ".join(terms(entry.text)))
    document.add_text("exact", " ".join(exact_forms(whole)))
    return document
