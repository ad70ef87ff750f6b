"""A small town hall to test the application with: a few plain texts, and stand-ins for what is slow."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from app.adding import see_through, take_in
from app.main import create_app
from app.settings import Settings
from app.wiring import Archive, Tools, open_archive
from app.worker import follow
from tests.fakes import FakeEmbedder, parse_plain

TOOLS = Tools(embedder=lambda _model, _threads: FakeEmbedder(), parser=lambda *_: nullcontext(parse_plain))

# Long enough that the two paragraphs become two passages.
FILLER = " ".join(f"Näheres regelt Anlage {number}." for number in range(50))
PAPERS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("Hauptamt", "Dienstrecht"): {
        "urlaub.txt": f"# § 9 Übertragung\nResturlaub verfällt am 31. März des folgenden Jahres. {FILLER}\n"
        f"# § 10 Erkrankung\nWer im Urlaub erkrankt, legt am ersten Tag ein Attest vor. {FILLER}\n",
        "reisen/reisekosten.txt": "# Reisekosten\nFür den eigenen Wagen werden 38 Cent je Kilometer erstattet.\n",
    },
    ("Bürgerbüro", "Handbuch"): {
        "ausweis.txt": "# Ausweise\nWer den Personalausweis verliert, zeigt den Verlust im Bürgerbüro an.\n",
        "hund.txt": "# Hundesteuer\nDer erste Hund kostet 60 Euro im Jahr, jeder weitere 90 Euro.\n",
    },
}


def town_settings(data_dir: Path, **changed: object) -> Settings:
    """Settings that start no other process."""
    return Settings.model_validate({"data_dir": data_dir, "worker_inside": False, "upload_limit_mb": 1, **changed})


WRITTEN_S = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


def write_papers(folder: Path, papers: Mapping[str, str]) -> Path:
    """Put texts into files, all of the same day."""
    for name, text in papers.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (WRITTEN_S, WRITTEN_S))
    return folder


def settle(opened: Archive) -> None:
    """Let everything that waits be read and shown."""
    for _left in see_through(opened):
        pass


def fill(settings: Settings, folder: Path) -> None:
    """Read the town's papers in."""
    opened = open_archive(settings, TOOLS)
    for (department, collection), papers in PAPERS.items():
        written = write_papers(folder / department, papers)
        list(take_in(opened, department, collection, [written]))
    settle(opened)
    opened.close()


@contextmanager
def running(settings: Settings) -> Iterator[TestClient]:
    """The application, started, with a client that sees errors as a browser would."""
    with TestClient(create_app(settings, TOOLS), raise_server_exceptions=False) as client:
        yield client


@contextmanager
def following(opened: Archive) -> Iterator[None]:
    """A worker that reads what comes in, as it runs beside the service."""
    stop = threading.Event()
    worker = threading.Thread(target=follow, args=(opened, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(60)
        assert not worker.is_alive()
