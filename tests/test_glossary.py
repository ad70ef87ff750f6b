from __future__ import annotations

from pathlib import Path

import pytest

from app import cli_glossary
from app.adding import take_in
from app.cli import main
from app.wiring import open_archive
from catalogue.access import Reader
from catalogue.connection import Sessions
from catalogue.errors import BadInput
from catalogue.places import ensure_collection
from catalogue.tables import Document
from catalogue.tables.row import now
from catalogue.view import View
from indexes.glossary import LONGEST_FORM, Meaning, begun, keep, keep_read, look_up, meanings
from indexes.glossary_file import as_lines, read_glossary
from ingest.abbreviations import abbreviations
from tests.town import TOOLS, running, settle, town_settings, write_papers

GLOSSARY = "/api/v1/glossary"
TOKEN = "ein-langes-kennwort-0815"


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one.short, one.long) for one in abbreviations([text])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das Bürgerbüro (BüBü) ist offen.", [("BüBü", "Bürgerbüro")]),
        ("Es gilt die DA (Dienstanweisung).", [("DA", "Dienstanweisung")]),
        ("über das besondere Behördenpostfach (beBPo)", [("beBPo", "besondere Behördenpostfach")]),
        ("die Datenschutz-Grundverordnung (DSGVO)", [("DSGVO", "Datenschutz-Grundverordnung")]),
        ("Gesellschaft mit beschränkter Haftung (GmbH)", [("GmbH", "Gesellschaft mit beschränkter Haftung")]),
        ("der Halter (Eigentümer) zahlt (siehe § 4)", []),
        ("Wer einen Hund hält, zahlt. Das gilt (XY)", []),
        ("Hunde (HUNDE)", []),
    ],
)
def test_abbreviations_are_read_where_a_document_explains_them(text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.fixture
def kept(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        keep(
            session,
            1,
            [Meaning("Perso", "Personalausweis"), Meaning("DA", "Dienstanweisung"), Meaning("BüBü", "Bürgerbüro")],
        )
    return sessions


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("bü", ["Bürgerbüro"]),
        ("PERS", ["Personalausweis"]),
        ("dienst", ["Dienstanweisung"]),
        ("büro", []),
        ("%", []),
        ("_", []),
    ],
)
def test_what_is_begun_is_completed_to_the_long_form(kept: Sessions, typed: str, expected: list[str]) -> None:
    with kept() as session:
        assert begun(session, Reader(1), typed, 5) == expected
        assert begun(session, Reader(2), typed, 5) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Wo bekomme ich den perso?", ["Personalausweis"]),
        ("Personalausweis verloren", ["Perso"]),
        ("Bueбü", []),
        ("BUEBUE Öffnungszeiten", ["Bürgerbüro"]),
        ("Was ist da los?", []),
        ("DA Reisekosten", ["Dienstanweisung"]),
        ("", []),
        ("%_' OR 1=1", []),
    ],
)
def test_the_glossary_knows_both_directions_and_any_spelling(kept: Sessions, typed: str, expected: list[str]) -> None:
    with kept() as session:
        assert look_up(session, View(Reader(1)), typed) == expected


def test_meanings_of_several_words_are_found_inside_a_sentence(sessions: Sessions) -> None:
    with sessions.begin() as session:
        keep(session, 1, [Meaning("OGS", "Offene Ganztagsschule"), Meaning("§-Zeichen", "Paragraf")])
        assert look_up(session, View(Reader(1)), "Was kostet die offene Ganztagsschule?") == ["OGS"]


def test_another_town_has_its_own_glossary(kept: Sessions) -> None:
    with kept() as session:
        assert look_up(session, View(Reader(2)), "Perso") == []
        assert meanings(session, Reader(2)) == []


@pytest.mark.parametrize(
    "entry", [("", "Amt"), ("A", " "), ("Amt", "amt"), ("X", "L" * (LONGEST_FORM + 1)), ("ß" * 90, "b")]
)
def test_an_entry_that_says_nothing_is_refused(sessions: Sessions, entry: tuple[str, str]) -> None:
    with sessions.begin() as session, pytest.raises(BadInput):
        keep(session, 1, [Meaning(*entry)])


def test_what_was_read_in_a_document_is_for_those_who_may_see_it(sessions: Sessions) -> None:
    with sessions.begin() as session:
        place = ensure_collection(session, 1, "Amt", "Akten")
        document = Document(
            tenant_id=1, collection_id=place.id, root="/", source="a", title="a", media_type="text/plain"
        )
        document.size_bytes, document.file_mtime_ns, document.modified_at = 1, 0, now()
        session.add(document)
        session.flush()
        keep_read(session, 1, {document.id: [Meaning("GA", "Geheimarchiv")]}, [document.id])
        keep(session, 1, [Meaning("BM", "Bürgermeister")])
        insider, stranger = Reader(1, frozenset({place.department_id})), Reader(1, frozenset())
        assert look_up(session, View(insider), "GA") == ["Geheimarchiv"]
        assert look_up(session, View(stranger), "GA") == []
        assert [one.short for one in meanings(session, stranger)] == ["BM"]
        document.deleted_at = now()
        session.flush()
        assert look_up(session, View(insider), "GA") == []


def test_reading_a_document_seeds_the_glossary_and_search_uses_it(tmp_path: Path) -> None:
    settings = town_settings(tmp_path / "var", admin_token=TOKEN)
    papers = {
        "a.txt": "# Lexikon\nDie Wohnungsgeberbestätigung (WGB) stellt der Vermieter aus.\n",
        "b.txt": "# Meldung\nOhne Wohnungsgeberbestätigung keine Meldung.\n",
        "c.txt": "# Sonstiges\nDer Bauhof streut im Winter.\n",
    }
    opened = open_archive(settings, TOOLS)
    list(take_in(opened, "Amt", "Akten", [write_papers(tmp_path / "akten", papers)]))
    settle(opened)
    opened.close()
    with running(settings) as client:
        entries = client.get(GLOSSARY).json()["entries"]
        assert [(one["short"], one["long"], bool(one["document_id"])) for one in entries] == [
            ("WGB", "Wohnungsgeberbestätigung", True)
        ]
        found = client.get("/api/v1/search", params={"q": "WGB"}).json()["passages"]
        assert {one["document"]["source"] for one in found if one["highlights"]} == {"a.txt", "b.txt"}
        assert client.put(GLOSSARY, json={"entries": []}).status_code == 401, "only administrators replace it"
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        put = client.put(GLOSSARY, json={"entries": [["Streudienst", "Winterdienst"], ["Lapp", "Bauhof"]]})
        assert [one["short"] for one in put.json()["entries"]] == ["Lapp", "Streudienst", "WGB"]
        assert client.get("/api/v1/search", params={"q": "Lapp"}).json()["passages"][0]["document"]["source"] == "c.txt"
        refused = client.put(GLOSSARY, json={"entries": [["Lapp", "Lapp"]]})
        assert (refused.status_code, refused.json()["code"]) == (422, "eingabe")
        assert len(client.get(GLOSSARY).json()["entries"]) == 3


def test_a_glossary_file_is_read_and_written(tmp_path: Path) -> None:
    file = tmp_path / "glossar.txt"
    file.write_text("# Kurzformen\nBüBü = Bürgerbüro; Bürgerservice\n\nDA = Dienstanweisung  # überall\n", "utf-8")
    entered = read_glossary(file)
    assert [(one.short, one.long) for one in entered] == [
        ("BüBü", "Bürgerbüro"), ("BüBü", "Bürgerservice"), ("DA", "Dienstanweisung")]  # fmt: skip
    assert as_lines(entered) == "BüBü = Bürgerbüro; Bürgerservice\nDA = Dienstanweisung\n"
    file.write_text("nur ein Wort\n", "utf-8")
    with pytest.raises(BadInput, match="Zeile 1"):
        read_glossary(file)


def test_the_command_takes_a_file_over_and_gives_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STADTWISSEN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(cli_glossary, "open_archive", lambda settings: open_archive(settings, TOOLS))
    file, copy = tmp_path / "glossar.txt", tmp_path / "kopie.txt"
    file.write_text("Perso = Personalausweis\n", "utf-8")
    assert main(["glossary"]) == 0
    assert "Noch keine Einträge" in capsys.readouterr().out
    assert main(["glossary", "--import", str(file), "--export", str(copy), "--reread"]) == 0
    assert copy.read_text("utf-8") == file.read_text("utf-8")
    assert main(["glossary"]) == 0
    assert "Perso = Personalausweis" in capsys.readouterr().out
    assert main(["glossary", "--import", str(tmp_path / "fehlt")]) != 0
