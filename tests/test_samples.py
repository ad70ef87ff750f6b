"""The sample town: its papers, the questions asked of them, and that both fit together."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import Stemmer

from samples.make import SAMPLES, render_all
from samples.source import read_sources

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    ab aber alle als am an auch auf aus bei bekommt bin bis da dafür damit dann darf das dass dem den denn der
    des die dies diese dieser doch dort du durch dürfen eigentlich ein eine einem einen einer eines er es
    etwas für gibt haben hat ich ihm ihn ihnen ihr ihre im in ins ist ja je jede jeder jemand kann kein keine
    können lange man mein meine meinem meinen mich mir mit muss müssen nach nicht noch nur ob oder oft ohne
    sein seine seinen sich sie sind so soll sollen trotzdem um und uns unser unsere unserem viel viele vom von
    vor wann war was weil welche welcher welches wem wen wenn wer werden wie wir wird wo wozu zu zum zur über
    """,
    )
)
STEMMER = Stemmer.Stemmer("german")


def questions() -> list[dict[str, Any]]:
    """All golden questions, answerable or not."""
    lines = (SAMPLES / "fragen.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def answerable() -> list[dict[str, Any]]:
    return [entry for entry in questions() if entry["document"] is not None]


def stems(text: str, without: frozenset[str] = frozenset()) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return set(STEMMER.stemWords([word for word in words if word not in without]))


def overlap(entry: dict[str, Any], without: frozenset[str] = frozenset()) -> float:
    """The share of the question's stems that also stand in its passage."""
    asked = stems(entry["question"], without)
    return len(asked & stems(entry["passage"])) / len(asked)


def members(content: bytes) -> dict[str, bytes]:
    """A package by its parts, so that another zlib does not look like another document."""
    if not content.startswith(b"PK"):
        return {"": content}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def rendered() -> dict[str, bytes]:
    return render_all()


def test_the_script_reproduces_every_committed_document(rendered: dict[str, bytes]) -> None:
    changed = [name for name, content in rendered.items() if members(content) != members((SAMPLES / name).read_bytes())]
    assert changed == []


def test_no_document_lies_in_a_department_folder_that_no_text_makes(rendered: dict[str, bytes]) -> None:
    folders = [entry["slug"] for entry in json.loads((SAMPLES / "abteilungen.json").read_text(encoding="utf-8"))]
    present = {path.relative_to(SAMPLES).as_posix() for slug in folders for path in (SAMPLES / slug).iterdir()}
    assert present == set(rendered)


def test_there_are_enough_documents_formats_and_questions(rendered: dict[str, bytes]) -> None:
    assert len(rendered) >= 25
    assert {Path(name).suffix for name in rendered} >= {
        ".docx",
        ".pdf",
        ".xlsx",
        ".pptx",
        ".odt",
        ".html",
        ".md",
        ".txt",
        ".csv",
        ".eml",
    }
    assert len(answerable()) >= 60
    assert len(questions()) - len(answerable()) >= 20


def test_identifiers_and_questions_are_unique() -> None:
    asked = questions()
    assert len({entry["id"] for entry in asked}) == len({entry["question"] for entry in asked}) == len(asked)


def test_every_passage_stands_verbatim_in_one_piece_of_its_document() -> None:
    pieces = {name: list(source.strings) for source in read_sources() for name in source.files}
    missing = [
        (entry["id"], name)
        for entry in answerable()
        for name in entry.get("documents", [entry["document"]])
        if not any(entry["passage"] in piece for piece in pieces[name])
    ]
    assert missing == []


def test_every_passage_stands_in_one_text_only() -> None:
    sources = read_sources()
    for entry in answerable():
        places = {name for source in sources for name in source.files if entry["passage"] in "\n".join(source.strings)}
        assert places == set(entry.get("documents", [entry["document"]])), entry["id"]


def test_headings_of_a_question_are_headings_of_its_document() -> None:
    headings = {
        name: {block.text for block in source.blocks if block.kind == "heading"}
        for source in read_sources()
        for name in source.files
    }
    for entry in answerable():
        assert set(entry.get("headings", [])) <= headings[entry["document"]], entry["id"]


def test_questions_use_other_words_than_their_passages() -> None:
    assert mean(overlap(entry) for entry in answerable()) < 0.30
    assert mean(overlap(entry, without=STOP_WORDS) for entry in answerable()) < 0.30


@pytest.mark.parametrize("slug", [path.name for path in sorted((SAMPLES / "texte").iterdir())])
def test_every_folder_of_texts_belongs_to_a_department(slug: str) -> None:
    departments = json.loads((SAMPLES / "abteilungen.json").read_text(encoding="utf-8"))
    assert slug in [entry["slug"] for entry in departments]
