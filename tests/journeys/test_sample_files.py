"""Every sample can be read the way the service reads it: from the originals, where files have no suffix."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ingest.parse.dispatch import parse_file

SAMPLES = Path(__file__).parents[2] / "samples"
DEPARTMENTS = [entry["slug"] for entry in json.loads((SAMPLES / "abteilungen.json").read_text("utf-8"))]
FILES = [
    path.relative_to(SAMPLES).as_posix()
    for slug in DEPARTMENTS
    for path in sorted((SAMPLES / slug).iterdir())
    if "scan" not in path.name  # the slow way of reading has tests of its own
]


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_read_from_a_path_without_a_suffix(tmp_path: Path, name: str) -> None:
    original = shutil.copyfile(SAMPLES / name, tmp_path / "0f3a9c")
    parsed = parse_file(original, Path(name).name)
    assert parsed.elements
    assert parsed.title
    assert "�" not in "".join(element.text for element in parsed.elements)
