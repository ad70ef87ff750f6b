"""What a document's text looks like from afar: a sketch that versions of one text share most of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
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
    words = list(islice((word for text in texts for word in re.findall(r"\w+", text.lower())), MAX_WORDS))
    shingles = {" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)}
    if len(shingles) < MIN_SHINGLES:
        return None
    sketch = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32", hashfunc=crc32)
    sketch.update_batch([shingle.encode() for shingle in shingles])
    return np.asarray(sketch.hashvalues, dtype=np.uint32)
