"""What a static model learnt from the passages of one house: the vectors of the tokens that changed by it.

It lies in the folder of the generation whose vectors it made, so that neither is ever without the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import IndexUnavailable

FILE = "words.safetensors"
_TOKENS, _VECTORS, _PASSAGES, _ORIGIN = "tokens", "vectors", "passages", "origin"


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """New vectors for some tokens of a model.

    `passages` is how many it was learnt from, `origin` the fingerprint of the model it belongs to.

    Shapes: `tokens` (n,) int32, ascending; `vectors` (n, dim) float16.
    """

    tokens: NDArray[np.int32]
    vectors: NDArray[np.float16]
    passages: int
    origin: str

    @property
    def fingerprint(self) -> str:
        """The same for the same vectors of the same tokens of the same model."""
        digest = hashlib.sha256(self.origin.encode())
        digest.update(np.ascontiguousarray(self.tokens, "<i4").tobytes())
        digest.update(np.ascontiguousarray(self.vectors, "<f2").tobytes())
        return digest.hexdigest()


def write_adaptation(folder: Path, adaptation: Adaptation) -> None:
    """Put it into a folder."""
    from safetensors.numpy import save_file

    arrays: dict[str, NDArray[Any]] = {_TOKENS: adaptation.tokens, _VECTORS: adaptation.vectors}
    save_file(arrays, folder / FILE, {_PASSAGES: str(adaptation.passages), _ORIGIN: adaptation.origin})
    # safetensors writes for its owner alone; the service may be another user than whoever rebuilds
    (folder / FILE).chmod(0o644)


def learnt_from(folder: Path) -> int:
    """From how many passages the model of a generation has learnt; 0 where it has not, or nothing can be read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / FILE, "np") as opened:
            return int(opened.metadata()[_PASSAGES])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return 0


def read_adaptation(folder: Path) -> Adaptation | None:
    """The one in this folder, if there is one.

    Raises: IndexUnavailable when it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    file = folder / FILE
    if not file.exists():
        return None
    try:
        with safe_open(file, "np") as opened:
            about = opened.metadata()
            arrays = opened.get_tensor(_TOKENS), opened.get_tensor(_VECTORS)
        return Adaptation(*arrays, int(about[_PASSAGES]), about[_ORIGIN])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise IndexUnavailable(
            f"Die angepassten Wörter des Index in {folder.name} lassen sich nicht lesen.",
            "Bitte „stadtwissen reindex“ ausführen; die Dokumente sind nicht betroffen.",
        ) from error
