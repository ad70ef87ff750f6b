import numpy as np
import pytest

from indexes.letters import alike, runs_of
from indexes.texts import spelt


def test_a_text_is_spelt_in_one_way() -> None:
    assert spelt("Straße, GEBÜHR; § 4a Łódź") == b" strasse  gebuehr  \xa7 4a  \xf3d  "
    assert spelt("") == b"  "


def test_runs_of_short_words_hold_the_blanks_around_them() -> None:
    assert runs_of("Gebühr") == [b"gebu", b"ebue", b"bueh", b"uehr"]
    assert runs_of("Rat") == [b" rat"]
    assert runs_of("§4") == [b" \xa74 "]
    assert runs_of("a") == runs_of("…") == []


def test_score_is_bm25_of_the_runs() -> None:
    texts = [spelt("Hund Hund"), spelt("Hundehalter"), spelt("Katze")]
    mean = float(np.mean([len(text) for text in texts]))
    found = alike({"Hund": 2.0}, texts, mean)
    by_hand = [
        2.0 * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(text) / mean))
        for count, text in zip((2, 1, 0), texts, strict=True)
    ]
    assert found == pytest.approx([score / (2.0 * 2.2) for score in by_hand])


def test_a_run_is_not_found_across_the_end_of_a_text() -> None:
    assert not alike({"Hund": 1.0}, [spelt("hu"), spelt("nd")], 4.0).any()


def test_runs_that_look_alike_to_the_table_are_counted_each_for_itself() -> None:
    words = [f"{number:04d}" for number in range(2_000)]  # far more than there could be without any sharing a place
    text = spelt(" ".join(words[::2]))
    held = [alike({word: 1.0}, [text], 1.0)[0] for word in words]
    assert alike(dict.fromkeys(words, 1.0), [text], 1.0) == pytest.approx([np.mean(held)])


def test_a_run_of_two_words_weighs_what_the_rarer_one_weighs() -> None:
    text = [spelt("Hund")]
    both = alike({"Hund": 1.0, "Hunde": 3.0}, text, 6.0)  # "hund" and "unde", each as heavy as the rarer word
    assert both == pytest.approx(3 / (3 + 3) * alike({"Hund": 1.0}, text, 6.0))


@pytest.mark.parametrize("words", [{}, {"a": 1.0}, {"…": 2.0}])
def test_words_without_runs_and_no_texts_give_nothing(words: dict[str, float]) -> None:
    assert alike(words, [spelt("Hund")], 6.0).tolist() == [0.0]
    assert alike({"Hund": 1.0}, [], 6.0).shape == (0,)
