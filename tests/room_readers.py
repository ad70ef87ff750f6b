"""Readers that misbehave in every way a file could make one misbehave; what they do is the file's name."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from catalogue.errors import Unreadable
from ingest.parse import progress
from ingest.parse.element import Attachment, Element, Parsed


def _said(text: str) -> Parsed:
    return Parsed((Element("text", text),), "Titel", "text/plain", attachments=(Attachment("a.bin", b"\x00\xff"),))


def _read_pages(pages: int) -> Parsed:
    for page in range(pages):
        time.sleep(0.4)
        progress.report(page + 1, pages)
    return _said("langsam, aber fertig")


def _leave_program_behind(path: Path) -> Parsed:
    program = subprocess.Popen(["sleep", "600"])
    path.write_text(str(program.pid))
    time.sleep(600)
    return _said("nie")


def _make_noise() -> Parsed:
    subprocess.run(["sh", "-c", "echo Geheimnis; echo Geheimnis >&2"], check=True)
    print("Geheimnis", file=sys.stderr, flush=True)
    return _said("gesagt")


def _spin() -> Parsed:
    while True:
        pass


def misbehave(path: Path, name: str) -> Parsed:
    actions = {
        "pid": lambda: _said(str(os.getpid())),
        "folder": lambda: _said(tempfile.mkdtemp()),
        "home": lambda: _said(os.environ["HOME"]),
        "memory": lambda: _said(str(len(bytearray(8 * 1024**3)))),
        "grow": lambda: _said(str(len([b"x" * 1024**2 for _ in range(8 * 1024)]))),
        "limit": lambda: _said(str(resource.getrlimit(resource.RLIMIT_AS)[0])),
        "noise": _make_noise,
        "crash": os.abort,
        "exit": lambda: sys.exit(0),
        "sleep": lambda: time.sleep(600),
        "spin": _spin,
        "pages": lambda: _read_pages(9),
        "interfaces": lambda: _said(",".join(name for _, name in socket.if_nameindex())),
        "program": lambda: _leave_program_behind(path),
    }
    if name not in actions:
        raise Unreadable("leer", "Nichts zu tun.", "Bitte anders.")
    done = actions[name]()
    assert isinstance(done, Parsed)
    return done
