"""Shows the whole thing: `python -m app.demo [--docs DIR]` reads a folder in, asks three questions, serves the page."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.cli import INTERRUPTED, UNUSABLE, GermanParser
from app.cli_trouble import explain


def main() -> int:
    """Carry out the demonstration; the result is the exit code."""
    # Before NumPy and its kin are imported: threads that wait must not burn the cores that others need.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    parser = GermanParser(prog="make demo", description="Liest einen Ordner ein und startet die Suche darin.")
    parser.add_argument("--docs", type=Path, metavar="ORDNER", help="eigene Dokumente statt der Beispielstadt")
    chosen = parser.parse_args()
    try:
        from app.cli_demo import demonstrate

        demonstrate(chosen.docs)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        told = explain(error)
        if told is None:
            raise
        print(f"Fehler: {told}", file=sys.stderr)
        return UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
