"""A catalogue that lives for one measurement: documents go in the way the product takes them in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from catalogue.access import Reader
from catalogue.connection import Sessions, connect, migrate
from catalogue.errors import IndexUnavailable
from catalogue.places import ensure_collection, tenant_id_of
from catalogue.tables import Chunk, Document
from catalogue.view import View
from indexes.embedder import Embedder
from indexes.generation import OpenGeneration, open_generation
from indexes.glossary import keep
from indexes.glossary_file import read_glossary
from indexes.search import Searcher
from ingest.folder import accept_paths
from ingest.originals import Originals
from ingest.parse.dispatch import parse_file
from ingest.parse.element import Parsed
from ingest.work import Worker
from quality.judged import JudgedSet, Written
from quality.train.adapt import teach

_TENANT = "stadt"
_GLOSSARY = "glossar.txt"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One indexed set: `embedder` is the model with what it has learnt from it.

    `names` maps a document's row to the id the judgements use.
    """

    generation: OpenGeneration
    embedder: Embedder
    sessions: Sessions
    tenant_id: int
    names: dict[int, str]
    passages: int
    failed: tuple[str, ...]

    @property
    def searcher(self) -> Searcher:
        """What the service would answer with."""
        return Searcher(self.generation, self.embedder)

    @property
    def reader(self) -> Reader:
        """Somebody who may see everything on it."""
        return Reader(self.tenant_id)

    def view(self) -> View:
        """What the reader sees; a new one has read nothing yet."""
        return View(self.reader)

    def text_of(self, chunk_id: int) -> str:
        """A passage as it would be shown."""
        with self.sessions() as session:
            return session.get_one(Chunk, chunk_id).text


@contextmanager
def shelved(
    judged: JudgedSet, embedder: Embedder, extra: Sequence[Written] = (), *, learns: bool = True
) -> Iterator[Shelf]:
    """Parse, chunk, embed and index a set with the product's own worker, in a folder that is gone afterwards.

    Where the model `learns` from a house's passages, it does so from those of the set.

    Raises: IndexUnavailable when no document of the set could be read.
    """
    with TemporaryDirectory(prefix="stadtwissen-eval-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'catalogue.sqlite3'}"
        migrate(url)
        sessions = connect(url)
        with sessions() as session:
            tenant_id = tenant_id_of(session, _TENANT)
        texts = _write_files(folder / "texts", (*judged.written, *extra))
        worker = Worker(
            sessions,
            Originals(folder / "originals"),
            folder / "indexes",
            _titled(texts),
            embedder,
            tenant_id,
            teach=teach if learns else None,
        )
        failed = _take_in(worker, judged, folder / "texts" if texts else None)
        generation = worker.publish()
        generation = worker.renew() or generation
        if generation is None:
            raise IndexUnavailable(f"Von „{judged.name}“ ließ sich kein Dokument lesen.")
        opened = open_generation(worker.indexes_dir, generation)
        yield Shelf(
            opened,
            worker.embedder_of(opened),
            sessions,
            tenant_id,
            _names(sessions, texts),
            opened.manifest.chunks,
            failed,
        )


def with_glossary(shelf: Shelf, folder: Path | None) -> None:
    """Let a shelf know the glossary that lies beside its documents, if there is one."""
    if folder is not None and (folder / _GLOSSARY).is_file():
        with shelf.sessions.begin() as session:
            keep(session, shelf.tenant_id, read_glossary(folder / _GLOSSARY))


def _write_files(folder: Path, documents: Sequence[Written]) -> dict[str, Written]:
    """One file per document; what looks like Markdown is called so."""
    files: dict[str, Written] = {}
    for number, document in enumerate(documents):
        suffix = ".md" if any(line.startswith("#") for line in document.text.splitlines()) else ".txt"
        files[f"{number:06d}{suffix}"] = document
    if files:
        folder.mkdir()
    for name, document in files.items():
        (folder / name).write_text(document.text, "utf-8")
    return files


class _Titled:
    """Reads like the product, and then sets the title the judged set gives instead of a guessed one."""

    def __init__(self, texts: dict[str, Written]) -> None:
        self._texts = texts

    def __call__(self, path: Path, name: str) -> Parsed:
        parsed = parse_file(path, name)
        given = self._texts.get(name)
        return replace(parsed, title=given.title) if given else parsed


def _titled(texts: dict[str, Written]) -> _Titled:
    return _Titled(texts)


def _take_in(worker: Worker, judged: JudgedSet, texts: Path | None) -> tuple[str, ...]:
    """Accept every file and read it; returns what could not be read."""
    folders = [judged.folder / part for part in judged.parts] if judged.folder is not None else []
    folders += [texts] if texts is not None else []
    for folder in folders:
        with worker.sessions.begin() as session:
            collection_id = ensure_collection(session, worker.tenant_id, folder.name, folder.name).id
        for _accepted in accept_paths(worker.sessions, worker.originals, collection_id, [folder]):
            pass
    return tuple(done.source for done in worker.process_pending() if done.state == "failed")


def _names(sessions: Sessions, texts: dict[str, Written]) -> dict[int, str]:
    with sessions() as session:
        rows = session.execute(select(Document.id, Document.root, Document.source)).all()
    return {
        document_id: texts[source].id if source in texts else f"{Path(root).name}/{source}"
        for document_id, root, source in rows
    }
