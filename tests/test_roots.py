import pytest

from indexes.german import roots_of, words


def roots(text: str) -> set[str]:
    return {form for word in words(text) for form in roots_of(word)}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Vermieter", "Mieten"), ("Förderung", "gefördert"), ("Anmeldung", "ummelden"), ("Beantragung", "Antrag")],
)
def test_related_words_share_a_root(one: str, other: str) -> None:
    assert roots(one) & roots(other)


@pytest.mark.parametrize("text", ["§ 4a", "10.2-4711", "2025", "der die das", ""])
def test_numbers_references_and_stop_words_have_no_root_of_their_own(text: str) -> None:
    assert not roots(text)


def test_a_root_keeps_three_letters() -> None:
    assert all(len(root) >= 3 for root in roots("Verantwortungsbewusstsein Unterhalt Gebete Erlass Umzug Anzug"))
