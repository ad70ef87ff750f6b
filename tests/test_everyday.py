"""What people type: other names, slips of the pen, minus words, places in statutes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.adding import take_in
from app.wiring import open_archive
from catalogue.access import Reader
from catalogue.view import View
from indexes.german import also, ask
from indexes.live import LiveIndex
from indexes.minus import split_unwanted
from indexes.search import SearchRequest
from indexes.statute import Reference, is_cited, is_headed, reference_in
from tests.town import TOOLS, running, settle, town_settings, write_papers


def filler(start: int) -> str:
    """Enough to make a passage of its own, and another text than its neighbours'."""
    return " ".join(f"Näheres regelt Anlage {number}." for number in range(start, start + 50))


SECRET, OPEN = "Geheimes Amt", "Offenes Amt"
PAPERS = {
    OPEN: {
        "hundesteuersatzung.txt": f"# § 3 Steuersatz\nDie Steuer beträgt 84 Euro. {filler(100)}\n"
        f"# § 4 Befreiung\nBlindenhunde sind frei. {filler(200)}\n"
        f"# § 4a Übergang\nAlte Marken gelten weiter. {filler(300)}\n",
        "friedhofssatzung.txt": f"# § 4 Verhalten\nHunde sind anzuleinen. {filler(400)}\n",
        "handbuch.txt": "# Handbuch\nDas Bürgerbüro (BüBü) stellt den Personalausweis aus.\n",
        "reisepass.txt": "# Pässe\nDer Reisepass kostet 70 Euro, im Expressverfahren mehr.\n",
        "kinderpass.txt": "# Pässe\nDer Reisepass für Säuglinge gilt sechs Jahre.\n",
    },
    SECRET: {"geheim.txt": "# Geheim\nDas Geheimarchiv (GA) lagert Verschlusssachen beim Zwiebelturm.\n"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("alltag")
    opened = open_archive(town_settings(home / "var"), TOOLS)
    for department, papers in PAPERS.items():
        list(take_in(opened, department, department, [write_papers(home / department, papers)]))
    settle(opened)
    opened.close()
    return home


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with running(town_settings(home / "var")) as client:
        yield client


def search(client: TestClient, q: str) -> dict[str, Any]:
    answer = client.get("/api/v1/search", params={"q": q})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def sources(client: TestClient, q: str) -> list[str]:
    return [passage["document"]["source"] for passage in search(client, q)["passages"]]


@pytest.mark.parametrize(
    ("typed", "rest", "unwanted"),
    [
        ("Reisepass -Express", "Reisepass ", ("Express",)),
        ('Kopie -"erste Seite" A4', "Kopie  A4", ("erste Seite",)),
        ("Az. 10.2-4711", "Az. 10.2-4711", ()),
        ("Vergabe -2024", "Vergabe ", ("2024",)),
        ("Ein- und -ausfahrt", "Ein- und -ausfahrt", ()),
        ("bei -5 Grad", "bei -5 Grad", ()),
        ("Hund - Katze", "Hund - Katze", ()),
        ("-Hund", "-Hund", ()),
    ],
)
def test_a_minus_before_a_word_or_phrase_takes_it_out(typed: str, rest: str, unwanted: tuple[str, ...]) -> None:
    assert split_unwanted(typed) == (rest, unwanted)


def test_passages_with_an_excluded_word_are_not_found_by_word_or_by_meaning(client: TestClient) -> None:
    assert "reisepass.txt" in sources(client, "Reisepass")
    found = sources(client, "Reisepass -Express")
    assert found[0] == "kinderpass.txt"
    assert "reisepass.txt" not in found


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("§ 4 Abs. 2 Hundesteuersatzung", Reference("§", "4", 2, "Hundesteuersatzung")),
        ("§4a der Hundesteuersatzung", Reference("§", "4a", None, "der Hundesteuersatzung")),
        ("Paragraf 4 Absatz 2 Satz 1 HStS", Reference("§", "4", 2, "HStS")),
        ("Hundesteuersatzung § 4 (3)", Reference("§", "4", 3, "Hundesteuersatzung")),
        ("Artikel 3", Reference("Art.", "3", None, "")),
        ("Nr. 4.2 der DA Dienstwagen", Reference("Nr.", "4.2", None, "der DA Dienstwagen")),
        ("Dienstanweisung Ziffer 4", Reference("Nr.", "4", None, "Dienstanweisung")),
        ("§ 4 Nr. 2 Hundesteuersatzung", Reference("§", "4", None, "Hundesteuersatzung")),
        ("Nr. 4.2", None),
        ("Aktenzeichen Nr. 10.2-4711 Urlaub", None),
        ("Wie viele Hunde?", None),
    ],
)
def test_references_are_read_in_every_usual_spelling(typed: str, expected: Reference | None) -> None:
    assert reference_in(typed) == expected


@pytest.mark.parametrize(
    ("headings", "text", "number", "held"),
    [
        (["4 Fahrten", "4.2 Abrechnung"], "", "4.2", True),
        (["4 Fahrten", "4.2 Abrechnung"], "", "4", True),
        (["Nr. 4.2: Abrechnung"], "", "4.2", True),
        (["4.2. Abrechnung"], "", "4.2", True),
        (["4.21 Abrechnung"], "", "4.2", False),
        (["4.2.1 Belege"], "", "4.2", False),
        (["4 Fahrten"], "4.1 Antrag\nVorher.\n4.2 Abrechnung\nNachher.", "4.2", True),
        (["3 Wagen"], "3. Schlüssel holen\n4. Tanken", "4", False),
        ([], "", "4.2", False),
    ],
)
def test_a_heading_is_known_by_its_number(headings: list[str], text: str, number: str, held: bool) -> None:
    assert is_headed(headings, text, Reference("Nr.", number, None, "")) is held


@pytest.mark.parametrize(
    ("citation", "number", "subsection", "held"),
    [
        ("§ 4 Abs. 2–3", "4", 3, True),
        ("§ 4 Abs. 2–3", "4", 4, False),
        ("§ 4", "4", 9, True),
        ("§ 3, § 4 Abs. 1", "4", 1, True),
        ("§ 40", "4", None, False),
        ("§ 4a", "4", None, False),
    ],
)
def test_a_citation_holds_the_subsections_it_spans(citation: str, number: str, subsection: int, held: bool) -> None:
    assert is_cited(citation, Reference("§", number, subsection, "")) is held


def test_a_reference_jumps_to_its_paragraph_in_the_statute_it_names(client: TestClient) -> None:
    for typed, heading in (("§ 4 Hundesteuersatzung", "§ 4 Befreiung"), ("§ 4a Hundesteuersatzung", "§ 4a Übergang")):
        first = search(client, typed)["passages"][0]
        assert first["headings"][-1] == heading
        assert first["document"]["source"] == "hundesteuersatzung.txt"
    assert sources(client, "§ 4 Friedhofssatzung")[0] == "friedhofssatzung.txt"


def test_a_reference_to_a_statute_that_is_not_there_only_searches(client: TestClient) -> None:
    assert search(client, "§ 4 Vergnügungssteuersatzung")["passages"]


def test_a_slip_of_the_pen_finds_what_was_meant_and_says_so(client: TestClient) -> None:
    answer = search(client, "Persoanlausweis beantragen")
    assert answer["did_you_mean"] == "Personalausweis beantragen"
    assert answer["passages"][0]["document"]["source"] == "handbuch.txt"
    assert search(client, "Personalausweis")["did_you_mean"] is None


def test_english_words_are_not_taken_for_german_ones_mistyped(client: TestClient) -> None:
    assert search(client, "how much is the passport steueer")["did_you_mean"] is None


def test_a_german_word_is_meant_even_where_no_document_holds_it(client: TestClient) -> None:
    assert search(client, "Wie teuer ist das?")["did_you_mean"] is None
    assert search(client, "Wie hoch ist die Stueer?")["did_you_mean"] == "Wie hoch ist die Steuer?"


def test_what_a_reader_may_not_see_is_never_suggested(home: Path) -> None:
    opened = open_archive(town_settings(home / "var"), TOOLS)
    index = LiveIndex(opened.sessions, opened.settings.indexes_dir, opened.tenant_id, lambda: TOOLS.embedder("", 1))
    index.refresh()
    with opened.sessions() as session:
        everybody = index.searcher.search(session, SearchRequest("Zwiebelturn"), View(opened.reader))
        nobody = index.searcher.search(
            session, SearchRequest("Zwiebelturn"), View(Reader(opened.tenant_id, frozenset({0})))
        )
    opened.close()
    assert everybody.did_you_mean == "Zwiebelturm"
    assert nobody.did_you_mean == ""


def test_other_words_count_less_than_those_that_were_typed() -> None:
    question = also(ask("Perso"), "Personalausweis Perso", 0.5)
    assert question.terms["perso"] == 1.0
    assert question.terms["personalausweis"] == 0.5
    assert "Personalausweis" in question.text
