"""A model that learns from the house's own passages, and the generations that are made with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from app import golden
from app.golden import golden_judge
from app.wiring import Archive, Tools, open_archive
from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.errors import IndexUnavailable
from catalogue.places import ensure_collection
from catalogue.tables import Embedding
from catalogue.view import View
from indexes import succession
from indexes.adaptation import FILE, Adaptation, learnt_from, read_adaptation, write_adaptation
from indexes.embedder import Embedder, load_embedder
from indexes.embedders import embedder_of
from indexes.generation import OpenGeneration, build_generation, generation_folder, open_generation
from indexes.live import LiveIndex
from indexes.search import SearchRequest
from indexes.static import StaticEmbedder
from indexes.succession import live_generation, roll_back
from ingest import own_words, work
from ingest.folder import accept_paths
from ingest.originals import Originals
from ingest.own_words import ENOUGH_PASSAGES, Passage, is_outgrown, passages_for
from ingest.work import Worker
from tests.fakes import parse_plain
from tests.town import TOOLS, town_settings


def schnell() -> StaticEmbedder:
    found = load_embedder("schnell")
    assert isinstance(found, StaticEmbedder)
    return found


SCHNELL = schnell()
TOKEN = SCHNELL.tokenizer.token_to_id("hund")


@dataclass
class Teacher:
    """Turns one word around, a little more each time; remembers what it was given to read."""

    read: list[list[Passage]] = field(default_factory=list)
    learns: bool = True

    def __call__(self, model: StaticEmbedder, passages: Sequence[Passage]) -> Adaptation | None:
        self.read.append(list(passages))
        vectors = (-model.weights[[TOKEN]] * len(self.read)).astype(np.float16)
        found = Adaptation(np.array([TOKEN], np.int32), vectors, len(passages), model.origin)
        return found if self.learns else None


@pytest.fixture
def teacher() -> Teacher:
    return Teacher()


@pytest.fixture
def worker(sessions: Sessions, tmp_path: Path, teacher: Teacher, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker in a town where four passages are enough to learn from."""
    monkeypatch.setattr(own_words, "ENOUGH_PASSAGES", 4)
    monkeypatch.setattr(succession, "DROP_VECTORS", 3)
    monkeypatch.setattr(work, "READ_REVISIONS", 3)
    originals = Originals(tmp_path / "originals")
    return Worker(sessions, originals, tmp_path / "indexes", parse_plain, SCHNELL, 1, teach=teacher)


@pytest.fixture
def add(worker: Worker, tmp_path: Path) -> Callable[..., int | None]:
    """Read so many more papers, show them, and let the model learn if it is time to."""
    folder = tmp_path / "akten"
    folder.mkdir()

    def add(count: int, on_learning: Callable[[], None] = lambda: None) -> int | None:
        first = len(list(folder.iterdir()))
        for number in range(first, first + count):
            (folder / f"{number}.txt").write_text(f"# Hunde\nDer Hund Nummer {number} ist anzumelden.", "utf-8")
        with worker.sessions.begin() as session:
            collection_id = ensure_collection(session, 1, "Amt", "Akten").id
        list(accept_paths(worker.sessions, worker.originals, collection_id, [folder]))
        list(worker.process_pending())
        worker.publish()
        return worker.renew(on_learning)

    return add


def live(worker: Worker) -> OpenGeneration:
    with worker.sessions() as session:
        row = live_generation(session, 1)
    assert row is not None
    return open_generation(worker.indexes_dir, row.id)


def models_in(sessions: Sessions) -> set[str]:
    with sessions() as session:
        return set(session.scalars(select(Embedding.fingerprint).distinct()))


def sources(worker: Worker, text: str) -> list[str]:
    index = LiveIndex(worker.sessions, worker.indexes_dir, 1, lambda: SCHNELL)
    index.refresh()
    with worker.sessions() as session:
        return [
            passage.source for passage in index.searcher.search(session, SearchRequest(text), View(Reader(1))).passages
        ]


def adaptation(scale: float = 1.0, origin: str = SCHNELL.origin) -> Adaptation:
    vectors = (scale * np.ones((1, SCHNELL.dim))).astype(np.float16)
    return Adaptation(np.array([TOKEN], np.int32), vectors, 9, origin)


def test_an_adapted_model_differs_in_the_learnt_words_alone_and_the_first_one_stays() -> None:
    before = SCHNELL.encode_query("Der Hund")
    adapted = SCHNELL.adapted(adaptation())
    assert adapted.encode_query("Der Hund") @ before < 0.99
    assert np.array_equal(adapted.encode_query("Die Katze"), SCHNELL.encode_query("Die Katze"))
    assert np.array_equal(SCHNELL.encode_query("Der Hund"), before)
    assert adapted.learnt_from == 9
    assert adapted.adaptation is not None
    assert adapted.adaptation.fingerprint == adaptation().fingerprint
    assert adapted.origin == SCHNELL.fingerprint != adapted.fingerprint


def test_what_was_learnt_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    write_adaptation(tmp_path, adaptation())
    found = read_adaptation(tmp_path)
    assert found is not None
    assert learnt_from(tmp_path) == 9
    assert (found.fingerprint, found.passages, found.origin) == (adaptation().fingerprint, 9, SCHNELL.origin)
    assert len({adaptation().fingerprint, adaptation(2).fingerprint, adaptation(origin="x").fingerprint}) == 3


def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    assert read_adaptation(tmp_path) is None
    assert learnt_from(tmp_path) == 0
    (tmp_path / FILE).write_bytes(b"nichts")
    with pytest.raises(IndexUnavailable, match="stadtwissen reindex"):
        read_adaptation(tmp_path)
    assert learnt_from(tmp_path) == 0


def test_what_is_read_is_shown_at_once_and_learnt_from_afterwards(add, worker: Worker, teacher: Teacher) -> None:
    assert add(3) is None
    assert (live(worker).manifest.fingerprint, teacher.read) == (SCHNELL.fingerprint, [])
    told: list[str] = []
    generation = add(1, lambda: told.append("lernt"))
    assert told == ["lernt"]
    assert generation == live(worker).manifest.generation
    assert [len(read) for read in teacher.read] == [4]
    assert teacher.read[0][0].headings == ("Hunde",)
    assert "Nummer 0" in teacher.read[0][0].text
    embedder = embedder_of(live(worker), SCHNELL)
    assert embedder is not None
    assert embedder.fingerprint == live(worker).manifest.fingerprint != SCHNELL.fingerprint
    assert models_in(worker.sessions) == {embedder.fingerprint}, "the vectors of before are gone"
    assert sources(worker, "Hund Nummer 2")[0] == "2.txt"


def test_what_comes_later_is_read_with_what_was_learnt_until_the_house_has_doubled(
    add, worker: Worker, teacher: Teacher
) -> None:
    add(4)
    learnt = live(worker).manifest.fingerprint
    assert add(3) is None
    assert live(worker).manifest.fingerprint == learnt
    assert models_in(worker.sessions) == {learnt}
    assert sources(worker, "Hund Nummer 6")[0] == "6.txt"
    assert add(1) is not None
    assert live(worker).manifest.fingerprint != learnt
    assert [len(read) for read in teacher.read] == [4, 8]
    assert worker.renew() is None


def test_a_teacher_that_fails_changes_nothing(add, worker: Worker, teacher: Teacher) -> None:
    teacher.learns = False
    assert add(4) is None
    assert live(worker).manifest.fingerprint == SCHNELL.fingerprint
    assert sources(worker, "Hund Nummer 2")[0] == "2.txt"


def test_without_a_teacher_the_model_stays_as_it_came(add, worker: Worker, teacher: Teacher) -> None:
    add(4)
    alone = replace(worker, teach=None)
    assert alone.publish(force=True) is not None
    assert live(worker).manifest.fingerprint == SCHNELL.fingerprint
    assert alone.renew() is None
    assert len(teacher.read) == 1


def test_building_anew_learns_anew_and_rolling_back_brings_back_what_was_learnt_before(
    add, worker: Worker, teacher: Teacher
) -> None:
    add(4)
    first = live(worker).manifest
    worker.publish(force=True)
    assert live(worker).manifest.fingerprint != first.fingerprint
    assert len(teacher.read) == 2
    assert roll_back(worker.sessions, worker.indexes_dir, 1) == first.generation
    assert sources(worker, "Hund Nummer 2")[0] == "2.txt"
    add(1)
    assert live(worker).manifest.fingerprint == first.fingerprint
    assert sources(worker, "Hund Nummer 4")[0] == "4.txt"


def test_words_that_were_damaged_are_not_trusted_and_built_anew(add, worker: Worker) -> None:
    add(4)
    damaged = generation_folder(worker.indexes_dir, live(worker).manifest.generation) / FILE
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    with pytest.raises(IndexUnavailable, match=FILE):
        live(worker)
    assert worker.publish() is not None
    assert live(worker).manifest.fingerprint == SCHNELL.fingerprint
    assert worker.renew() is not None


def test_what_another_model_has_learnt_is_not_used(add, worker: Worker) -> None:
    add(4)
    opened = live(worker)
    assert embedder_of(opened, schnell().adapted(adaptation())) is None
    write_adaptation(opened.folder, adaptation(origin="ein anderes"))
    assert embedder_of(opened, SCHNELL) is None
    assert embedder_of(opened, TOOLS.embedder("", 1)) is None
    index = LiveIndex(worker.sessions, worker.indexes_dir, 1, lambda: TOOLS.embedder("", 1))
    with pytest.raises(IndexUnavailable):
        index.refresh()


def test_few_passages_are_not_learnt_from() -> None:
    assert not is_outgrown(ENOUGH_PASSAGES - 1, 0)
    assert is_outgrown(ENOUGH_PASSAGES, 0)
    assert not is_outgrown(2 * ENOUGH_PASSAGES - 1, ENOUGH_PASSAGES)
    assert is_outgrown(2 * ENOUGH_PASSAGES, ENOUGH_PASSAGES)


def test_of_very_many_passages_whole_documents_are_drawn_by_lot(
    add, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(9)
    revisions = sorted(live(worker).revisions)
    assert [passage.text.split()[3] for passage in passages_for(worker.sessions, Reader(1), revisions)] == list(
        "012345678"
    )
    assert passages_for(worker.sessions, Reader(1, frozenset()), revisions) == []
    monkeypatch.setattr(own_words, "MOST_PASSAGES", 4)
    monkeypatch.setattr(own_words, "_READ_REVISIONS", 2)
    some = passages_for(worker.sessions, Reader(1), revisions)
    assert len(some) == 4
    assert some == passages_for(worker.sessions, Reader(1), revisions)


def test_the_setting_decides_whether_there_is_a_teacher(tmp_path: Path) -> None:
    tools = Tools(lambda *_: SCHNELL, TOOLS.parser)
    for wanted in (True, False):
        opened = open_archive(town_settings(tmp_path / "var", adapt_model=wanted), tools)
        with opened.worker() as worker:
            assert (worker.teach is not None) == wanted
        opened.close()


def test_each_generation_is_judged_with_its_own_model(
    add, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(4)
    old = live(worker)
    questions = tmp_path / "fragen.jsonl"
    line = {"id": "1", "question": "Hund", "document": "akten/2.txt", "passage": "Der Hund Nummer 2"}
    questions.write_text(json.dumps(line), "utf-8")
    settings = town_settings(tmp_path, golden_questions=str(questions))
    opened = open_archive(settings, Tools(lambda *_: SCHNELL, TOOLS.parser))
    asked: list[tuple[str, str]] = []

    def noted(_archive: Archive, generation: OpenGeneration, embedder: Embedder, _queries: object) -> float:
        asked.append((generation.manifest.fingerprint, embedder.fingerprint))
        return 1.0

    monkeypatch.setattr(golden, "share_answered", noted)
    judge = golden_judge(replace(opened, sessions=worker.sessions))
    assert judge is not None
    embedder = worker.learn()
    worker.embed(embedder, frozenset())
    new = build_generation(worker.sessions, worker.indexes_dir, 1, embedder)
    judge(new)
    opened.close()
    assert asked == [(one.manifest.fingerprint, one.manifest.fingerprint) for one in (old, new)]
    assert asked[0] != asked[1]
