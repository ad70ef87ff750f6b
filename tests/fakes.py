"""Stand-ins that behave like the real thing, only smaller."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catalogue.errors import Unreadable
from indexes.static import Vectors
from ingest.parse.element import Element, Parsed


class FakeEmbedder:
    """Hashes words into a few dimensions: texts that share words are near each other."""

    dim = 32
    max_tokens = 512

    def __init__(self, fingerprint: str = "fake-1") -> None:
        self.fingerprint = self.origin = fingerprint
        self.encoded: list[str] = []

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return np.stack([self.encode_query(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.encode_documents(texts)

    def encode_query(self, text: str) -> Vectors:
        vector = np.zeros(self.dim, dtype=np.float32)
        for word in text.lower().split():
            digest = hashlib.sha256(f"{self.fingerprint}{word}".encode()).digest()
            vector[digest[0] % self.dim] += 1 if digest[1] % 2 else -1
        norm = np.linalg.norm(vector)
        return (vector / norm if norm else vector + 1 / np.sqrt(self.dim)).astype(np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def parse_plain(path: Path, name: str) -> Parsed:
    """Read a text file: a line that starts with `# ` is a heading; the word KAPUTT makes it unreadable."""
    text = path.read_bytes().decode()
    if "KAPUTT" in text:
        raise Unreadable("beschaedigt", "Die Datei ist beschädigt.", "Bitte neu speichern.")
    elements = tuple(
        Element("title", line[2:], level=1) if line.startswith("# ") else Element("text", line)
        for line in text.splitlines()
        if line.strip()
    )
    return Parsed(elements, title=Path(name).stem, media_type="text/plain")
