"""Reads a folder in, asks it three questions, and serves it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter

from app.adding import summarise, take_in, unsettled
from app.asking import answer
from app.cli_add import show, watch
from app.cli_look import passage_text
from app.cli_run import start_log
from app.schemas import SearchParameters
from app.serving import check_port, serve
from app.settings import Settings, read_settings
from app.wiring import Archive, open_archive
from catalogue.places import ensure_collection, ensure_department, slugify
from catalogue.view import View
from indexes.glossary import keep
from indexes.glossary_file import read_glossary
from indexes.suggest import read_headings
from ingest.intake import Accepted

SAMPLES = Path(__file__).parent.parent / "samples"
EXAMPLES = ("f04", "f15", "f28")
NUMBERING = re.compile(r"^(?:§+\s*\d+\s?[a-z]?|\d+(?:\.\d+)*\.?|[A-Z][.)]|[IVXLC]+\.)\s+")


def demonstrate(docs: Path | None) -> None:
    """Do everything, and serve until told to stop.

    Raises: BadSetting when the port is taken; BadInput when the folder is none.
    """
    settings = demo_settings(read_settings(), docs)
    start_log(settings)
    check_port(settings)
    print("Lese ein …" if docs is None else f"Lese {docs} ein …", flush=True)
    opened = open_archive(settings)
    accepted = list(take_in_samples(opened)) if docs is None else list(take_in_folder(opened, docs))
    if unsettled(opened) or any(item.outcome not in {"unchanged", "refused"} for item in accepted):
        watch(opened)
    show(summarise(opened, accepted))
    ask_examples(opened, sample_questions() if docs is None else derived_questions(opened))
    opened.close()
    address = f"http://{settings.host}:{settings.port}"
    serve(
        settings,
        lambda: print(f"\nSuchseite: {address}/\nSchnittstelle: {address}/api/docs\nEnde mit Strg+C", flush=True),
    )


def demo_settings(settings: Settings, docs: Path | None) -> Settings:
    """Keep the demonstration apart from what the house has read in, and every folder apart from the others."""
    name = "demo"
    if docs is not None:
        name += f"-{hashlib.sha256(str(docs.resolve()).encode()).hexdigest()[:8]}"
    changed = {"data_dir": settings.data_dir / name, "database_url": "", "log_level": "warning"}
    return settings.model_copy(update=changed)


def take_in_samples(opened: Archive) -> Iterator[Accepted]:
    """The sample town: each folder belongs to its own department."""
    for place in json.loads((SAMPLES / "abteilungen.json").read_text("utf-8")):
        with opened.sessions.begin() as session:
            ensure_department(session, opened.tenant_id, place["slug"]).name = place["name"]
            collection = ensure_collection(session, opened.tenant_id, place["slug"], place["collection"]["slug"])
            collection.name = place["collection"]["name"]
        yield from take_in(opened, place["slug"], place["collection"]["slug"], [SAMPLES / place["slug"]])
    with opened.sessions.begin() as session:
        keep(session, opened.tenant_id, read_glossary(SAMPLES / "glossar.txt"))


def take_in_folder(opened: Archive, docs: Path) -> Iterator[Accepted]:
    """One folder as one department, called like the folder."""
    name = docs.resolve().name
    yield from take_in(opened, "Eigene Dokumente", name if slugify(f"x{name}") != "x" else "Dokumente", [docs])


def sample_questions() -> list[str]:
    """Three of the questions that the samples' authors thought of."""
    lines = (SAMPLES / "fragen.jsonl").read_text("utf-8").splitlines()
    questions = {entry["id"]: entry["question"] for entry in map(json.loads, lines)}
    return [questions[name] for name in EXAMPLES]


def derived_questions(opened: Archive) -> list[str]:
    """Questions after the headings of three different documents, for a folder that nobody wrote questions for."""
    questions: dict[int, str] = {}
    with opened.sessions() as session:
        for text, kind, document_id in read_headings(session, opened.tenant_id):
            bare = NUMBERING.sub("", text).strip(" .:()")
            if kind == "heading" and 2 <= len(bare.split()) <= 8 and bare not in questions.values():
                questions.setdefault(document_id, bare)
    return [f"Was gilt zu: {bare}?" for bare in islice(questions.values(), 3)]


def ask_examples(opened: Archive, questions: list[str]) -> None:
    """Print each question with its best passage."""
    index = opened.live_index()
    index.refresh()
    for question in questions:
        started_s = perf_counter()
        with opened.sessions() as session:
            found = answer(
                session, index.searcher, SearchParameters(q=question, limit=1), View(opened.reader), started_s
            )
        print(f"\nFrage: {question}   ({found.took_ms:.0f} ms)")
        print("\n".join(passage_text(1, passage) for passage in found.passages) or "Dazu steht hier nichts.")
