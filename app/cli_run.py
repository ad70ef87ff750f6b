"""Commands that keep running, or rebuild."""

from __future__ import annotations

import argparse
import logging
from contextlib import closing

from app.settings import Settings, read_settings
from app.wiring import Archive, open_archive

# The libraries' own logs are heard from warnings on.
OWN_LOGS = ("app", "catalogue", "indexes", "ingest", "uvicorn")


def start_log(settings: Settings) -> None:
    """Send the log to the standard error: ids and states, never the text of a document or a question."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    for name in OWN_LOGS:
        logging.getLogger(name).setLevel(settings.log_level.upper())


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
    from app.worker import follow

    settings = read_settings()
    with closing(open_archive(settings)) as opened:
        if chosen.once:
            return work_once(opened)
        start_log(settings)
        follow(opened, stop_event(with_parent=chosen.with_parent))
    return 0


def work_once(opened: Archive) -> int:
    """Read what waits now, and tell what became of it."""
    from app.worker import work_off

    failed = 0
    for finished in work_off(opened):
        failed += finished.state == "failed"
        reason = f": {finished.error}" if finished.error else ""
        print(f"{finished.source}: {'eingelesen' if finished.state == 'ready' else 'fehlgeschlagen'}{reason}")
    return int(failed > 0)


def reindex(_chosen: argparse.Namespace) -> int:
    """Build the index anew from the catalogue, and make it live."""
    from indexes.live import nothing_read_yet
    from ingest.work import writer_lock

    with closing(open_archive(read_settings())) as opened, writer_lock(opened.settings.data_dir):
        generation = rebuild(opened)
    print(nothing_read_yet() if generation is None else f"Der Index ist neu gebaut (Generation {generation}).")
    return 0


def rebuild(opened: Archive) -> int | None:
    """Build and show a generation, whatever the one before looked like."""
    with opened.worker() as worker:
        worker.repair()
        return worker.publish(force=True)


def repair(_chosen: argparse.Namespace) -> int:
    """Bring back to a clean state what a crash left halfway, check every stored vector, complete the index."""
    from ingest.work import writer_lock

    with (
        closing(open_archive(read_settings())) as opened,
        writer_lock(opened.settings.data_dir),
        opened.worker() as worker,
    ):
        waiting = worker.repair(thorough=True, asked=True)
        generation = worker.publish()
    index = f"der Index ist wieder vollständig (Generation {generation})" if generation else "am Index fehlte nichts"
    print(f"Geprüft und in Ordnung gebracht: {index}.")
    if waiting:
        print(f"{waiting} unterbrochene Dateien warten wieder: „stadtwissen work --once“ liest sie ein.")
    return 0


def rollback(_chosen: argparse.Namespace) -> int:
    """Let the index before the last rebuild answer again."""
    from indexes.succession import roll_back
    from ingest.work import writer_lock

    with closing(open_archive(read_settings())) as opened, writer_lock(opened.settings.data_dir):
        generation = roll_back(opened.sessions, opened.settings.indexes_dir, opened.tenant_id)
    print(f"Es antwortet wieder der frühere Index (Generation {generation}).")
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
