"""The worker: it reads what waits, builds the index of it, and repairs what a crash left behind."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from sqlalchemy import Select, exists, func, select

from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.errors import Conflict, IndexUnavailable, Unreadable
from catalogue.tables import Chunk, Embedding, Job, Revision
from catalogue.tables.row import now
from indexes.embedder import Embedder
from indexes.embedders import Embedders
from indexes.entries import count_passages, current_revisions
from indexes.generation import OpenGeneration, build_generation, extend_generation, open_generation
from indexes.german import ANALYSIS
from indexes.static import StaticEmbedder
from indexes.succession import activate, clear, live_generation
from indexes.verify import verify
from ingest.chunk import context_text
from ingest.embed import embed_missing
from ingest.originals import Originals
from ingest.own_words import Teacher, is_outgrown, passages_for
from ingest.parse.element import Parsed, Parser
from ingest.pipeline import Finished, Task, claim, finish, give_back, release_interrupted
from ingest.reindex import Identity, Judge, begin, complete, note_repair

LOCK = "worker.lock"
READ_REVISIONS = 2_000
BATCH = 64
LOOK_AHEAD = 2 * BATCH
GATHER_S = 0.2

Outcome = Parsed | Unreadable

log = logging.getLogger(__name__)


@contextmanager
def writer_lock(data_dir: Path) -> Iterator[None]:
    """Be the only worker on this data directory; the kernel frees the lock when the process ends, however it ends.

    Raises: Conflict when another process is the worker; the text says which one and since when.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"Ein anderer Prozess liest gerade ein{holder(handle.name)}.", "Bitte warten.") from error
        handle.truncate(0)
        json.dump({"pid": os.getpid(), "since": now().isoformat()}, handle)
        handle.flush()
        yield


def holder(lock: str) -> str:
    """Say who holds the lock, as far as the file tells."""
    try:
        entry = json.loads(Path(lock).read_text(encoding="utf-8"))
        since = datetime.fromisoformat(entry["since"]).astimezone()
        return f" (Prozess {entry['pid']}, seit {since:%d.%m.%Y %H:%M} Uhr)"
    except (OSError, ValueError, KeyError):
        return ""


@dataclass(frozen=True, slots=True)
class Worker:
    """Everything that turning files into answers needs; hold `writer_lock` while you use it.

    With a `teach` a static model learns from the house's own passages when all is built anew.

    Units: `parse_threads` files are read at a time, which pays when `parse` works in other processes; in as many
    processes a large index is analysed.
    """

    sessions: Sessions
    originals: Originals
    indexes_dir: Path
    parse: Parser
    embedder: Embedder
    tenant_id: int
    parse_threads: int = 1
    teach: Teacher | None = None
    embedders: Embedders = field(default_factory=Embedders, repr=False)
    in_use: dict[int, Embedder] = field(default_factory=dict, repr=False)

    def repair(self, *, thorough: bool = False, asked: bool = False) -> int:
        """Bring what a crash left halfway back to a clean state; returns how many files wait again.

        `thorough` also looks through all vectors: once when a process begins is enough. A repair that somebody `asked`
        for is remembered even if there was nothing to do.
        """
        interrupted = release_interrupted(self.sessions, self.tenant_id)
        folders = clear(self.sessions, self.indexes_dir, self.tenant_id, thorough=thorough)
        if interrupted or folders or asked:
            note_repair(self.sessions, self.tenant_id, interrupted, folders)
        return interrupted

    def pending_count(self) -> int:
        """How many files wait to be read."""
        waiting = select(func.count(Revision.id)).where(
            Revision.tenant_id == self.tenant_id, Revision.state.in_(("pending", "running"))
        )
        with self.sessions() as session:
            return session.scalar(waiting) or 0

    def process_pending(self) -> Generator[Finished]:
        """Read everything that waits, the oldest first; what was read meanwhile is committed together.

        Nothing is claimed far ahead of what is finished. Whoever stops halfway gives the claimed files back.
        """
        running: dict[Future[Outcome], Task] = {}
        pool = ThreadPoolExecutor(self.parse_threads)
        try:
            while True:
                for task in self.claim_more(running.values()):
                    running[pool.submit(self.read, task)] = task
                if not running:
                    return
                done = gather(running)
                read = [(task, future.result()) for future, task in running.items() if future in done]
                finished = finish(self.sessions, self.originals, read, self.embedder_in_use())
                for future in done:
                    del running[future]
                yield from finished
        finally:
            # Not waiting: a scan may take minutes, and whoever closes the parser ends its processes.
            pool.shutdown(wait=False, cancel_futures=True)
            give_back(self.sessions, running.values())

    def claim_more(self, running: Collection[Task]) -> list[Task]:
        """Take more files to read before the readers run out; none beside one that was begun before."""
        if len(running) >= LOOK_AHEAD or any(task.is_retry for task in running):
            return []
        return claim(self.sessions, self.tenant_id, BATCH)

    def read(self, task: Task) -> Outcome:
        """Parse one file; a refusal is a result, not an accident."""
        try:
            return self.parse(self.originals.path(task.sha256), Path(task.source).name)
        except Unreadable as error:
            return error

    def publish(self, *, force: bool = False) -> int | None:
        """Make live what is ready: with a small successor of the live generation, or with a whole new one.

        A whole one is built when `force` asks for it, after the model has learnt, or when model or analysis are others
        or the live one is damaged. Returns its id, None when nothing has changed.

        Raises: IndexUnavailable when it cannot be built; the live generation stays as it is. GivenUp when a whole one
            does not agree with the catalogue.
        """
        live = None if force else self.usable_generation()
        if self.is_published(live):
            return None
        if live is None:
            return self.build(self.learn() if force else self.embedder, keep_previous=False)
        self.embed(self.embedder_of(live), live.revisions)
        opened = extend_generation(self.sessions, self.indexes_dir, live, processes=self.parse_threads)
        return self.show(opened, keep_previous=True)

    def renew(self, on_learning: Callable[[], None] = lambda: None) -> int | None:
        """Build everything anew once the house has outgrown what its model has learnt from; tells when that begins.

        Until then the live generation answers; it is not kept, since nothing but the model is another. Returns the id
        of the new one, None when there was no need, or nothing came of it.

        Raises: as `publish`.
        """
        live = self.usable_generation()
        if live is None or not self.wants_to_learn(self.embedder_of(live), live.manifest.chunks):
            return None
        on_learning()
        embedder = self.learn()
        if embedder.fingerprint == live.manifest.fingerprint:
            return None
        return self.build(embedder, keep_previous=True)

    def build(self, embedder: Embedder, *, keep_previous: bool) -> int:
        """Build a whole generation with this model and make it live."""
        self.embed(embedder, frozenset())
        self.embedders.keep(embedder)
        opened = build_generation(
            self.sessions, self.indexes_dir, self.tenant_id, embedder, processes=self.parse_threads
        )
        verify(self.sessions, opened)
        return self.show(opened, keep_previous=keep_previous)

    def show(self, opened: OpenGeneration, *, keep_previous: bool) -> int:
        """Let a generation answer from now on, and clear away what it replaces."""
        activate(self.sessions, opened, keep_previous=keep_previous)
        clear(self.sessions, self.indexes_dir, self.tenant_id)
        return opened.manifest.generation

    def embedder_in_use(self) -> Embedder:
        """The model of the live generation: what is read now will be added to it."""
        with self.sessions() as session:
            live = live_generation(session, self.tenant_id)
        key = 0 if live is None else live.id
        if key not in self.in_use:
            usable = self.usable_generation()
            self.in_use.clear()
            self.in_use[key] = self.embedder if usable is None else self.embedder_of(usable)
        return self.in_use[key]

    def learn(self, job_id: int | None = None) -> Embedder:
        """The model for everything that is ready now, `job_id` included: one that has learnt from it, if it can."""
        model, everyone = self.embedder, Reader(self.tenant_id)  # nobody signs in: there is nothing only some may see
        if self.teach is None or not isinstance(model, StaticEmbedder):
            return model
        with self.sessions() as session:
            revisions = list(session.scalars(current_revisions(self.tenant_id, job_id)))
            count = count_passages(session, revisions)
        if not is_outgrown(count, 0):
            return model
        adaptation = self.teach(model, passages_for(self.sessions, everyone, revisions))
        return model if adaptation is None else model.adapted(replace(adaptation, passages=count))

    def wants_to_learn(self, embedder: Embedder, passages: int) -> bool:
        """Whether there is a teacher, something to teach, and enough to learn from."""
        if self.teach is None or not isinstance(embedder, StaticEmbedder):
            return False
        return is_outgrown(passages, embedder.learnt_from)

    def begin_job(self) -> Job | None:
        """Take up the re-index that waits, if one does; the one that runs, if one was interrupted."""
        return begin(self.sessions, self.tenant_id)

    def end_job(self, job: Job, judge: Judge | None = None) -> int | None:
        """Build and show the generation a re-index is for, once everything it asked for has been read.

        For a whole one the model learns again; for that of a handbook the one in use is as good.

        Returns its id, None when it was given up.

        Raises: IndexUnavailable when it cannot be built.
        """
        live = None if job.collection_id is None else self.usable_generation()
        embedder = self.learn(job.id) if live is None else self.embedder_of(live)
        self.embed(embedder, frozenset(), job.id)
        identity = Identity(self.tenant_id, embedder, self.parse_threads)
        return complete(self.sessions, self.indexes_dir, identity, job, judge)

    def embed(self, embedder: Embedder, known: frozenset[int], job_id: int | None = None) -> None:
        """Make the vectors that are missing, whatever the reason; those of `known` revisions are all there."""
        for texts in self.unembedded(embedder.fingerprint, known, job_id):
            for _done in embed_missing(self.sessions, self.tenant_id, texts, embedder):
                pass

    def usable_generation(self) -> OpenGeneration | None:
        """The live generation, if its files are whole and it was made with the model in use, or what came of it."""
        with self.sessions() as session:
            live = live_generation(session, self.tenant_id)
        if live is None:
            return None
        try:
            opened = open_generation(self.indexes_dir, live.id)
            embedder = self.embedders.of(opened, self.embedder)
        except IndexUnavailable as error:
            log.warning("%s It is built anew.", error)
            return None
        is_ours = opened.manifest.files == live.manifest.get("files") and opened.manifest.analysis == ANALYSIS
        return opened if is_ours and embedder is not None else None

    def embedder_of(self, live: OpenGeneration) -> Embedder:
        """The model a usable generation was made with."""
        embedder = self.embedders.of(live, self.embedder)
        assert embedder is not None
        return embedder

    def is_published(self, live: OpenGeneration | None) -> bool:
        """Tell whether the generation holds exactly what should be shown."""
        with self.sessions() as session:
            current = frozenset(session.scalars(current_revisions(self.tenant_id)))
            first = live is None and live_generation(session, self.tenant_id) is None
        return (first and not current) or (live is not None and live.revisions == current)

    def unembedded(
        self, fingerprint: str, known: frozenset[int], job_id: int | None = None
    ) -> Iterator[dict[str, str]]:
        """The texts of current passages that have no vector under this model: sha256 → text, of some revisions at once.

        Revisions that are `known` to be in an index are not looked at: their number grows without end.
        """
        with self.sessions() as session:
            wanted = sorted(set(session.scalars(current_revisions(self.tenant_id, job_id))) - known)
        for start in range(0, len(wanted), READ_REVISIONS):
            statement = self.without_vector(fingerprint, wanted[start : start + READ_REVISIONS])
            with self.sessions() as session:
                rows = session.execute(statement).all()
            yield {sha256: context_text(title, tuple(headings), text) for sha256, title, headings, text in rows}

    def without_vector(self, fingerprint: str, revisions: Sequence[int]) -> Select[str, str, list[str], str]:
        """The passages of these revisions that have no vector under this model."""
        has_vector = exists().where(
            Embedding.tenant_id == self.tenant_id,
            Embedding.fingerprint == fingerprint,
            Embedding.text_sha256 == Chunk.text_sha256,
        )
        return (
            select(Chunk.text_sha256, func.coalesce(Revision.title, ""), Chunk.headings, Chunk.text)
            .join(Revision, Revision.id == Chunk.revision_id)
            .where(Chunk.revision_id.in_(revisions), ~has_vector)
        )


def gather(running: Collection[Future[Outcome]]) -> set[Future[Outcome]]:
    """Wait for a file that was read, and a moment for more: files are small, and commits are dear."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    end_s = monotonic() + GATHER_S
    while len(done) < min(BATCH, len(running)) and (left_s := end_s - monotonic()) > 0:
        more, _ = wait(set(running) - done, timeout=left_s, return_when=FIRST_COMPLETED)
        done |= more
    return done
