"""Commands that measure."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.settings import read_settings


def judge(chosen: argparse.Namespace) -> int:
    """Ask questions whose answers are known, and print how many were found."""
    from quality.judged import sort_of

    chosen.model = chosen.model or read_settings().model
    sorts = {path: sort_of(path) for path in chosen.paths}
    for path, sort in sorts.items():
        if sort == "everyday":
            print(everyday(path, chosen))
    chosen.paths = [path for path, sort in sorts.items() if sort == "search"]
    if chosen.paths:
        from quality.evaluate import run_command

        print(run_command(chosen))
    return 0


def everyday(path: Path, chosen: argparse.Namespace) -> str:
    """How well questions are understood as people type them."""
    from indexes.embedder import load_embedder
    from quality.everyday import as_json, as_text, judge_everyday
    from quality.judged import read_distractors

    extra = read_distractors(chosen.distractors, chosen.distractor_count) if chosen.distractors else ()
    shares = judge_everyday(path, load_embedder(chosen.model), extra)
    return as_json(shares) if chosen.json else as_text(shares)
