from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from catalogue.errors import Unreadable
from ingest.originals import Originals


def test_bytes_are_kept_once_under_their_digest(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    first, second = (originals.put(io.BytesIO(b"Satzung")) for _ in range(2))
    assert first == second
    assert first.sha256 == hashlib.sha256(b"Satzung").hexdigest()
    assert originals.path(first.sha256).read_bytes() == b"Satzung"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="größer als 1 MB") as refusal:
        Originals(tmp_path, limit_bytes=1 << 20).put(io.BytesIO(b"x" * ((1 << 20) + 1)))
    assert refusal.value.code == "zu-gross"
    assert list(tmp_path.iterdir()) == []
