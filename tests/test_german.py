import pytest

from indexes.german import ask, exact_forms, indexed_as, terms, tokens, words


def shares_a_term(first: str, second: str) -> bool:
    return not set(terms(first)).isdisjoint(terms(second))


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Gebuehr", "Gebühren"),
        ("Strasse", "Straße"),
        ("Steuer", "Hundesteuerbescheid"),
        ("Ausweis", "Bewohnerparkausweise"),
        ("gebuehrensatzung", "Die Satzung"),
        ("Mitarbeiter", "Mitarbeiter:innen"),
        ("Bürgerinnen", "Bürger*innen"),
        ("Verwaltung", "Ver\u00adwaltung"),
        ("Verwaltung", "VERWALTUNG"),
        ("Gebühr", "Gebu\u0308hr"),
        ("Sicherheit", "IT-Sicherheit"),
        ("10.2-4711", "unter dem Aktenzeichen 10.2-4711."),
        ("§4a", "nach § 4a Abs. 2"),
    ],
)
def test_a_question_finds_the_spelling_of_the_document(asked: str, written: str) -> None:
    assert shares_a_term(asked, written)


@pytest.mark.parametrize(("one", "other"), [("§ 4", "§ 5"), ("10.2-4711", "10.2-4712"), ("Hund", "Katze")])
def test_different_things_share_no_whole_term(one: str, other: str) -> None:
    assert terms(one)[0] not in terms(other)


def test_stop_words_are_no_terms_but_keep_their_exact_form() -> None:
    assert terms("die Satzung der Stadt") == [*terms("Satzung"), *terms("Stadt")]
    assert exact_forms("die Satzung der Stadt") == ["die", "satzung", "der", "stadt"]


def test_a_question_of_nothing_but_stop_words_still_asks_for_something() -> None:
    assert ask("was ist das").terms


def test_words_say_where_they_stand_in_the_text_as_given() -> None:
    text = "Ü\u0308ber 😀 Ver\u00adwaltung § 4a"
    found = {text[word.start : word.end] for word in words(text)}
    assert {"Ver\u00adwaltung", "§ 4a", "4a"} <= found


def test_phrases_in_any_quotes_are_kept_in_order() -> None:
    assert ask('Was ist die "freie Kapazität" und „rote Karte“?').phrases == (("freie", "kapazität"), ("rote", "karte"))


@pytest.mark.parametrize("nonsense", ["", " ", "\x00\x01", "((( AND :*^~", '"', '""""', "😀😀", "_" * 50, "§" * 100])
def test_nonsense_is_analysed_without_complaint(nonsense: str) -> None:
    question = ask(nonsense)
    assert question.text == nonsense
    assert all(term and " " not in term for term in question.terms)


def test_a_query_of_ten_thousand_words_is_cut() -> None:
    assert len(ask(" ".join(f"wort{number}" for number in range(10_000))).terms) <= 800


def test_no_term_contains_white_space_or_is_longer_than_an_index_takes() -> None:
    for term in terms("§ 4\u00a0a 1\u202f000 " + "x" * 5_000 + " a\u3000b \u00a7\u00a712"):
        assert term == "".join(term.split())
        assert len(term) <= 60


@pytest.mark.parametrize(
    "text",
    ["", " \n", "Die Hundesteuer-Satzung, § 4a Abs. 2 vom 1.1.2024: „10.2-4711“", "Bürger:innen und IT-Sicherheit"],
)
def test_tokens_remembered_one_by_one_give_what_the_whole_text_gives(text: str) -> None:
    forms = [indexed_as(token) for token in tokens(text)]
    assert " ".join(filter(None, (form[0] for form in forms))) == " ".join(terms(text))
    assert " ".join(filter(None, (form[2] for form in forms))) == " ".join(exact_forms(text))
