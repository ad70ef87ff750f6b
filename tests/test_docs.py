"""Commands in README and docs can be typed as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from app.cli import build_parser

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"(?:^|[`\s])(?:\.venv/bin/)?stadtwissen (?!„)([^`#\n]*)")
FENCE = re.compile(r"^```(?:sh)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    blocks = [(page.name, block) for page in PAGES for block in FENCE.findall(page.read_text("utf-8"))]
    lines = [(name, block.replace("\\\n", " ")) for name, block in blocks]
    return [(name, found) for name, block in lines for found in COMMAND.findall(block) if not found.startswith("…")]


@pytest.mark.parametrize(("page", "command"), commands())
def test_a_command_in_the_docs_is_understood(page: str, command: str) -> None:
    words = shlex.split(command)
    if words != ["--help"]:
        assert build_parser().parse_args(words).run


def test_there_are_commands_in_the_docs() -> None:
    assert {page for page, _ in commands()} >= {"README.md", "betrieb.md"}
