import subprocess
import sys

import pytest

from indexes.sentences import split_sentences
from ingest.parse.sentences import German


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Die Gebühr beträgt 5 Euro. Sie ist sofort fällig.", ["Die Gebühr beträgt 5 Euro.", "Sie ist sofort fällig."]),
        ("Nach § 4 Abs. 2 Satz 1 gilt dies.", ["Nach § 4 Abs. 2 Satz 1 gilt dies."]),
        ("Die Satzung tritt am 3. Mai in Kraft.", ["Die Satzung tritt am 3. Mai in Kraft."]),
        ("Wer zahlt? Die Stadt! Übrigens „sofort“.", ["Wer zahlt?", "Die Stadt!", "Übrigens „sofort“."]),
        ("Er sagte: „Nein.“ Dann ging er.", ["Er sagte: „Nein.“", "Dann ging er."]),
        ("Zuständig ist z. B. Dr. Meier.", ["Zuständig ist z. B. Dr. Meier."]),
        ("ohne Punkt", ["ohne Punkt"]),
        ("  \n ", []),
    ],
)
def test_sentences_end_where_a_german_reader_ends_them(text, sentences):
    assert split_sentences(text) == sentences


def test_words_and_punctuation_are_counted_apart():
    doc = German()("Der Rats-Saal ist offen.")
    assert [word.text for word in doc] == ["Der", "Rats-Saal", "ist", "offen", "."]
    assert [sentence.text for sentence in doc.sents] == ["Der Rats-Saal ist offen."]


def test_the_tokenizer_of_unstructured_is_imported_without_spacy():
    program = (
        "import sys; from ingest.parse.sentences import import_without_spacy; tokenize = import_without_spacy();"
        "assert callable(tokenize._load_spacy_model); assert 'spacy' not in sys.modules and 'thinc' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
