"""How fast files are read: `python tests/bench/bench_reading.py [FOLDER] [--peers PYTHON] [--documents N]`.

FOLDER holds PDF files (default ../shared/data/documents). PYTHON is that of a throw-away environment with the readers
that Stadtwissen does not use (docs/lesen.md says how to make one); without it only pypdfium2 stands beside.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import psutil

from ingest.parse.room import Limits, ParserPool

ROUNDS = 3
SCAN_PAGES = 12
MEBIBYTE = 1024**2
UNUSED = {"unstructured_inference", "unstructured_pytesseract", "cv2", "pi_heif"}


def plain_pdfium(path: str) -> int:
    """Text of every page, nothing more: the floor."""
    pypdfium2 = import_module("pypdfium2")
    with pypdfium2.PdfDocument(path) as document:
        return sum(len(page.get_textpage().get_text_range()) for page in document)


def kreuzberg(path: str) -> int:
    """The other fast permissive reader, text only."""
    return len(import_module("kreuzberg").extract_file_sync(path).content)


def unstructured_fast(path: str) -> int:
    """What `unstructured` does with a PDF; it imports its models even where it does not use them."""
    partition = import_module("unstructured.partition.pdf").partition_pdf
    return sum(len(element.text) for element in partition(filename=path, strategy="fast", languages=["deu"]))


CONTENDERS: dict[str, Callable[[str], int]] = {
    "pypdfium2, nur Text": plain_pdfium,
    "kreuzberg, nur Text": kreuzberg,
    "unstructured fast": unstructured_fast,
}


class Blank(type):
    """The kind of a class that has every attribute."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return 0.0


class Empty(ModuleType):
    """A module in which every name is a class of its own."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Blank(name, (Exception,), {})


class StandIn(MetaPathFinder, Loader):
    """Finds empty modules for what `unstructured` imports for its `hi_res` strategy alone."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in UNUSED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = Empty(spec.name)
        vars(module)["register_heif_opener"] = lambda: None
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it."""


def contend(name: str, files: Sequence[str]) -> None:
    """Read all files once to warm up, then `ROUNDS` times; print the seconds of the fastest round."""
    if name == "unstructured fast":
        sys.meta_path.insert(0, StandIn())
        import_module("ingest.parse.offline").prepare()
    read = CONTENDERS[name]
    chars = sum(read(file) for file in files)
    wall_s, cpu_s = fastest(lambda: [read(file) for file in files], time.process_time)
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "chars": chars}))


def fastest(work: Callable[[], object], cpu_clock: Callable[[], float]) -> tuple[float, float]:
    """Wall and processor seconds of the fastest round: other work on the machine lengthens the first above all."""
    rounds = []
    for _ in range(ROUNDS):
        before, cpu_before = time.perf_counter(), cpu_clock()
        work()
        rounds.append((time.perf_counter() - before, cpu_clock() - cpu_before))
    return min(wall for wall, _ in rounds), min(cpu for _, cpu in rounds)


def measured(name: str, python: str, files: Sequence[Path]) -> dict[str, float] | None:
    """Run a contender in a process of its own; None where it is not installed."""
    here = [str(Path(__file__).parents[2]), *(entry for entry in sys.path if entry.endswith("site-packages"))]
    command = [python, __file__, "--contender", name, *map(str, files)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(here), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        print(f"  {name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def split(folder: Path) -> tuple[list[Path], list[Path], int]:
    """PDF files all of whose pages have text, those that are scans throughout, and the pages of the former."""
    from pypdfium2 import PdfDocument

    from ingest.parse.pdf_page import read_page

    texts, scans, count = [], [], 0
    for path in sorted(folder.rglob("*.pdf")):
        with PdfDocument(path) as document:
            pictures = [read_page(page).images for page in document]
        if not any(pictures):
            texts.append(path)
            count += len(pictures)
        elif all(pictures):
            scans.append(path)
    return texts, scans, count


def bench_text(texts: Sequence[Path], pages: int, peers: str | None) -> None:
    """Pages with text, through the whole of parsing in a warm child, beside the others on the same files."""
    with ParserPool(1, Limits(documents=10_000)) as pool:
        [pool(path, path.name) for path in texts]
        child = children(pool)[0]
        wall_s, cpu_s = fastest(lambda: [pool(path, path.name) for path in texts], lambda: child.cpu_times().user)
    print(f"\n{len(texts)} PDF mit Text, {pages} Seiten\n")
    print("| Leser | Seiten/s | Seiten je Sekunde Rechenzeit | Stadtwissen ist (Uhr, Rechenzeit) |")
    print("|---|---|---|---|")
    print(f"| **Stadtwissen, alles, im Kindprozess** | **{pages / wall_s:.0f}** | **{pages / cpu_s:.0f}** | |")
    for name in CONTENDERS:
        found = measured(name, sys.executable if name.startswith("pypdfium2") else peers or sys.executable, texts)
        if found:
            times = f"{found['wall_s'] / wall_s:.2f}-mal, {found['cpu_s'] / cpu_s:.2f}-mal so schnell"
            print(f"| {name} | {pages / found['wall_s']:.0f} | {pages / found['cpu_s']:.0f} | {times} |")


def bench_scans(scans: Sequence[Path]) -> None:
    """Seconds for a scanned page on one core, rendering and structure included."""
    from ingest.parse.ocr import read_picture
    from ingest.parse.pdf import _document, _picture

    wall_s: list[float] = []
    cpu_s: list[float] = []
    for path in scans:
        with _document(path) as document:
            for index in range(min(2, len(document), SCAN_PAGES - len(wall_s))):
                before, cpu_before = time.perf_counter(), all_cpu_s()
                read_picture(_picture(document[index]))
                wall_s.append(time.perf_counter() - before)
                cpu_s.append(all_cpu_s() - cpu_before)
    if wall_s:
        print(f"\nTexterkennung, {len(wall_s)} Seiten aus {len(scans)} Scans, je Seite und Kern im Median:")
        print(f"{median(wall_s):.2f} s nach der Uhr, {median(cpu_s):.2f} s Rechenzeit ({max(cpu_s):.2f} s höchstens)")


def all_cpu_s() -> float:
    """Processor seconds of this process and of the programs it called."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def bench_memory(documents: int) -> None:
    """Memory of the process that hands out files, and of the one that reads them, over many documents."""
    names = [f"{number % 40}.html" for number in range(documents)]
    with tempfile.TemporaryDirectory() as folder:
        for name in set(names):
            text = "".join(f"<h2>Abschnitt {n}</h2><p>Die Gebühr beträgt {n} Euro im Jahr.</p>" for n in range(60))
            Path(folder, name).write_text(f"<html><body>{text}</body></html>", "utf-8")
        marks: list[float] = []
        peak = 0.0
        with ParserPool(2) as pool:
            for place, _ in enumerate(pool.map((Path(folder, name), name) for name in names)):
                if place in (documents // 10, documents - 1):
                    marks.append(psutil.Process().memory_info().rss / MEBIBYTE)
                    peak = max([peak, *(child.memory_info().rss / MEBIBYTE for child in children(pool))])
    print(f"\nArbeitsspeicher des Hauptprozesses: {marks[0]:.1f} MB nach {documents // 10} Dokumenten,")
    print(f"{marks[1]:.1f} MB nach {documents}; ein Kindprozess hatte {peak:.0f} MB (vom Kern begrenzt auf 2048 MB)")


def children(pool: ParserPool) -> list[psutil.Process]:
    """The processes that read."""
    return [psutil.Process(child._process.pid) for child in pool._children]


def main(arguments: Sequence[str]) -> None:
    """Print every figure with the machine it was measured on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/documents"))
    parser.add_argument("--peers")
    parser.add_argument("--documents", type=int, default=1000)
    chosen = parser.parse_args(arguments)
    print(f"{os.cpu_count()} Kerne, Last {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    bench_memory(chosen.documents)
    if chosen.folder.is_dir():
        texts, scans, pages = split(chosen.folder)
        bench_text(texts, pages, chosen.peers)
        bench_scans(scans)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contender"]:
        contend(sys.argv[2], sys.argv[3:])
    else:
        main(sys.argv[1:])
