"""Commands that measure."""

from __future__ import annotations

import argparse

from app.settings import read_settings


def judge(chosen: argparse.Namespace) -> int:
    """Ask questions whose answers are known, and print how many were found."""
    from quality.evaluate import run_command

    chosen.model = chosen.model or read_settings().model
    print(run_command(chosen))
    return 0
