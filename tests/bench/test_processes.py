from __future__ import annotations

import os
import subprocess
import sys

from tests.bench.processes import memory_mb, processor_s, resident_mb
from tests.journeys.service import descendants_of

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
WAIT = f"{BURN}print('done', flush=True)\ninput()"
GRANDCHILD = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\n"


def test_children_that_have_ended_count() -> None:
    before_s = processor_s(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert 0.28 <= processor_s(os.getpid()) - before_s < 2


def test_a_child_counts_once_while_it_runs_and_after_it_has_ended() -> None:
    before_s = processor_s(os.getpid())
    with subprocess.Popen([sys.executable, "-c", WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        running_s = processor_s(os.getpid()) - before_s
        child.communicate(b"\n")
    ended_s = processor_s(os.getpid()) - before_s
    assert 0.28 <= running_s <= ended_s < running_s + 0.25


def test_what_a_child_has_set_going_counts() -> None:
    before_s = processor_s(os.getpid())
    subprocess.run([sys.executable, "-c", GRANDCHILD], check=True)
    assert processor_s(os.getpid()) - before_s >= 0.28


def test_memory_is_that_of_the_largest_process() -> None:
    large = "block = bytearray(300 << 20)\nprint('done', flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", large], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert resident_mb(os.getpid()) >= 300
        assert max(memory_mb(descendants_of(os.getpid()), "VmHWM")) >= 300
        child.communicate(b"\n")
