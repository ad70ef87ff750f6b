"""The recipe of the static model, on a made-up town of a few hundred passages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from catalogue.errors import BadInput
from indexes.static import StaticEmbedder
from quality.train.__main__ import main
from quality.train.card import card_fingerprint
from quality.train.corpus import read
from quality.train.kernels import average, descend
from quality.train.material import Prepared, prepare
from quality.train.names import surnames
from quality.train.pairs import Mix, Pairs
from quality.train.probe import interval, probe
from quality.train.static import contrast
from quality.train.tokenizer import learn, pieces
from quality.train.words import Ragged, Words, gather, split

MATTERS = {
    "Hundesteuer": ("Hund", "Steuer", "Anmeldung", "Halter", "Steuermarke"),
    "Abwasser": ("Kanal", "Gebühr", "Anschluss", "Grundstück", "Einleitung"),
    "Urlaub": ("Antrag", "Beschäftigte", "Tage", "Vertretung", "Resturlaub"),
    "Friedhof": ("Grab", "Ruhezeit", "Bestattung", "Grabstätte", "Nutzung"),
    "Feuerwehr": ("Einsatz", "Brand", "Gerätehaus", "Übung", "Kommandant"),
}


def made_up(rng: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """Sections about five matters, in sentences that share everything but the matter's own words."""
    records = []
    for number in range(count):
        title = list(MATTERS)[number % len(MATTERS)]
        words = [str(word) for word in rng.choice(MATTERS[title], 4)]
        sentences = [
            f"Für {word} gilt die Satzung der Stadt, wie der Gemeinderat am Montag beschlossen hat." for word in words
        ]
        asked = f"Wann ist {words[0]} bei {title} nötig? " if number % 3 == 0 else ""
        text = asked + " ".join(sentences)
        records.append(
            {"title": f"Satzung über {title}", "section": f"§ {number} {words[0]} und {words[1]}", "text": text}
        )
    return records


def write(file: Path, records: Sequence[dict[str, Any]]) -> None:
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    records = made_up(np.random.default_rng(5), 300)
    records[0]["text"] += " Stadtrat Zwiebelkopf fragt nach. Herr Zwiebelkopf dankt. <b>Frau Müller</b> antwortet."
    write(folder / "satzungen.jsonl.gz", records)
    answers = [
        {"title": record["title"], "question": f"Was gilt für {record['section']}?", "text": record["text"]}
        for record in records[:40]
    ]
    write(folder / "antworten.jsonl.gz", answers)
    write(
        folder / "synonyme.jsonl.gz",
        [{"synonyms": ["Hund", "Vierbeiner"]}, {"synonyms": ["Grab", "Ruhestätte", "Gruft"]}],
    )
    sentences = [
        {"de": "Der Hund schläft.", "en": "The dog sleeps."},
        {"de": "Der Hund bellt.", "en": "The dog barks."},
    ]
    write(folder / "saetze.jsonl.gz", [*sentences, {"de": "Das Grab ist alt.", "en": "The grave is old."}] * 4)
    return folder


@pytest.fixture(scope="module")
def prepared(data: Path) -> Prepared:
    return prepare(read(data))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of one document per matter, asked for by two of its words."""
    folder = tmp_path_factory.mktemp("judged") / "ratsanfragen"
    folder.mkdir()
    documents = [
        {"_id": name, "title": "", "text": f"Hier geht es um {' und '.join(words)}."} for name, words in MATTERS.items()
    ]
    queries = [{"_id": f"q-{name}", "text": f"{words[1]} {words[3]}?"} for name, words in MATTERS.items()]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(line) for line in documents), "utf-8")
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(line) for line in queries), "utf-8")
    qrels = ["query-id\tcorpus-id\tscore", *(f"q-{name}\t{name}\t1" for name in MATTERS)]
    (folder / "qrels.tsv").write_text("\n".join(qrels), "utf-8")
    return folder


def test_a_file_is_sorted_by_its_fields_and_tags_are_not_text(data: Path) -> None:
    corpus = read(data)
    assert corpus.sources == ["satzungen.jsonl.gz"]
    assert (len(corpus.sections), len(corpus.answers), len(corpus.synonyms), len(corpus.sentences)) == (300, 40, 2, 12)
    assert "<b>" not in corpus.sections[0].text


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"jsonl\.gz"):
        read(tmp_path)


def test_words_are_cut_like_the_tokenizer_cuts_them() -> None:
    assert split("Straßen\u00adreinigung (§ 12a): 1.250 €") == [
        "straßenreinigung",
        "(",
        "§",
        "12a",
        ")",
        ":",
        "1",
        ".",
        "250",
        "€",
    ]


def test_gathering_concatenates_the_wanted_sequences() -> None:
    rows = Words().number(["eins zwei", "", "drei vier fünf"])
    flat, lengths = gather(rows, np.asarray([2, 1, 0, 2], np.int32))
    assert flat.tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert lengths.tolist() == [3, 0, 2, 3]


def test_a_word_used_behind_forms_of_address_is_a_surname_unless_it_is_an_ordinary_word() -> None:
    texts = [
        "Stadtrat Zwiebelkopf fragt.",
        "Herr Dr. Zwiebelkopf dankt, Frau Fischer auch.",
        "Frau Fischer. Die Kasse.",
    ]
    assert surnames(texts, frozenset({"fischer"})) == {"zwiebelkopf"}
    assert surnames(texts) == {"zwiebelkopf", "fischer"}
    assert surnames(["Herr Bürgermeister spricht."] + ["Der Bürgermeister geht."] * 20) == frozenset()


def test_no_surname_of_the_texts_is_a_token(prepared: Prepared) -> None:
    assert "zwiebelkopf" in prepared.names
    tokenizer = learn(prepared.counts, 400, kept_out=prepared.names)
    assert not prepared.names & set(tokenizer.get_vocab())
    assert len(tokenizer.encode("Zwiebelkopf").ids) > 1


def test_umlauts_are_letters_and_case_does_not_matter(prepared: Prepared) -> None:
    tokenizer = learn(prepared.counts, 400, kept_out=prepared.names)
    assert tokenizer.encode("GRABSTÄTTE").ids == tokenizer.encode("grabstätte").ids
    assert tokenizer.encode("Straße").ids != tokenizer.encode("Strasse").ids


def test_translations_need_belief_in_both_directions(prepared: Prepared) -> None:
    number = {word: place for place, word in enumerate(prepared.words)}
    translation = prepared.material.translation
    assert prepared.words[translation[number["hund"]][0]] == "dog"
    assert prepared.words[translation[number["grab"]][0]] in {"grave", "is", "old"}
    assert translation[number["satzung"]].tolist() == [-1] * 4


def test_questions_inside_texts_are_found_with_what_follows(prepared: Prepared) -> None:
    material = prepared.material
    section, start, end = material.asked[0]
    asked = [prepared.words[word] for word in material.texts[int(section)][int(start) : int(end)]]
    assert (asked[0], asked[-1]) == ("wann", "?")


def test_the_same_seed_cuts_the_same_pairs(prepared: Prepared) -> None:
    def cut(seed: int) -> list[tuple[list[int], list[int], int]]:
        batch = Pairs(prepared.material, Mix(), seed).batch(64)
        return [(query.tolist(), passage.tolist(), group) for query, passage, group in batch]

    assert cut(3) == cut(3)
    assert cut(3) != cut(4)


def test_every_pair_has_words_on_both_sides(prepared: Prepared) -> None:
    pairs = Pairs(prepared.material, Mix(), 1).batch(512)
    assert len(pairs) == 512
    assert all(len(query) and len(passage) for query, passage, _ in pairs)


def test_a_span_is_not_left_in_its_own_passage(prepared: Prepared) -> None:
    spans = Mix((("sections", 1.0),), heading=0, title=0, keywords=0, replaced=0, opener=0, with_title=0)
    material = prepared.material
    for query, passage, _ in Pairs(material, spans, 2).batch(32):
        text = " ".join(map(str, query))
        assert len(query) < 3 or text not in " ".join(map(str, passage)) or _repeated(material.texts, text)


def test_a_batch_is_of_one_family(prepared: Prepared) -> None:
    english = {prepared.words.index(word) for word in ("dog", "sleeps", "barks", "grave")}
    foreign = Mix((("foreign", 1.0),), sentence=0.5, paragraph=0.5)
    assert all(english & set(passage.tolist()) for _, passage, _ in Pairs(prepared.material, foreign, 2).batch(32))
    own = Mix((("sections", 1.0),))
    assert not any(english & set(passage.tolist()) for _, passage, _ in Pairs(prepared.material, own, 2).batch(32))


def test_dictionary_entries_are_learnt_beside_sentences_and_turn_questions_english(data: Path) -> None:
    prepared = prepare(replace(read(data), entries=[("Gebühr", "fee"), ("Gebühr", "fee"), ("Ruhe", "silence")]))
    fee, silence = prepared.words.index("fee"), prepared.words.index("silence")
    single = Mix((("foreign", 1.0),), sentence=1.0, paragraph=0.0, entry=1.0)
    assert {int(passage[0]) for _, passage, _ in Pairs(prepared.material, single, 2).batch(32)} == {fee, silence}
    english = Mix((("foreign", 1.0),), sentence=0.0, paragraph=0.0, english_question=1.0)
    questions = [query for query, _, _ in Pairs(prepared.material, english, 2).batch(512)]
    assert any(fee in query for query in questions)


def _repeated(texts: Ragged, needle: str) -> bool:
    return any(" ".join(map(str, texts[index])).count(needle) > 1 for index in range(len(texts)))


def test_the_gradient_by_hand_is_the_gradient_of_autograd() -> None:
    generator = torch.Generator().manual_seed(0)
    queries, passages = (torch.randn(6, 8, generator=generator).requires_grad_() for _ in range(2))
    groups = torch.tensor([1, 1, -1, -1, 2, 3])
    loss, (for_queries, for_passages) = contrast(queries.detach(), passages.detach(), groups, (8, 4), 20.0)
    expected = torch.zeros(())
    same = (groups[:, None] == groups[None]) & (groups != -1)[:, None] & ~torch.eye(6, dtype=torch.bool)
    for width in (8, 4):
        ours, theirs = (torch.nn.functional.normalize(side[:, :width]) for side in (queries, passages))
        scores = (20.0 * ours @ theirs.T).masked_fill(same, -1e9)
        target = torch.arange(6)
        cross = torch.nn.functional.cross_entropy
        expected = expected + (cross(scores, target) + cross(scores.T, target)) / 2
    expected.backward()
    assert loss == pytest.approx(float(expected.detach()) / 2, abs=1e-4)
    assert queries.grad is not None
    assert passages.grad is not None
    assert torch.allclose(for_queries, queries.grad, atol=1e-4)
    assert torch.allclose(for_passages, passages.grad, atol=1e-4)


def test_averaging_and_descending_touch_only_the_tokens_of_the_batch() -> None:
    weights = np.arange(12, dtype=np.float32).reshape(4, 3)
    out = average(weights, np.asarray([0, 2, 2]), np.asarray([1, 3], np.int32))
    assert out.tolist() == [[6.0, 7.0, 8.0], [0.0, 0.0, 0.0]]
    mean, square, before = np.zeros_like(weights), np.zeros_like(weights), weights.copy()
    rows, starts, texts = np.asarray([1, 3]), np.asarray([0, 1, 2]), np.asarray([0, 0])
    gradients = np.asarray([[1.0, -1.0, 0.0]], np.float32)
    descend(weights, mean, square, rows, starts, texts, np.asarray([0.5, 0.5], np.float32), gradients, 0.1)
    assert np.array_equal(weights[[0, 2]], before[[0, 2]])
    assert np.array_equal(np.sign(weights[1] - before[1]), [-1, 1, 0])
    assert np.allclose(mean[3], [0.05, -0.05, 0.0])


def test_pieces_of_words_are_those_of_the_tokenizer(prepared: Prepared) -> None:
    tokenizer = learn(prepared.counts, 300, kept_out=prepared.names)
    cut = pieces(tokenizer, ["hund", "hundgrab"])
    assert cut[1].tolist() == tokenizer.encode("hundgrab").ids


def test_the_probe_counts_as_by_hand(judged: Path) -> None:
    class Blind:
        """Sees only whether a text speaks of tombs: finds one document of five, and the others by their order."""

        dim, fingerprint, origin, max_tokens = 2, "", "", 100

        def encode_documents(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
            return np.asarray([[1.0, 0.0] if "Grab" in text else [0.0, 1.0] for text in texts], np.float32)

        encode_passages = encode_documents

        def encode_query(self, text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
            return np.asarray([1.0, 0.0] if "Grab" in text else [0.0, 1.0], np.float32)

        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [1 for _ in texts]

    score = probe(Blind(), judged)
    assert score.ndcg.tolist() == pytest.approx([1.0, 1 / np.log2(3), 1 / np.log2(4), 1.0, 1 / np.log2(5)])
    assert score.recall.tolist() == [1.0] * 5
    low, high = interval(score.ndcg)
    assert low < score.ndcg.mean() < high


def test_the_whole_recipe_makes_a_model_that_finds_and_the_same_one_again(
    data: Path, judged: Path, tmp_path: Path
) -> None:
    dictionary = tmp_path / "de-en"
    dictionary.write_text("Hund {m} :: dog\nGrab {n} | Gräber {pl} :: grave; tomb | graves\n", "utf-8")

    def run(name: str) -> Path:
        places = ["--data", str(data), "--work", str(tmp_path / name), "--out", str(tmp_path / name / "model")]
        options = ["--judged", str(judged.parent), "--steps", "12", "--vocabulary", "500"]
        assert main([*places, *options, "--dictionary", str(dictionary)]) == 0
        return tmp_path / name / "model"

    model, again = run("first"), run("again")
    assert StaticEmbedder(model).fingerprint == StaticEmbedder(again).fingerprint == card_fingerprint(model)
    assert probe(StaticEmbedder(model), judged).ndcg.mean() > 0.9
    card = (model / "README.md").read_text("utf-8")
    assert "| ratsanfragen |" in card
    assert "satzungen.jsonl.gz" in card
    assert "| `de-en` |" in card


def test_a_step_without_the_one_before_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["static", "--work", str(tmp_path)]) == 2
    assert "Schritt „words“" in capsys.readouterr().err
