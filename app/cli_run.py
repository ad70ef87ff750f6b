"""Commands that keep running, or rebuild."""

from __future__ import annotations

import argparse
import logging

from app.settings import Settings, read_settings
from app.wiring import Archive, open_archive


def start_log(settings: Settings) -> None:
    """Send the log to the standard error: ids and states, never the text of a document or a question."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )


def serve(_chosen: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from app import serving

    settings = read_settings()
    start_log(settings)
    open_archive(settings).close()
    serving.serve(settings)
    return 0


def work(chosen: argparse.Namespace) -> int:
    """Read what waits: once, or for ever."""
    from app.serving import stop_event
    from app.worker import follow, work_off

    settings = read_settings()
    start_log(settings)
    opened = open_archive(settings)
    if not chosen.once:
        follow(opened, stop_event(with_parent=chosen.with_parent))
        return 0
    failed = 0
    for finished in work_off(opened):
        failed += finished.state == "failed"
        reason = f": {finished.error}" if finished.error else ""
        print(f"{finished.source}: {'eingelesen' if finished.state == 'ready' else 'fehlgeschlagen'}{reason}")
    return int(failed > 0)


def reindex(_chosen: argparse.Namespace) -> int:
    """Build the index anew from the catalogue, and make it live."""
    from ingest.work import writer_lock

    opened: Archive = open_archive(read_settings())
    with writer_lock(opened.settings.data_dir), opened.worker() as worker:
        worker.repair()
        generation = worker.publish(force=True)
    print(f"Der Index ist neu gebaut (Generation {generation}).")
    return 0


def migrate(_chosen: argparse.Namespace) -> int:
    """Bring the database up to the program."""
    from catalogue import connection

    settings = read_settings()
    if settings.is_embedded:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    connection.migrate(settings.database)
    print("Die Datenbank ist auf dem Stand des Programms.")
    return 0
