"""The closed room: limits hold, the pool recovers, nothing is left behind."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalogue.errors import Unreadable
from indexes.embedder import load_embedder, tokenizer_folder
from ingest.cut import Cut, cut_up
from ingest.parse.element import Attachment, Element, Parsed
from ingest.parse.room import Limits, ParserPool
from ingest.parse.wire import pack, unpack

READER = "tests.room_readers:misbehave"
NOWHERE = Path("/nirgends")


@pytest.fixture(scope="module")
def pool():
    with ParserPool(1, Limits(512 * 1024**2, cpu_s=2, wall_s=2, documents=1000), reader=READER) as pool:
        yield pool


def said(pool: ParserPool, name: str, path: Path = NOWHERE) -> str:
    return pool(path, name).elements[0].text


def refusal(pool: ParserPool, name: str, path: Path = NOWHERE) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        pool(path, name)
    return caught.value


def test_files_are_read_in_another_process(pool):
    assert int(said(pool, "pid")) != os.getpid()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("memory", "speicherlimit"),
        ("grow", "speicherlimit"),
        ("crash", "absturz"),
        ("exit", "absturz"),
        ("spin", "zeitlimit"),
        ("sleep", "zeitlimit"),
    ],
)
def test_worst_files_are_refused_and_the_process_is_replaced(pool, name, code):
    before = said(pool, "pid")
    error = refusal(pool, name)
    assert (error.code, error.text != "", error.hint != "") == (code, True, True)
    assert said(pool, "pid") != before


def test_refusal_for_a_reason_in_the_file_keeps_the_process(pool):
    before = said(pool, "pid")
    assert refusal(pool, "unbekannt").code == "leer"
    assert said(pool, "pid") == before


def test_slow_reading_may_go_on_as_long_as_pages_come():
    heard = []
    with ParserPool(1, Limits(wall_s=3), reader=READER, on_progress=lambda *told: heard.append(told)) as pool:
        assert said(pool, "pages") == "langsam, aber fertig"
    assert heard == [("pages", page, 9) for page in range(1, 10)]


def test_child_sees_no_network(pool):
    assert said(pool, "interfaces") == "lo"


def test_child_has_a_temporary_folder_and_home_of_its_own_that_go_with_it():
    with ParserPool(1, reader=READER) as pool:
        folder, home = said(pool, "folder"), said(pool, "home")
        assert folder.startswith(home)
        assert Path(folder).exists()
    assert not Path(home).exists()


def test_programs_that_a_file_started_end_with_it(pool, tmp_path):
    pid_file = tmp_path / "pid"
    assert refusal(pool, "program", pid_file).code == "zeitlimit"
    pid = int(pid_file.read_text())
    for _ in range(50):
        if not is_running(pid):
            return
        time.sleep(0.1)
    pytest.fail("das Programm läuft noch")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_process_is_replaced_after_its_share_of_documents():
    with ParserPool(1, Limits(documents=2), reader=READER) as pool:
        pids = [said(pool, "pid") for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_memory_limit_is_the_kernels():
    with ParserPool(1, Limits(memory_bytes=1024**3), reader=READER) as pool:
        assert said(pool, "limit") == str(1024**3)


def test_map_keeps_order_and_draws_no_more_files_than_it_needs():
    drawn = []

    def files():
        for number in range(40):
            drawn.append(number)
            yield NOWHERE, "pid" if number % 2 else "unbekannt"

    with ParserPool(2, reader=READER) as pool:
        results = pool.map(files())
        first = next(results)
        assert len(drawn) <= 5
        rest = list(results)
    assert isinstance(first[1], Unreadable)
    assert [isinstance(outcome, Parsed) for _, outcome in rest] == [number % 2 == 1 for number in range(1, 40)]


def test_real_reader_works_inside_the_room(tmp_path):
    path = tmp_path / "bytes"
    path.write_text("# Titel\n\nEin Satz über Bäume.\n")
    with ParserPool(1) as pool:
        parsed = pool(path, "a.md")
    assert [element.text for element in parsed.elements] == ["Titel", "Ein Satz über Bäume."]


def test_a_file_cut_up_inside_the_room_has_the_passages_it_would_have_outside(tmp_path):
    tokenizer = tokenizer_folder("schnell")
    assert tokenizer is not None
    body = " ".join(f"Satz {number} über die Straßenreinigung in der Stadt – „wöchentlich“ …" for number in range(90))
    table = "<table><thead><tr><th>Ort</th></tr></thead><tbody><tr><td>Amt</td></tr></tbody></table>"
    path = tmp_path / "bytes"
    path.write_text(f"<h1>Satzung</h1><h2>§ 1 Zweck</h2><p>(1) {body}</p><h2>§ 2 Orte</h2>{table}")
    with ParserPool(1) as plain, ParserPool(1, tokenizer=tokenizer) as cutting:
        whole, cut = plain(path, "a.html"), cutting(path, "a.html")
    expected = cut_up(whole, load_embedder("schnell").count_tokens)
    assert cut.cut is not None
    assert cut.cut.signature is not None
    assert expected.signature is not None
    assert cut.cut.passages == expected.passages
    assert len(expected.passages) > 3
    assert cut.cut.signature.tolist() == expected.signature.tolist()
    assert replace(cut, cut=None) == replace(whole, elements=())


def test_a_sketch_of_another_size_is_not_believed():
    signature = np.arange(4, dtype=np.uint32)
    with pytest.raises(ValueError, match="signature"):
        unpack(pack(Parsed((), "T", "text/csv", cut=Cut((), signature))))


def test_what_crosses_is_data_and_comes_back_unchanged():
    parsed = Parsed(
        (Element("table", "a", 0, 2, "Blatt", (3, 4), "<table/>", ("w",)), Element("title", "b", 1)),
        "T", "text/csv", 3, "de", None, "Amt", ("x",), (Attachment("a.bin", b"\x00\xff"),),
    )  # fmt: skip
    assert unpack(pack(parsed)) == parsed
    error = unpack(pack(Unreadable("leer", "Text.", "Hinweis.")))
    assert isinstance(error, Unreadable)
    assert (error.code, error.text, error.hint) == ("leer", "Text.", "Hinweis.")


def test_after_so_many_bytes_a_fresh_process_reads_on(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(bytes(600))
    with ParserPool(1, Limits(read_bytes=1000), reader=READER) as pool:
        first, second, third = (said(pool, "pid", path) for _ in range(3))
    assert first == second != third


def test_closing_ends_what_is_being_read_and_the_next_call_starts_anew():
    pool = ParserPool(1, reader=READER)
    lost: list[str] = []
    reading = threading.Thread(target=lambda: lost.append(refusal(pool, "sleep").code))
    reading.start()
    while not pool._children:
        time.sleep(0.05)
    pool.close()
    reading.join(10)
    assert lost
    assert not reading.is_alive()
    with pool:
        assert int(said(pool, "pid")) != os.getpid()


def test_what_a_file_makes_programs_print_is_not_shown(pool, capfd):
    assert said(pool, "noise") == "gesagt"
    shown = capfd.readouterr()
    assert "Geheimnis" not in shown.out + shown.err
