"""Commands that measure."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import read_settings

if TYPE_CHECKING:
    from indexes.embedder import Embedder
    from quality.judged import Written


def judge(chosen: argparse.Namespace) -> int:
    """Ask questions whose answers are known, and print how many were found."""
    from quality.judged import sort_of

    chosen.model = chosen.model or read_settings().model
    sorts = {path: sort_of(path) for path in chosen.paths}
    for path, sort in sorts.items():
        if sort in SPECIAL:
            print(SPECIAL[sort](path, chosen))
    chosen.paths = [path for path, sort in sorts.items() if sort not in SPECIAL]
    if chosen.paths:
        from quality.evaluate import run_command

        print(run_command(chosen))
    return 0


def everyday(path: Path, chosen: argparse.Namespace) -> str:
    """How well questions are understood as people type them."""
    from quality.everyday import as_json, as_text, judge_everyday

    shares = judge_everyday(path, model(chosen), distractors(chosen))
    return as_json(shares) if chosen.json else as_text(shares)


def answers(path: Path, chosen: argparse.Namespace) -> str:
    """How often an answer is right, and how often nothing is said where nothing is to be said."""
    from indexes.answer.choose import shipped
    from quality.answers import as_json, as_text, judge_answers

    figures = judge_answers(path, model(chosen), shipped(), distractors(chosen))
    return as_json(figures) if chosen.json else as_text(figures)


def support(path: Path, chosen: argparse.Namespace) -> str:
    """How many written sentences are cut that their source does not support, and how many that it does."""
    from indexes.answer.support import shipped
    from quality.support import as_text, judge_support, read_pairs

    return as_text(judge_support(read_pairs(path, model(chosen)), shipped()))


def model(chosen: argparse.Namespace) -> Embedder:
    """The model that is judged."""
    from indexes.embedder import load_embedder

    return load_embedder(chosen.model)


def distractors(chosen: argparse.Namespace) -> Sequence[Written]:
    """Texts that lie beside the documents."""
    from quality.judged import read_distractors

    return read_distractors(chosen.distractors, chosen.distractor_count) if chosen.distractors else ()


SPECIAL: dict[str, Callable[[Path, argparse.Namespace], str]] = {
    "everyday": everyday,
    "answers": answers,
    "support": support,
}
