"""Many ask at once: no more searches run than the process can serve well, and everybody is answered."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app import answers
from app.answers import AT_ONCE, Answers
from app.asking import answer
from app.schemas import SearchAnswer, SearchParameters
from app.wiring import Archive
from tests.town import fill

ASKING = 3 * AT_ONCE


def test_of_many_questions_only_some_are_searched_for_at_a_time(
    opened: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def counted(*given: Any) -> SearchAnswer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        found = answer(*given)
        with lock:
            running -= 1
        return found

    monkeypatch.setattr(answers, "answer", counted)
    fill(opened.settings, tmp_path / "papers")
    live = opened.live_index()
    live.try_refresh()
    known = Answers(opened.sessions, limit=0)
    asked = [SearchParameters(q=f"Frage Nummer {number}") for number in range(ASKING)]
    with ThreadPoolExecutor(ASKING) as threads:
        found = list(threads.map(lambda one: known.find(live.searcher, one, opened.reader, 0.0), asked))
    known.close()
    live.close()
    assert [one.query for one in found] == [one.q for one in asked]
    assert most == AT_ONCE
