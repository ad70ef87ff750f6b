"""Vectors so many that bits propose and vectors decide; with a filter the answer is that of comparing everything."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalogue.errors import IndexUnavailable
from indexes.columns import Columns, rows_from
from indexes.query import EVERYTHING, Entry, Scope
from indexes.segments import SegmentedVectors, open_vectors
from indexes.texts import spelt
from indexes.vectors import CODED_FROM, Rows, SegmentWriter, Vectors, build_segment

ROWS, DIM, LIMIT = 30_000, 256, 20
ONE_PERCENT, HALF = 7, 8
QUESTIONS = 40
BLANK = Entry(0, 0, 0, 1, 1, "", (), "", "text/plain", 0, "")


def entries(count: int, first: int = 1) -> list[Entry]:
    """Passages of ten to a document; every hundredth is in one department, half of the rest in another."""
    departments = [ONE_PERCENT if number % 100 == 0 else HALF + number % 2 for number in range(count)]
    return [
        replace(BLANK, chunk_id=first + number, revision_id=number // 10, document_id=number // 10, department_id=place)
        for number, place in enumerate(departments)
    ]


def unit_rows(count: int) -> Vectors:
    """Vectors as a model makes them: around some topics, none of them near the origin."""
    draw = np.random.default_rng(1)
    topics = draw.normal(size=(200, DIM)) + 0.5
    rows = topics[draw.integers(0, len(topics), count)] + 0.7 * draw.normal(size=(count, DIM))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


MATRIX = unit_rows(ROWS)
# Like questions: between two passages, near to neither.
ASKED = MATRIX[:QUESTIONS] + MATRIX[QUESTIONS : 2 * QUESTIONS]


def text_of(chunk_id: int) -> bytes:
    return spelt(f"Passage {chunk_id}")


def build(folder: Path, columns: Columns, matrix: Vectors) -> None:
    """A segment whose passages say which ones they are."""
    build_segment(folder, columns, matrix, list(map(text_of, columns.chunks.tolist())))


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> SegmentedVectors:
    folder = tmp_path_factory.mktemp("segments") / "one"
    build(folder, rows_from(entries(ROWS)), MATRIX)
    return open_vectors([folder], np.arange(ROWS // 10))


def exact(question: Vectors, admitted: Rows) -> list[int]:
    """The passages that a comparison with every admitted row finds."""
    scores = MATRIX[admitted].astype(np.float16).astype(np.float32) @ question
    return [int(row) + 1 for row in admitted[np.argsort(-scores, kind="stable")[:LIMIT]]]


def test_a_segment_of_this_size_has_bits_beside_its_vectors(vectors: SegmentedVectors) -> None:
    assert ROWS >= CODED_FROM
    assert vectors.segments[0].codes is not None


def test_where_bits_would_miss_too_much_there_are_none(tmp_path: Path) -> None:
    few = np.ascontiguousarray(MATRIX[:, :16])
    build(tmp_path / "one", rows_from(entries(ROWS)), few / np.linalg.norm(few, axis=1, keepdims=True))
    assert open_vectors([tmp_path / "one"], np.arange(ROWS // 10)).segments[0].kind == "fp16"


def test_a_filter_that_admits_one_percent_gives_the_answer_of_an_exact_search(vectors: SegmentedVectors) -> None:
    scope, admitted = Scope(departments=frozenset({ONE_PERCENT})), np.arange(0, ROWS, 100)
    for question in ASKED:
        assert list(vectors.search(question, LIMIT, scope)) == exact(question, admitted)


def test_a_filter_that_admits_half_is_answered_exactly_too(vectors: SegmentedVectors) -> None:
    number = np.arange(ROWS)
    admitted = number[(number % 100 != 0) & (number % 2 == 0)]
    for question in ASKED:
        assert list(vectors.search(question, LIMIT, Scope(departments=frozenset({HALF})))) == exact(question, admitted)


def test_without_a_filter_nearly_nothing_is_missed(vectors: SegmentedVectors) -> None:
    shares = [
        len(set(vectors.search(question, LIMIT, EVERYTHING)) & set(exact(question, np.arange(ROWS)))) / LIMIT
        for question in ASKED
    ]
    assert np.mean(shares) > 0.98


def test_what_has_gone_since_is_never_found(tmp_path: Path) -> None:
    build(tmp_path / "one", rows_from(entries(ROWS)), MATRIX)
    gone = set(range(0, ROWS // 10, 2))
    left = open_vectors([tmp_path / "one"], np.array([number for number in range(ROWS // 10) if number not in gone]))
    assert len(left) == ROWS // 2
    for question in ASKED:
        assert not {(chunk - 1) // 10 for chunk in left.search(question, LIMIT, EVERYTHING)} & gone


def test_several_segments_answer_as_one(tmp_path: Path, vectors: SegmentedVectors) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    whole = entries(2000)
    build(folders[0], rows_from(whole[:1500]), MATRIX[:1500])
    build(folders[1], rows_from(whole[1500:]), MATRIX[1500:2000])
    together = open_vectors(folders, np.arange(200))
    for question in ASKED:
        assert list(together.search(question, LIMIT, EVERYTHING)) == exact(question, np.arange(2000))
    assert together.vectors_of([1, 1501, 99_999]) == pytest.approx(
        np.stack([MATRIX[0], MATRIX[1500], np.zeros(DIM)]), abs=1e-3
    )


def test_any_number_of_rows_is_compared_and_strangers_are_like_nothing(vectors: SegmentedVectors) -> None:
    rows = np.array([*range(5_000, -1, -2), -1])
    near = vectors.cosines(ASKED[0], rows)
    assert near[:-1] == pytest.approx(MATRIX[rows[:-1]] @ ASKED[0], abs=2e-3)
    assert near[-1] == 0
    assert not len(vectors.cosines(ASKED[0], rows[:0]))


def test_a_document_is_as_near_as_the_mean_of_its_passages(vectors: SegmentedVectors) -> None:
    means = MATRIX[:20].reshape(2, 10, DIM).mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    found = vectors.documents_like(ASKED[0], np.array([1, 0, 10**9]))
    assert found == pytest.approx([means[1] @ ASKED[0], means[0] @ ASKED[0], 0], abs=2e-3)


def test_of_a_changed_document_the_newest_segment_tells_what_it_is_about(tmp_path: Path) -> None:
    old, new = (replace(BLANK, chunk_id=number, revision_id=number, document_id=5) for number in (1, 2))
    build(tmp_path / "old", rows_from([old]), MATRIX[:1])
    build(tmp_path / "new", rows_from([new]), MATRIX[1:2])
    both = open_vectors([tmp_path / "old", tmp_path / "new"], np.array([2]))
    assert list(both.search(MATRIX[0], 5, EVERYTHING)) == [2]
    assert both.documents_like(MATRIX[1], np.array([5])) == pytest.approx([1], abs=2e-3)


def test_written_block_by_block_is_the_same_as_written_at_once(tmp_path: Path) -> None:
    listed = entries(300)
    with closing(SegmentWriter(DIM, tmp_path)) as writer:
        for start in range(0, 300, 70):
            part = rows_from(listed[start : start + 70])
            texts = list(map(text_of, part.chunks.tolist()))
            writer.add(part, MATRIX[start : min(start + 70, 300)], texts)
        writer.write(tmp_path / "blocks")
    build(tmp_path / "once", rows_from(listed), MATRIX[:300])
    for name in ("vectors.faiss", "means.npy", "documents.npy", "rows.npy", "texts.bin", "ends.npy"):
        assert (tmp_path / "blocks" / name).read_bytes() == (tmp_path / "once" / name).read_bytes()


def test_texts_come_back_from_whatever_segment_holds_them(tmp_path: Path) -> None:
    listed = entries(30)
    build(tmp_path / "one", rows_from(listed[:20]), MATRIX[:20])
    build(tmp_path / "two", rows_from(listed[20:]), MATRIX[20:30])
    both = open_vectors([tmp_path / "one", tmp_path / "two"], np.arange(3))
    rows = both.columns.rows_of([25, 1, 999, 20])
    assert both.texts(rows) == [text_of(25), text_of(1), b"", text_of(20)]


def test_a_segment_whose_texts_are_cut_short_is_refused(tmp_path: Path) -> None:
    build(tmp_path / "one", rows_from(entries(30)), MATRIX[:30])
    texts = tmp_path / "one" / "texts.bin"
    texts.write_bytes(texts.read_bytes()[:-1])
    with pytest.raises(IndexUnavailable):
        open_vectors([tmp_path / "one"], np.arange(3))
