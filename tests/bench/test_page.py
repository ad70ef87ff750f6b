from __future__ import annotations

from tests.bench.page import rebuilding


def asked(p99: float, failed: int = 0) -> dict[str, float]:
    """What one slice of time showed."""
    return {
        "seconds": 10.0,
        "per_second": 50.0,
        "answers": 500,
        "failed": failed,
        "p50": 9.0,
        "p99": p99,
        "slowest": 99.0,
    }


def test_searches_during_a_rebuild_stand_beside_those_before_it() -> None:
    row = {"clients": 8, "before": asked(20.0), "during": asked(50.0, failed=3), "after": asked(10.0), "rebuild_s": 4.5}
    lines = list(rebuilding([row]))
    assert "| 8 | währenddessen | 10,0 s | 50,0 | 9,0 ms | 50,0 ms | 99,0 ms | 3 von 500 | 2,5 |" in lines
    assert "| 8 | danach | 10,0 s | 50,0 | 9,0 ms | 10,0 ms | 99,0 ms | 0 von 500 | 0,5 |" in lines


def test_a_size_measured_without_a_rebuild_says_nothing_of_one() -> None:
    assert list(rebuilding([])) == []
