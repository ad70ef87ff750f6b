"""The command line. Whatever takes time to import is imported by the command that needs it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

UNUSABLE, INTERRUPTED = 2, 130
TEXTS = (
    (r"the following arguments are required: (.*)", r"Es fehlt: \1"),
    (r"unrecognized arguments: (.*)", r"Unbekannt: \1"),
    (r"argument (\S+): invalid choice: (\S+) .*", r"„\1“ kennt \2 nicht."),
    (r"argument (\S+): expected one argument", r"Nach \1 fehlt der Wert."),
    (r"argument (\S+): invalid \w+ value: (.*)", r"Der Wert \2 passt nicht zu \1."),
    (r"argument (\S+): (.*)", r"\1: \2"),
)


class GermanParser(argparse.ArgumentParser):
    """Says in German what argparse says in English."""

    def __init__(self, prog: str | None = None, description: str | None = None) -> None:
        super().__init__(prog=prog, description=description, add_help=False)
        self._positionals.title = "Angaben"  # argparse offers no other way to name these two groups
        self._optionals.title = "Optionen"
        self.add_argument("-h", "--help", action="help", help="diese Hilfe zeigen")

    def format_help(self) -> str:
        """The help, whose first word argparse has no option for."""
        return super().format_help().replace("usage: ", "Aufruf: ", 1)

    def error(self, message: str) -> NoReturn:
        """End with what is wrong with the arguments."""
        for pattern, german in TEXTS:
            if re.fullmatch(pattern, message, re.DOTALL):
                message = re.sub(pattern, german, message, flags=re.DOTALL)
                break
        self.exit(UNUSABLE, f"{self.prog}: {message}\nHilfe: {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """Describe every command; each names the function that carries it out as "module:function"."""
    parser = GermanParser(prog="stadtwissen", description="Sucht in den Dokumenten eines Rathauses nach Bedeutung.")
    commands = parser.add_subparsers(title="Befehle", metavar="BEFEHL", required=True, parser_class=GermanParser)

    def command(name: str, run: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    add = command("add", "cli_add:add", "Dateien oder ganze Ordner einlesen")
    add.add_argument("paths", nargs="+", type=Path, metavar="PFAD", help="Datei oder Ordner")
    add.add_argument("--department", required=True, metavar="NAME", help="Abteilung; eine neue wird angelegt")
    add.add_argument("--collection", required=True, metavar="NAME", help="Sammlung; eine neue wird angelegt")
    add.add_argument("--verify", action="store_true", help="auch Dateien mit gleicher Größe und Zeit genau vergleichen")
    add.add_argument("--report", type=Path, metavar="DATEI", help="das Ergebnis außerdem als JSON schreiben")
    retry = command("retry", "cli_add:retry", "was nicht zu lesen war, noch einmal lesen, etwa nach einem Update")
    retry.add_argument("--code", metavar="GRUND", help="nur Dateien mit diesem Grund, etwa zeitlimit oder kein-text")
    retry.add_argument("--report", type=Path, metavar="DATEI", help="das Ergebnis außerdem als JSON schreiben")
    search = command("search", "cli_look:search", "eine Frage beantworten")
    search.add_argument("question", nargs="+", metavar="FRAGE", help="ganzer Satz oder Stichworte")
    search.add_argument("--limit", type=int, default=5, metavar="N", help="so viele Passagen höchstens (5)")
    search.add_argument("--department", action="append", default=[], metavar="KÜRZEL", help="nur diese Abteilung")
    search.add_argument("--collection", action="append", default=[], metavar="KÜRZEL", help="nur diese Sammlung")
    search.add_argument("--json", action="store_true", help="wie die Schnittstelle antwortet")
    command("serve", "cli_run:serve", "den Dienst mit Suchseite und Schnittstelle starten")
    work = command("work", "cli_run:work", "einlesen, was wartet, und weiter darauf achten")
    work.add_argument("--once", action="store_true", help="nur einlesen, was jetzt wartet")
    work.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    command("status", "cli_look:status", "zeigen, was eingelesen ist und was nicht ging")
    command("reindex", "cli_run:reindex", "den Suchindex aus der Datenbank neu bauen")
    command("repair", "cli_run:repair", "nach einem Absturz prüfen und in Ordnung bringen")
    command("rollback", "cli_run:rollback", "den Suchindex von vor dem letzten reindex wieder antworten lassen")
    command("departments", "cli_look:departments", "Abteilungen und Sammlungen mit ihren Kürzeln zeigen")
    describe_glossary(command("glossary", "cli_glossary:glossary", "Abkürzungen und Alltagsnamen zeigen oder pflegen"))
    command("feedback", "cli_look:feedback", "zeigen, was Menschen zu Treffern und Barrieren gemeldet haben")
    command("migrate", "cli_run:migrate", "die Datenbank auf den Stand des Programms bringen")
    describe_train(command("train", "cli_train:train", "das beigelegte Sprachmodell an eigene Dokumente anpassen"))
    describe_eval(command("eval", "cli_judge:judge", "die Güte der Suche an Fragen mit bekannter Antwort messen"))
    return parser


def describe_glossary(glossary: argparse.ArgumentParser) -> None:
    """What can be done to the glossary."""
    glossary.add_argument(
        "--import",
        dest="source",
        type=Path,
        metavar="DATEI",
        help="die gepflegten Einträge durch die der Datei ersetzen",
    )
    glossary.add_argument(
        "--export", dest="target", type=Path, metavar="DATEI", help="alle Einträge in die Datei schreiben"
    )
    glossary.add_argument("--reread", action="store_true", help="Abkürzungen noch einmal in allen Dokumenten suchen")


def describe_train(train: argparse.ArgumentParser) -> None:
    """What can be said about adapting the model."""
    train.add_argument(
        "--from-collection", action="append", required=True, metavar="KÜRZEL", help="aus dieser Sammlung lernen"
    )
    train.add_argument(
        "--questions", type=Path, required=True, metavar="DATEI", help="Fragen mit bekannter Antwort (.jsonl)"
    )
    train.add_argument("--name", default="angepasst", help="Name des neuen Modells im Datenverzeichnis")
    train.add_argument("--out", type=Path, metavar="ORDNER", help="ein anderer Ordner dafür")


def describe_eval(judge: argparse.ArgumentParser) -> None:
    """What can be said about a measurement."""
    judge.add_argument(
        "paths", nargs="+", type=Path, metavar="PFAD", help="Ordner im BEIR-Aufbau oder Datei mit Fragen (.jsonl)"
    )
    judge.add_argument(
        "--compare", default="bm25,dense,hybrid", metavar="SEITEN", help="bm25, dense, hybrid, mit Komma"
    )
    judge.add_argument("--model", metavar="MODELL", help="ein anderes Modell als das in STADTWISSEN_MODEL")
    judge.add_argument("--distractors", type=Path, metavar="DATEI", help="fremde Texte, die daneben liegen (.jsonl.gz)")
    judge.add_argument("--distractor-count", type=int, default=300, metavar="N", help="so viele davon (300)")
    judge.add_argument(
        "--no-learning",
        dest="learning",
        action="store_false",
        help="„schnell“ lernt nicht aus den Passagen des Prüfsatzes",
    )
    judge.add_argument("--write", type=Path, metavar="DATEI", help="die Tabelle in diese Markdown-Datei schreiben")
    judge.add_argument("--json", action="store_true", help="als JSON ausgeben")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; the result is the exit code."""
    # Before NumPy and its kin are imported: threads that wait must not burn the cores that others need.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be text
    chosen = build_parser().parse_args(arguments)
    module, function = chosen.run.split(":")
    try:
        return int(getattr(import_module(f"app.{module}"), function)(chosen))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        from app.cli_trouble import explain

        told = explain(error)
        if told is None:
            raise
        print(f"Fehler: {told}", file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
