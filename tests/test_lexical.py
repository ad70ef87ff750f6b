from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from catalogue.errors import IndexUnavailable
from indexes.german import ask
from indexes.lexical import LexicalIndex, build_lexical, extend_lexical, open_lexical
from indexes.query import EVERYTHING, Entry, Scope


def entry(number: int, text: str, **changes: object) -> Entry:
    values: dict[str, object] = {
        "chunk_id": number,
        "revision_id": number,
        "document_id": number,
        "collection_id": number % 2,
        "department_id": number % 3,
        "title": "",
        "headings": (),
        "text": text,
        "media_type": "text/plain" if number % 2 else "application/pdf",
        "modified_s": 1_000 * number,
        "text_sha256": str(number),
    }
    return Entry(**cast("dict[str, Any]", values | changes))


TEXTS = [
    "Die Hundesteuer wird mit Bescheid festgesetzt.",
    "Über die Grünanlagen wacht der Bauhof.",
    "Der Schiedsrichter zeigt die rote Karte.",
    "Eine Karte, rote Schrift, grüner Rand.",
    "Aktenzeichen 10.2-4711: Grundstücksverkehr.",
    "Nach § 4a der Satzung ist der Antrag schriftlich zu stellen.",
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("lexical")
    build_lexical(folder, [entry(number, text) for number, text in enumerate(TEXTS)])
    return open_lexical(folder)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("Steuerbescheid für den Hund", 0),
        ("gruenanlage", 1),
        ("10.2-4711", 4),
        ("§ 4a", 5),
        ("Grundstück", 4),
        ("beantragen", 5),
    ],
)
def test_the_passage_that_says_it_in_other_forms_comes_first(index: LexicalIndex, query: str, best: int) -> None:
    assert next(iter(index.search(ask(query), 10, EVERYTHING))) == best


def test_a_phrase_in_quotes_admits_only_passages_that_contain_it(index: LexicalIndex) -> None:
    assert list(index.search(ask('"rote Karte"'), 10, EVERYTHING)) == [2]
    assert set(index.search(ask("rote Karte"), 10, EVERYTHING)) == {2, 3}


def test_a_phrase_that_stands_nowhere_falls_back_to_its_words(index: LexicalIndex) -> None:
    assert set(index.search(ask('"Karte rote Bauhof"'), 10, EVERYTHING)) == {1, 2, 3}


@pytest.mark.parametrize(
    "scope",
    [
        Scope(collections=frozenset({0})),
        Scope(departments=frozenset({2})),
        Scope(media_types=frozenset({"application/pdf"})),
        Scope(since=datetime.fromtimestamp(2, UTC)),
        Scope(collections=frozenset({0}), departments=frozenset({2}), since=datetime.fromtimestamp(1, UTC)),
    ],
)
def test_a_scope_admits_the_same_passages_as_a_look_at_each(index: LexicalIndex, scope: Scope) -> None:
    def admitted(number: int) -> bool:
        one = entry(number, "")
        return (
            (scope.collections is None or one.collection_id in scope.collections)
            and (scope.departments is None or one.department_id in scope.departments)
            and (scope.media_types is None or one.media_type in scope.media_types)
            and (scope.since is None or one.modified_s >= scope.since.timestamp())
        )

    assert set(index.search(ask("rote Karte"), 10, scope)) == {number for number in (2, 3) if admitted(number)}


def test_an_empty_scope_admits_nothing(index: LexicalIndex) -> None:
    assert index.search(ask("Karte"), 10, Scope(departments=frozenset())) == {}


@pytest.mark.parametrize(
    "query", ["", "\x00", "AND OR NOT ((", 'title:"', "*", "^3 ~2 [a TO b]", "😀", "wort " * 2_000, "a\x1fb \ud7ff"]
)
def test_no_query_raises(index: LexicalIndex, query: str) -> None:
    assert len(index.search(ask(query), 10, EVERYTHING)) <= 10
    assert len(index.documents(ask(query), 10, EVERYTHING)) <= 10


def test_of_some_passages_those_are_told_that_hold_the_exact_spelling(index: LexicalIndex) -> None:
    assert list(index.exact(ask("rote Karte"), [2, 4])) == [2]


def test_a_rarer_word_tells_more(index: LexicalIndex) -> None:
    rarity = index.rarity(ask("rote Murmeltiere"))
    assert rarity["murmeltiere"] > rarity["rote"] > 0


def test_a_long_question_is_asked_with_all_its_rare_words_and_without_its_common_ones(tmp_path: Path) -> None:
    common = ["Amt", "Rat", "Plan", "Haus", "Stadt", "Antrag", "Frage", "Sitzung", "Bericht", "Vorlage"]
    rare = ["Hund", "Katze", "Maus", "Pferd", "Ziege", "Fisch", "Vogel", "Esel", "Kuh", "Gans", "Huhn", "Schaf"]
    texts = [*rare, *[" ".join(common)] * 30]
    build_lexical(tmp_path, [entry(number, text) for number, text in enumerate(texts)])
    found = open_lexical(tmp_path).search(ask(" ".join([*common, *rare])), 50, EVERYTHING)
    assert {texts[number] for number in found} == {*rare}


def test_terms_stand_in_passages_of_their_own_department_alone(index: LexicalIndex) -> None:
    assert index.holds_any(["hund", "rot"], Scope(departments=frozenset({2})))
    assert not index.holds_any(["bauhof"], Scope(departments=frozenset({2})))
    assert not index.holds_any([], EVERYTHING)


def test_the_exact_spelling_is_told_from_its_folded_form(tmp_path: Path) -> None:
    build_lexical(tmp_path, [entry(1, "schon gelesen"), entry(2, "schön gelesen")])
    index = open_lexical(tmp_path)
    assert set(index.search(ask("schön"), 10, EVERYTHING)) == {1, 2}
    assert list(index.exact(ask("schön"), [1, 2])) == [2]


def test_a_document_is_scored_by_all_its_passages(tmp_path: Path) -> None:
    entries = [
        entry(1, "Wir regeln den Urlaub.", document_id=7, revision_id=7),
        entry(2, "Der Sonderurlaub dauert einen Tag.", document_id=7, revision_id=7),
        entry(3, "Die Mittagspause dauert eine Stunde.", document_id=8, revision_id=8),
    ]
    build_lexical(tmp_path, entries)
    assert list(open_lexical(tmp_path).documents(ask("Sonderurlaub regeln"), 10, EVERYTHING)) == [7]


def test_an_extended_index_answers_like_one_built_whole(tmp_path: Path) -> None:
    entries = [entry(number, text) for number, text in enumerate(TEXTS)]
    build_lexical(tmp_path / "grown", [*entries[:3], entry(9, "rote Karte, veraltet")])
    extend_lexical(tmp_path / "grown", [9], entries[3:])
    build_lexical(tmp_path / "whole", entries)
    grown, whole = open_lexical(tmp_path / "grown"), open_lexical(tmp_path / "whole")
    question = ask("rote Karte")
    assert list(grown.search(question, 10, EVERYTHING)) == list(whole.search(question, 10, EVERYTHING))
    assert set(grown.documents(ask("rote Karte"), 10, EVERYTHING)) == {2, 3}


def test_a_folder_without_an_index_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="reindex"):
        open_lexical(tmp_path / "nowhere")
