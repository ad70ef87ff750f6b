from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

import app.cli_add
import app.cli_look
import app.cli_run
from app.cli import build_parser, main
from app.wiring import Archive, open_archive
from tests.town import PAPERS, TOOLS, town_settings, write_papers

HEAVY = {"alembic", "faiss", "fastapi", "numpy", "pydantic", "rich", "sqlalchemy", "tantivy", "tokenizers", "torch"}


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A town hall's machine, without its slow parts."""
    monkeypatch.setenv("STADTWISSEN_DATA_DIR", str(tmp_path / "var"))
    for module in (app.cli_add, app.cli_look, app.cli_run):
        monkeypatch.setattr(module, "open_archive", lambda settings: open_archive(settings, TOOLS))
    return tmp_path / "var"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return write_papers(tmp_path / "akten", PAPERS["Hauptamt", "Dienstrecht"])


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Carry out one command: its exit code, and what it prints to either side."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def add(run: Run, *paths: object) -> tuple[int, str, str]:
    return run("add", *paths, "--department", "Hauptamt", "--collection", "Dienstrecht")


def counts(table: str) -> dict[str, int]:
    """What the table of results says."""
    rows = [row.strip("│ ").split("│") for row in table.splitlines() if row.startswith("│")]
    return {row[0].strip(): int(row[1]) for row in rows if len(row) == 2 and row[1].strip().isdigit()}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, contextlib, io\nfrom app.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main(['--help'])\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & {name.partition(".")[0] for name in done.stdout.split()}


def test_help_is_german_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert told.startswith("Aufruf: stadtwissen")
    for command in (
        "add",
        "search",
        "serve",
        "work",
        "status",
        "retry",
        "reindex",
        "repair",
        "rollback",
        "departments",
        "migrate",
        "eval",
    ):
        assert f"    {command}" in told
    assert not {"usage", "options", "show this help", "positional"} & set(told.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Es fehlt: BEFEHL"),
        (["tanzen"], "kennt 'tanzen' nicht"),
        (["add", "x"], "Es fehlt: --department, --collection"),
        (["search", "x", "--limit", "viele"], "'viele' passt nicht zu --limit"),
        (["search", "x", "--limit"], "Nach --limit fehlt der Wert"),
        (["status", "--bunt"], "Unbekannt: --bunt"),
    ],
)
def test_wrong_arguments_are_explained_in_german(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_every_command_has_its_function() -> None:
    commands = next(action for action in build_parser()._actions if action.choices)
    assert commands.choices is not None
    for name in commands.choices:
        known = {
            "add": ["x", "--department", "x", "--collection", "x"],
            "search": ["x"],
            "eval": ["x"],
            "train": ["--from-collection", "x", "--questions", "x"],
        }
        module, function = build_parser().parse_args([str(name), *known.get(str(name), [])]).run.split(":")
        assert callable(getattr(import_module(f"app.{module}"), function))


def test_added_files_are_new_then_unchanged_then_changed_then_removed(run: Run, papers: Path) -> None:
    assert counts(add(run, papers)[1]) == {"neu": 2, "fehlgeschlagen": 0}
    assert counts(add(run, papers)[1]) == {"unverändert": 2, "fehlgeschlagen": 0}
    (papers / "urlaub.txt").write_text("# Urlaub\nResturlaub verfällt nie.")
    (papers / "reisen" / "reisekosten.txt").unlink()
    assert counts(add(run, papers)[1]) == {"geändert": 1, "entfernt": 1, "fehlgeschlagen": 0}
    status, told, _ = run("search", "Resturlaub", "verfällt")
    assert status == 0
    assert "verfällt nie" in told
    assert "Kilometer" not in told


def test_a_file_that_cannot_be_read_is_told_with_its_reason_and_ends_with_1(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    (papers / "kaputt.txt").write_text("KAPUTT")
    (papers / "zu-gross.txt").write_bytes(b"x" * (101 << 20))
    report = tmp_path / "bericht.json"
    status, told, _ = run("add", papers, "--department", "Hauptamt", "--collection", "Dienstrecht", "--report", report)
    assert status == 1
    assert counts(told) == {"neu": 2, "fehlgeschlagen": 2}
    assert "Die Datei ist beschädigt. Bitte neu speichern." in " ".join(told.split())
    written = json.loads(report.read_text("utf-8"))
    assert {item["source"]: item["code"] for item in written["failures"]} == {
        "kaputt.txt": "beschaedigt",
        "zu-gross.txt": "zu-gross",
    }
    files = {file["source"]: file for file in written["files"]}
    assert {source: file["state"] for source, file in files.items()} == {
        "kaputt.txt": "failed",
        "reisen/reisekosten.txt": "ready",
        "urlaub.txt": "ready",
        "zu-gross.txt": "refused",
    }
    assert (files["urlaub.txt"]["outcome"], files["urlaub.txt"]["title"]) == ("new", "urlaub")
    assert files["urlaub.txt"]["passages"] == 2
    assert files["kaputt.txt"]["hint"] == "Bitte neu speichern."
    assert "1 fehlgeschlagen" in run("status")[1]
    assert "kaputt.txt: Die Datei ist beschädigt." in run("status")[1]


@pytest.mark.parametrize(
    "name", [b"gr\xf6\xdfe.txt", "größe 😀.txt".encode(), b"zeile\numbruch.txt", b"[bold]x[red].txt"]
)
def test_whatever_a_file_is_called_the_others_go_on(run: Run, papers: Path, name: bytes) -> None:
    import os

    with open(os.path.join(os.fsencode(papers), name), "wb") as file:  # noqa: PTH118, PTH123 — not every name is text
        file.write(b"Text der Datei")
    status, told, _ = add(run, papers)
    assert (status, counts(told)) == (0, {"neu": 3, "fehlgeschlagen": 0})
    assert "Text der Datei" in run("search", "Text der Datei")[1]


def test_a_path_that_does_not_exist_or_is_empty_says_so(run: Run, tmp_path: Path) -> None:
    status, _, told = add(run, tmp_path / "nichts")
    assert status == 2
    assert told.startswith("Fehler: „")
    (tmp_path / "leer").mkdir()
    assert "keine Dateien" in add(run, tmp_path / "leer")[2]


def test_search_prints_the_best_passage_with_its_place_or_the_contract_as_json(run: Run, papers: Path) -> None:
    add(run, papers)
    _, told, _ = run("search", "Wann", "verfällt", "Resturlaub?")
    assert told.startswith("1. urlaub › § 9 Übertragung\n   Resturlaub verfällt am 31. März")
    assert "Hauptamt: urlaub.txt" in told
    answer = json.loads(run("search", "Resturlaub", "--json", "--limit", "1")[1])
    assert answer["query"] == "Resturlaub"
    assert answer["passages"][0]["document"]["source"] == "urlaub.txt"


def test_search_before_anything_is_read_or_with_a_bad_question_says_what_to_do(run: Run, papers: Path) -> None:
    status, _, told = run("search", "Urlaub")
    assert (status, "stadtwissen add" in told) == (2, True)
    add(run, papers)
    assert run("search", "x")[0] == 2
    assert run("search", "Urlaub", "--limit", "0")[0] == 2
    assert "gibt es nicht" in run("search", "Urlaub", "--department", "bauamt")[2]
    assert run("search", "Urlaub\udcff")[0] == 0


def test_departments_and_status_tell_what_there_is(run: Run, papers: Path) -> None:
    assert "Noch keine" in run("departments")[1]
    assert "noch keiner" in run("status")[1]
    add(run, papers)
    assert run("departments")[1] == "hauptamt: Hauptamt\n  dienstrecht: Dienstrecht\n"
    assert "2 eingelesen" in run("status")[1]


def test_reindex_brings_a_lost_index_back(run: Run, papers: Path, data_dir: Path) -> None:
    import shutil

    assert "noch nichts eingelesen" in run("reindex")[1]
    add(run, papers)
    shutil.rmtree(data_dir / "indexes")
    status, _, told = run("search", "Resturlaub")
    assert (status, "reindex" in told) == (2, True)
    assert run("reindex")[0] == 0
    assert "31. März" in run("search", "Resturlaub")[1]


def test_repair_puts_a_damaged_index_right_and_status_remembers_it(run: Run, papers: Path, data_dir: Path) -> None:
    add(run, papers)
    assert "Letzte Reparatur: keine" in run("status")[1]
    victim = next((data_dir / "indexes").rglob("*.faiss"))
    victim.write_bytes(victim.read_bytes()[:-1])
    status, told, _ = run("repair")
    assert (status, "wieder vollständig" in told) == (0, True)
    assert "Resturlaub" in run("search", "Resturlaub")[1]
    assert "Letzte Reparatur: keine" not in run("status")[1]
    assert "am Index fehlte nichts" in run("repair")[1]


def test_work_once_reads_what_was_handed_in(run: Run, data_dir: Path) -> None:
    opened = open_archive(town_settings(data_dir), TOOLS)
    hand_in(opened, "markt.txt", b"Der Wochenmarkt beginnt um sieben.")
    hand_in(opened, "kaputt.txt", b"KAPUTT")
    opened.close()
    status, told, _ = run("work", "--once")
    assert status == 1
    assert "markt.txt: eingelesen" in told
    assert "kaputt.txt: fehlgeschlagen: Die Datei ist beschädigt." in told
    assert "sieben" in run("search", "Wochenmarkt")[1]


def hand_in(opened: Archive, name: str, content: bytes) -> None:
    import io

    from catalogue.places import ensure_collection
    from ingest.intake import accept_upload

    with opened.sessions.begin() as session:
        place = ensure_collection(session, opened.tenant_id, "Ordnungsamt", "Märkte").id
    accept_upload(opened.sessions, opened.originals, place, name, io.BytesIO(content))


def test_a_database_of_its_own_is_not_changed_without_being_told(
    run: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STADTWISSEN_DATABASE_URL", postgres_url)
    status, _, told = run("status")
    assert (status, "stadtwissen migrate" in told) == (2, True)
    assert run("migrate")[0] == 0
    assert "PostgreSQL" in run("status")[1]


@pytest.fixture
def postgres_url(postgres: object) -> Iterator[str]:
    """An empty database without any table."""
    from tests.postgres import Cluster

    assert isinstance(postgres, Cluster)
    name = f"leer_{next(postgres.numbers)}"
    postgres.execute(f"CREATE DATABASE {name}")
    yield postgres.url_of(name)
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://niemand@127.0.0.1:1/nichts", "antwortet nicht"),
        ("unsinn", "keine gültige Adresse"),
    ],
)
def test_a_database_that_is_not_there_names_the_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("STADTWISSEN_DATABASE_URL", url)
    status, _, error = run("status")
    assert status == 2
    assert told in error
    assert "STADTWISSEN_DATABASE_URL" in error
