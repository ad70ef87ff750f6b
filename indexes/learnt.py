"""What was learnt beside each model; `fusion.json` keeps it, for a strange model the first one's counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

FUSION = Path(__file__).parent / "fusion.json"


@lru_cache(maxsize=8)
def learnt_beside(fingerprint: str) -> Mapping[str, Any]:
    """What was learnt beside the model of this fingerprint, as it was loaded.

    `weights`: what each clue counts; `like`: the cosine from which on a passage is like a question, `like_adapted` the
    same once the model has learnt from the passages.
    """
    every: Sequence[Mapping[str, Any]] = json.loads(FUSION.read_text("utf-8"))
    return next((one for one in every if one["fingerprint"] == fingerprint), every[0])
