from __future__ import annotations

from xml.etree import ElementTree

from tests.bench.page import filling, page, peers, pictures, rebuilding


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


ROW = {"p50": 1.5, "p95": 2.25, "ndcg": [0.7123, 0.67, 0.75]}
ONE = {"clients": 1, "per_second": 50.0, "p50": 9.0, "p95": 12.0, "p99": 20.0, "processor_ms": 8.0, "failed": 0}
BY_WORKERS = {"rows": [{"search": ONE, "empty": ONE}], "resident_mb": 512}
ASKING = {"1": BY_WORKERS, "2": BY_WORKERS, "remembered": ONE, "bare_mb": 412}
BUILT = ROW | {"build_s": 4.0, "build_processor_s": 3.5, "mb": 120, "overlap": 0.995}


def test_what_was_not_measured_of_a_library_is_a_stroke() -> None:
    lines = list(peers({"Chroma": BUILT, "Wörter und Bedeutung": ROW}))
    assert lines[-2] == "| Chroma | 4,0 s | 3,5 s | 1,50 ms | 2,25 ms | 120 MB | 99,5 % | 0,712 (0,670–0,750) |"
    assert lines[-1] == "| Wörter und Bedeutung | – | – | 1,50 ms | 2,25 ms | – | – | 0,712 (0,670–0,750) |"


def test_every_picture_a_page_shows_is_drawn() -> None:
    figures = {
        "20000": {
            "machine": "Gemessen am 1.11.2026.",
            "load": 0.5,
            "asking": ASKING,
            "peers": {"Chroma": BUILT, "Wörter und Bedeutung": ROW},
        }
    }
    told, drawn = page(figures), pictures(figures)
    assert "Gemessen am 1.11.2026." in told  # not the day the page was written
    assert drawn.keys() == {"suche-20000.svg", "andere-20000.svg"}
    assert all(f"(bilder/{name})" in told for name in drawn)
    assert "Programm und Modell allein: 412 MB; dazu kommen Index, gelernte Wörter und Gemerktes." in told
    texts = [one.text for one in ElementTree.fromstring(drawn["andere-20000.svg"]).iter()]
    assert "Chroma" in texts
    assert "Wörter und Bedeutung" not in texts  # it was not built for this: the picture compares what was


def test_passages_a_second_are_told_by_the_clock_and_by_the_processor() -> None:
    names = ("intake", "reading", "index", "learning", "unchanged", "bare", "one_more")
    laps = {name: {"wall_s": 2.0, "processor_s": 4.0} for name in names}
    found = {"files": 10, "chunks": 4_000, "bare_texts": 4_000, "laps": laps, "peak_mb": 500, "peak_others_mb": 210}
    lines = list(filling(found | {"database_mb": 5, "index_mb": 2}))
    assert "| nach der Uhr | 1\N{NO-BREAK SPACE}000 | 2\N{NO-BREAK SPACE}000 | 0,50 |" in lines
    assert "| nach Prozessorzeit | 500 | 1\N{NO-BREAK SPACE}000 | 0,50 |" in lines
    assert "Größter Speicher 500 MB (größter weiterer Prozess 210 MB), Datenbank 5 MB," in lines


def test_a_size_that_was_not_measured_anew_stays_as_it_stands() -> None:
    small, large = ({"machine": f"Gemessen am {day}.11.2026.", "load": 0.5, "asking": ASKING} for day in (1, 2))
    before = page({"20000": small, "1000000": large})
    again = page({"165000": small, "1000000": small}, before)
    assert again == page({"20000": small, "165000": small, "1000000": small})
    assert again != before
    assert page({}, before) == before
