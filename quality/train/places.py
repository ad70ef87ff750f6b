"""Where the recipes read and write, unless they are told otherwise."""

from __future__ import annotations

from pathlib import Path

_PROJECT = Path(__file__).parents[2]
DATA = Path("../shared/data/train")
JUDGED = Path("../shared/data/eval")
WORK = Path("var/train")
MODELS = _PROJECT / "indexes" / "models"
QUESTIONS = _PROJECT / "samples" / "fragen.jsonl"
# Debian's package trans-de-en.
DICTIONARY = Path("/usr/share/trans/de-en")
