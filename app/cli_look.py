"""Commands that show something."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from time import perf_counter

from pydantic import ValidationError

from app.administration import overview
from app.asking import answer
from app.excerpt import excerpt
from app.opinions import reason_text
from app.schemas import FoundPassage, SearchAnswer, SearchParameters
from app.schemas_admin import Overview
from app.settings import read_settings
from app.wiring import open_archive
from catalogue.access import visible_collections
from catalogue.errors import BadInput
from catalogue.feedback import Remark, remarks
from catalogue.lookup import count_by_state
from catalogue.view import View

STATES = {"pending": "wartet", "running": "wird gelesen", "ready": "eingelesen", "failed": "fehlgeschlagen"}
GENERATIONS = {"live": "antwortet", "previous": "aufgehoben", "building": "wird gebaut", "failed": "verworfen"}
JOB_STATES = {"waiting": "wartet", "running": "läuft"}
SHOWN_FAILURES = 20
EXCERPT = 320


def search(chosen: argparse.Namespace) -> int:
    """Answer a question from the live generation."""
    started_s = perf_counter()
    try:
        asked = SearchParameters(
            q=" ".join(chosen.question),
            limit=chosen.limit,
            department=chosen.department,
            collection=chosen.collection,
        )
    except ValidationError as error:
        raise BadInput("Diese Frage geht nicht.", "Bitte 2 bis 1000 Zeichen, und --limit zwischen 1 und 50.") from error
    with closing(open_archive(read_settings())) as opened, opened.sessions() as session:
        index = opened.live_index()
        index.refresh()
        found = answer(session, index.searcher, asked, View(opened.reader), started_s)
    print(found.model_dump_json(indent=1) if chosen.json else result_text(found))
    return 0


def result_text(found: SearchAnswer) -> str:
    """Results as people read them in a terminal."""
    if not found.passages:
        return "Dazu steht nichts in den eingelesenen Dokumenten."
    meant = [f"Meinten Sie: {found.did_you_mean}"] if found.did_you_mean else []
    return "\n\n".join(meant + [passage_text(number, item) for number, item in enumerate(found.passages, start=1)])


def passage_text(number: int, passage: FoundPassage) -> str:
    """One result: where it stands, what it says, and the file it is from."""
    document = passage.document
    headings = passage.headings[1:] if passage.headings[:1] == [document.title] else passage.headings
    path = " › ".join([document.title, *headings])
    pieces = excerpt(passage.text, passage.highlights, EXCERPT)
    text = " ".join("".join(piece.text for piece in pieces).split())
    page = f", Seite {passage.page}" if passage.page else ""
    sheet = f", Blatt {passage.sheet}" if passage.sheet else ""
    is_told = passage.citation and headings and headings[-1].startswith(passage.citation)
    citation = f" ({passage.citation})" if passage.citation and not is_told else ""
    return f"{number}. {path}{citation}\n   {text}\n   {document.department_name}: {document.source}{page}{sheet}"


def status(_chosen: argparse.Namespace) -> int:
    """Show what there is, and what could not be read."""
    settings = read_settings()
    with closing(open_archive(settings)) as opened:
        seen = overview(opened)
        with opened.sessions() as session:
            counts = count_by_state(session, opened.reader)
    print(f"Datenverzeichnis: {settings.data_dir.resolve()}")
    print(f"Datenbank:        {'eingebaut (SQLite)' if settings.is_embedded else 'PostgreSQL'}")
    print(f"Sprachmodell:     {settings.model}")
    print("\n".join(index_lines(seen)))
    print(
        f"Dokumente:        {', '.join(f'{counts[key]} {STATES[key]}' for key in STATES if key in counts) or 'keine'}"
    )
    for item in seen.failures[:SHOWN_FAILURES]:
        print(f"  {item.source}: {item.text} {item.hint}".rstrip())
    if seen.failed > SHOWN_FAILURES:
        print(f"  … und {seen.failed - SHOWN_FAILURES} weitere (GET /api/v1/documents?state=failed)")
    return 0


def index_lines(seen: Overview) -> Iterator[str]:
    """The index: its generations and segments, what is behind, what runs, and what was put right last."""
    live = next((item for item in seen.generations if item.state == "live"), None)
    yield f"Index:            {f'Generation {live.id}, {live.passages} Passagen' if live else 'noch keiner'}"
    for item in seen.generations:
        kinds = ", ".join(item.segments) or "keine"
        learnt = f", Modell hat aus {item.learnt_from} Passagen gelernt" if item.learnt_from else ""
        yield f"  {item.id} {GENERATIONS[item.state]}: {item.size_bytes / (1 << 20):.1f} MB, Segmente: {kinds}{learnt}"
    yield f"Rückstand:        {seen.waiting} Dateien warten, {seen.hidden} gelesene sind noch in keinem Index"
    if seen.job:
        yield f"Neuaufbau {seen.job.id}:      {JOB_STATES[seen.job.state]}, verlangt von: {seen.job.asked_by}"
    repaired = f"{seen.last_repair.created_at.astimezone():%d.%m.%Y %H:%M} Uhr" if seen.last_repair else "keine"
    yield f"Letzte Reparatur: {repaired}"


def departments(_chosen: argparse.Namespace) -> int:
    """Show departments and their collections."""
    with closing(open_archive(read_settings())) as opened, opened.sessions() as session:
        found = session.execute(visible_collections(opened.reader)).all()
    last = None
    for collection, owner in found:
        if owner.slug != last:
            print(f"{owner.slug}: {owner.name}")
            last = owner.slug
        print(f"  {collection.slug}: {collection.name}")
    if not found:
        print("Noch keine. Angelegt werden sie mit „stadtwissen add … --department NAME --collection NAME“.")
    return 0


def feedback(_chosen: argparse.Namespace) -> int:
    """Show what people have said, the latest first."""
    with closing(open_archive(read_settings())) as opened, opened.sessions() as session:
        lines = [remark_text(remark) for remark in remarks(session, opened.reader)]
    print("\n\n".join(lines) or "Noch keine Rückmeldungen.")
    return 0


def remark_text(remark: Remark) -> str:
    """One remark as people read it in a terminal."""
    said = remark.feedback
    if said.subject == "barriere":
        return f"{said.day:%d.%m.%Y}  Barriere: {said.comment}"
    verdict = "hilfreich" if said.helpful else f"nicht hilfreich ({reason_text(said.reason)})"
    lines = [
        f"{said.day:%d.%m.%Y}  {verdict}",
        f"  Frage: {said.question}",
        f"  Dokument: {remark.title or 'entfernt'}",
    ]
    return "\n".join([*lines, f"  Anmerkung: {said.comment}"] if said.comment else lines)
