"""The worker: it reads what waits, builds the index of it, and repairs what a crash left behind."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic

from sqlalchemy import Select, exists, func, select

from catalogue.connection import Sessions
from catalogue.errors import Conflict, IndexUnavailable, Unreadable
from catalogue.tables import Chunk, Embedding, Job, Revision
from catalogue.tables.row import now
from indexes.embedder import Embedder
from indexes.entries import current_revisions
from indexes.generation import OpenGeneration, build_generation, extend_generation, open_generation
from indexes.german import ANALYSIS
from indexes.succession import activate, clear, live_generation
from indexes.verify import verify
from ingest.chunk import context_text
from ingest.embed import embed_missing
from ingest.originals import Originals
from ingest.parse.element import Parsed, Parser
from ingest.pipeline import Finished, Task, claim, finish, give_back, release_interrupted
from ingest.reindex import Identity, Judge, begin, complete, note_repair

LOCK = "worker.lock"
READ_REVISIONS = 5_000
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
                finished = finish(self.sessions, self.originals, read, self.embedder)
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

        A whole one is built when `force` asks for it, when model or analysis are others, or when the live one is
        damaged. Returns its id, None when nothing has changed.

        Raises: IndexUnavailable when it cannot be built; the live generation stays as it is. GivenUp when a whole one
            does not agree with the catalogue.
        """
        live = None if force else self.usable_generation()
        if self.is_published(live):
            return None
        self.embed(None if live is None else live.revisions)
        if live is None:
            opened = build_generation(self.sessions, self.indexes_dir, *self.identity, processes=self.parse_threads)
            verify(self.sessions, opened)
        else:
            opened = extend_generation(self.sessions, self.indexes_dir, live, processes=self.parse_threads)
        activate(self.sessions, opened, keep_previous=live is not None)
        clear(self.sessions, self.indexes_dir, self.tenant_id)
        return opened.manifest.generation

    @property
    def identity(self) -> tuple[int, str, int]:
        """Whose index is built, and with which model."""
        return self.tenant_id, self.embedder.fingerprint, self.embedder.dim

    def begin_job(self) -> Job | None:
        """Take up the re-index that waits, if one does; the one that runs, if one was interrupted."""
        return begin(self.sessions, self.tenant_id)

    def end_job(self, job: Job, judge: Judge | None = None) -> int | None:
        """Build and show the generation a re-index is for, once everything it asked for has been read.

        Returns its id, None when it was given up.

        Raises: IndexUnavailable when it cannot be built.
        """
        self.embed(None, job.id)
        return complete(self.sessions, self.indexes_dir, Identity(*self.identity, self.parse_threads), job, judge)

    def embed(self, known: frozenset[int] | None, job_id: int | None = None) -> None:
        """Make the vectors that are missing, whatever the reason; those of `known` revisions are all there."""
        texts = self.unembedded(known or frozenset(), job_id)
        for _done in embed_missing(self.sessions, self.tenant_id, texts, self.embedder):
            pass

    def usable_generation(self) -> OpenGeneration | None:
        """The live generation, if its files are whole and the model is the one in use."""
        with self.sessions() as session:
            live = live_generation(session, self.tenant_id)
        if live is None or live.fingerprint != self.embedder.fingerprint:
            return None
        try:
            opened = open_generation(self.indexes_dir, live.id)
        except IndexUnavailable as error:
            log.warning("%s It is built anew.", error)
            return None
        is_ours = opened.manifest.files == live.manifest.get("files") and opened.manifest.analysis == ANALYSIS
        return opened if is_ours else None

    def is_published(self, live: OpenGeneration | None) -> bool:
        """Tell whether the generation holds exactly what should be shown."""
        with self.sessions() as session:
            current = frozenset(session.scalars(current_revisions(self.tenant_id)))
            first = live is None and live_generation(session, self.tenant_id) is None
        return (first and not current) or (live is not None and live.revisions == current)

    def unembedded(self, known: frozenset[int], job_id: int | None = None) -> dict[str, str]:
        """The texts of current passages that have no vector under the model in use: sha256 → text.

        Revisions that are `known` to be in an index are not looked at: their number grows without end.
        """
        with self.sessions() as session:
            wanted = sorted(set(session.scalars(current_revisions(self.tenant_id, job_id))) - known)
            return {
                sha256: context_text(title, tuple(headings), text)
                for start in range(0, len(wanted), READ_REVISIONS)
                for sha256, title, headings, text in session.execute(
                    self.without_vector(wanted[start : start + READ_REVISIONS])
                )
            }

    def without_vector(self, revisions: Sequence[int]) -> Select[str, str, list[str], str]:
        """The passages of these revisions that have no vector under the model in use."""
        has_vector = exists().where(
            Embedding.tenant_id == self.tenant_id,
            Embedding.fingerprint == self.embedder.fingerprint,
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
