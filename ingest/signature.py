"""What a document's text looks like from afar: a sketch that versions of one text share most of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import chain, islice
from zlib import crc32

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

PERMUTATIONS = 128
SHINGLE_WORDS = 3
MIN_SHINGLES = 30
MAX_WORDS = 200_000

Signature = NDArray[np.uint32]


def signature_of(texts: Iterable[str]) -> Signature | None:
    """Sketch a document's text; None when there is too little of it to tell versions from forms that look alike.

    Shapes: (128,) uint32.
    Source: Broder, "On the resemblance and containment of documents", 1997; datasketch.
    """
    words = [word.encode() for word in islice(chain.from_iterable(map(_words, texts)), MAX_WORDS)]
    runs = zip(*(words[start:] for start in range(SHINGLE_WORDS)), strict=False)
    shingles = set(map(b" ".join, runs))
    if len(shingles) < MIN_SHINGLES:
        return None
    sketch = MinHash(num_perm=PERMUTATIONS, scheme="affine32", hashfunc=crc32, permutations=_permutations())
    sketch.update_batch(shingles)
    return np.asarray(sketch.hashvalues, dtype=np.uint32)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@cache
def _permutations() -> NDArray[np.uint32]:
    """Drawn once: drawing them takes longer than sketching a short text."""
    permutations: NDArray[np.uint32] = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32").permutations
    return permutations
