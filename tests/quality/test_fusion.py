"""The weights of one model are replaced, the others stay."""

from __future__ import annotations

import json
from pathlib import Path

from quality.fusion import replace_weights


def test_weights_are_replaced_in_their_place_and_new_ones_stand_behind(tmp_path: Path) -> None:
    file = tmp_path / "fusion.json"
    first = {"model": "a", "fingerprint": "1", "weights": {"words": 1.0}, "like": 0.2}
    file.write_text(json.dumps([first]))
    replace_weights(file, {"model": "b", "fingerprint": "2", "weights": {"words": 0.5}})
    replace_weights(file, {"model": "a", "fingerprint": "3", "weights": {"words": 0.7}})
    assert json.loads(file.read_text()) == [
        {"model": "a", "fingerprint": "3", "weights": {"words": 0.7}, "like": 0.2},
        {"model": "b", "fingerprint": "2", "weights": {"words": 0.5}, "like": 0.2},
    ]
