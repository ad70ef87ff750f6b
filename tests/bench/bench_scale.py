"""How fast at what size: `python tests/bench/bench_scale.py [--passages N] [--seconds S]`.

Reads papers in, puts load on the service over HTTP, also while its index is built anew, asks other libraries the same,
and writes docs/performance.md and its pictures.
Every figure stands beside one of the same run that it can be compared with: other work on the machine slows both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from quality.marked import read_marked, replace_marked  # noqa: E402
from tests.bench.corpus import DATA  # noqa: E402
from tests.bench.judging import ndcg  # noqa: E402
from tests.bench.page import machine, page, pictures  # noqa: E402
from tests.bench.peer import PEERS  # noqa: E402

BENCH = ROOT / "var" / "bench"


def run(*command: str, python: str = sys.executable) -> dict[str, Any]:
    """Run one part of the measurement in a process of its own, and read what it prints last."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run([python, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(folder: Path, data_dir: Path) -> dict[str, Any]:
    """Ask the peers and ourselves the same on the same passages and vectors."""
    python = BENCH / "peers" / "bin" / "python"
    if not python.exists():
        print("Andere Bibliotheken: erst „tests/bench/peers.sh“ ausführen.", file=sys.stderr)
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    rows = run("-m", "tests.bench.same", str(data_dir), str(folder))
    for name in PEERS:
        rows[name] = run(str(ROOT / "tests" / "bench" / "peer.py"), name, str(folder), python=str(python))
        rows[name] |= quality_of(folder, name)
        print(name, rows[name], file=sys.stderr, flush=True)
    return rows


def quality_of(folder: Path, name: str) -> dict[str, Any]:
    """Which share of the ten nearest passages of an exact search a library finds, and how good its order is."""
    exact = json.loads((folder / "exact.json").read_text())
    owners = json.loads((folder / "owners.json").read_text())
    found = json.loads((folder / f"{name}.json").read_text())
    shares = [len({*one[:10]} & {*other[:10]}) / 10 for one, other in zip(exact, found["timed"], strict=True)]
    order = ndcg([[owners[row] for row in rows] for rows in found["judged"]])
    return {"overlap": round(sum(shares) / len(shares), 4), "ndcg": order}


def main() -> None:
    """Measure, keep the figures, and write the page."""
    parser = argparse.ArgumentParser(description="Misst Einlesen und Suche.")
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--filled", type=Path, help="das Datenverzeichnis eines früheren Laufs: nicht noch einmal einlesen"
    )
    parser.add_argument("--no-peers", action="store_true", help="keine anderen Bibliotheken fragen")
    parser.add_argument("--no-rebuild", action="store_true", help="nicht messen, während der Index neu gebaut wird")
    parser.add_argument("--write", type=Path, default=ROOT / "docs" / "performance.md")
    chosen = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"Ohne die Texte in {DATA} gibt es hier nichts zu messen.")
    base = BENCH / f"passages-{chosen.passages}"
    kept = BENCH / "figures.json"
    earlier: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    figures = {size: own for size, own in earlier.items() if "machine" in own}  # others are of an older make
    size = str(chosen.passages)
    own: dict[str, Any] = figures.get(size, {}) if chosen.filled else {}
    own |= {"machine": machine(), "load": os.getloadavg()[0]}
    if chosen.filled is None:
        own["filling"] = run("-m", "tests.bench.filling", str(base), size)
    data_dir = chosen.filled or base / "var"
    also = () if chosen.no_rebuild else ("rebuild",)
    own["asking"] = own.get("asking", {}) | run("-m", "tests.bench.asking", str(data_dir), str(chosen.seconds), *also)
    if not chosen.no_peers:
        own["peers"] = compare(BENCH / f"peers-{size}", data_dir)
    figures[size] = own
    kept.write_text(json.dumps(figures, indent=1))
    folder = chosen.write.parent / "bilder"
    folder.mkdir(exist_ok=True)
    for name, drawn in pictures(figures).items():
        (folder / name).write_text(drawn, "utf-8")
    replace_marked(chosen.write, "bench", page(figures, read_marked(chosen.write, "bench")), "Wie schnell")


if __name__ == "__main__":
    main()
