"""The embedder: one interface for the static model in the box and for any sentence-transformers folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from catalogue.errors import BadModel
from indexes.embedder import load_embedder, model_folder
from indexes.static import StaticEmbedder, is_static

WORDS = [
    "[UNK]",
    "hund",
    "##e",
    "##steuer",
    "steuer",
    "satzung",
    "der",
    "urlaub",
    "straße",
    "größe",
    "§",
    "1",
    "?",
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static model of thirteen tokens, saved by sentence-transformers itself."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    weights = torch.randn(len(WORDS), 16, generator=torch.Generator().manual_seed(3)).half()
    folder = tmp_path_factory.mktemp("models") / "tiny"
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save(str(folder))
    return folder


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


TEXTS = [
    "Hundesteuer",
    "Satzung der Hundesteuer § 1",
    "GRÖSSE der Straße?",
    "Urlaub Ｕrlaub xyz",
    "Steuer " * 700,
]


def test_the_fast_path_gives_the_vectors_of_sentence_transformers(tiny: Path) -> None:
    from sentence_transformers import SentenceTransformer

    expected = np.asarray(SentenceTransformer(str(tiny), device="cpu").encode(TEXTS), np.float32)
    ours = load_embedder(str(tiny)).encode_documents(TEXTS)
    cosine = (expected * ours).sum(1) / np.linalg.norm(expected, axis=1)
    assert ours.dtype == np.float32
    assert cosine.min() > 0.9999
    assert np.allclose(np.linalg.norm(ours, axis=1), 1.0, atol=1e-5)


def test_a_query_has_the_vector_of_the_same_document_when_there_are_no_prompts(
    tiny: Path,
) -> None:
    embedder = load_embedder(str(tiny))
    assert np.allclose(
        embedder.encode_query("Hundesteuer"),
        embedder.encode_documents(["Hundesteuer"])[0],
    )


def test_a_text_without_tokens_is_the_zero_vector(tiny: Path) -> None:
    embedder = load_embedder(str(tiny))
    assert not embedder.encode_documents(["", " \n"]).any()
    assert not embedder.encode_query("").any()


def test_what_a_passage_begins_with_counts_more(tiny: Path) -> None:
    embedder = StaticEmbedder(tiny)
    hund, satzung, urlaub = (embedder.token_vectors(word)[0] for word in ("hund", "satzung", "urlaub"))
    found = embedder.encode_passages([f"Hund {'Satzung ' * 59} Urlaub"])[0]
    places = 1 + 5 / (1 + np.arange(61) / 60)
    assert places[60] == pytest.approx(3.5)
    expected = places[0] * hund + places[1:60].sum() * satzung + places[60] * urlaub
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_a_passage_of_one_word_and_one_without_any_are_as_other_texts(tiny: Path) -> None:
    embedder = StaticEmbedder(tiny)
    texts = ["Hund", "Satzung " * 40, "", "Steuer"]
    assert embedder.encode_passages(texts) == pytest.approx(embedder.encode_documents(texts), abs=1e-5)


def test_no_texts_give_no_rows(tiny: Path) -> None:
    assert load_embedder(str(tiny)).encode_documents([]).shape == (0, 16)


def test_prompts_in_the_folder_are_put_before_the_text(copy: Path) -> None:
    plain = load_embedder(str(copy))
    settings = json.loads((copy / "config_sentence_transformers.json").read_text())
    settings["prompts"] = {"query": "Urlaub ", "document": ""}
    (copy / "config_sentence_transformers.json").write_text(json.dumps(settings))
    prompted = load_embedder(str(copy))
    assert np.allclose(prompted.encode_query("Satzung"), plain.encode_query("Urlaub Satzung"))
    assert prompted.fingerprint != plain.fingerprint


def test_the_fingerprint_depends_on_the_content_and_not_on_the_place(tiny: Path, copy: Path) -> None:
    assert load_embedder(str(tiny)).fingerprint == load_embedder(str(copy)).fingerprint
    data = bytearray((copy / "model.safetensors").read_bytes())
    data[-2] ^= 1
    (copy / "model.safetensors").write_bytes(data)
    assert load_embedder(str(tiny)).fingerprint != load_embedder(str(copy)).fingerprint


def test_remembered_words_are_cut_as_the_tokenizer_cuts_whole_texts(tiny: Path) -> None:
    from tokenizers import Tokenizer

    from indexes.pieces import Pieces

    tokenizer = Tokenizer.from_file(str(tiny / "tokenizer.json"))
    rng = np.random.default_rng(1)
    signs = list("abdehnostuürslagtSTEÜÖß §1?.,;:-–„“”_€°²½…Σİ\u00ad\u0301\t\n'\"(){}[]/<>|~^`+=*&%$#@!\\")
    texts = ["".join(rng.choice(signs, 40)) for _ in range(300)]
    texts += [f"{text} Hundesteuer Straße, § 1 Satzung" for text in texts]
    texts += ["".join(rng.choice(signs[:40], 40)) for _ in range(300)] + ["hund" * 40, "", " ", "½ Hund", "ＨＵＮＤ"]
    cut = Pieces(tokenizer)
    for text in texts * 2:
        assert cut(text) == tokenizer.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("change", ["normalizer", "pre_tokenizer"])
def test_a_tokenizer_with_other_rules_is_asked_for_every_text(tiny: Path, change: str) -> None:
    from tokenizers import Tokenizer, normalizers, pre_tokenizers

    from indexes.pieces import Pieces

    tokenizer = Tokenizer.from_file(str(tiny / "tokenizer.json"))
    other = {"normalizer": normalizers.Replace("h", "u"), "pre_tokenizer": pre_tokenizers.WhitespaceSplit()}
    setattr(tokenizer, change, other[change])
    text = "hundesteuer-satzung der straße"
    assert Pieces(tokenizer)(text) == tokenizer.encode(text, add_special_tokens=False).ids


def test_tokens_are_counted_as_the_model_reads_them(tiny: Path) -> None:
    assert load_embedder(str(tiny)).count_tokens(["Hundesteuer", "", "Satzung §1"]) == [
        3,
        0,
        3,
    ]


def test_several_threads_share_one_model(tiny: Path) -> None:
    embedder = load_embedder(str(tiny), threads=2)
    many = TEXTS * 60
    expected, results = embedder.encode_documents(many), {}
    workers = [
        threading.Thread(target=lambda key=key: results.update({key: embedder.encode_documents(many)}))
        for key in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(np.array_equal(results[key], expected) for key in range(4))


def test_the_static_model_runs_without_torch_or_sentence_transformers(
    tiny: Path,
) -> None:
    program = (
        "import sys; from indexes.embedder import load_embedder\n"
        f"load_embedder({str(tiny)!r}).encode_query('Hundesteuer')\n"
        "print([name for name in ('torch', 'sentence_transformers', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", b"not weights"),
        ("model.safetensors", None),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", None),
        ("config_sentence_transformers.json", b"{"),
    ],
)
def test_a_damaged_folder_is_refused_with_the_name_of_the_setting(copy: Path, file: str, content: bytes | None) -> None:
    if content is None:
        (copy / file).unlink()
    else:
        (copy / file).write_bytes(content)
    with pytest.raises(BadModel, match="STADTWISSEN_MODEL"):
        load_embedder(str(copy))


def test_weights_that_are_cut_short_are_refused(copy: Path) -> None:
    content = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(content[:-5])
    with pytest.raises(BadModel, match="model.safetensors"):
        load_embedder(str(copy))


def test_a_tokenizer_of_another_model_is_refused(copy: Path) -> None:
    from safetensors.numpy import save_file

    save_file(
        {"embedding.weight": np.ones((4, 16), np.float16)},
        str(copy / "model.safetensors"),
    )
    with pytest.raises(BadModel, match="gehören nicht zusammen"):
        load_embedder(str(copy))


def test_weights_with_holes_are_refused(copy: Path) -> None:
    from safetensors.numpy import save_file

    save_file(
        {"embedding.weight": np.full((13, 16), np.nan, np.float16)},
        str(copy / "model.safetensors"),
    )
    with pytest.raises(BadModel, match="keine Zahlen"):
        load_embedder(str(copy))


@pytest.mark.parametrize("name", ["/nowhere/model", "./missing", "missing", "a/b/c"])
def test_a_folder_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(BadModel, match="STADTWISSEN_MODEL"):
        load_embedder(name)


def test_a_name_of_two_parts_may_be_on_a_hub() -> None:
    assert model_folder("some-house/some-model") is None


def test_only_static_modules_take_the_fast_path(copy: Path) -> None:
    assert is_static(copy)
    modules = json.loads((copy / "modules.json").read_text())
    modules.append(
        {
            "idx": 1,
            "name": "1",
            "path": "1_Dense",
            "type": "sentence_transformers.models.Dense",
        }
    )
    (copy / "modules.json").write_text(json.dumps(modules))
    assert not is_static(copy)


def test_token_vectors_average_to_the_documents_vector(tiny: Path) -> None:
    embedder = StaticEmbedder(tiny)
    mean = embedder.token_vectors("Satzung der Hundesteuer").mean(0)
    assert np.allclose(
        mean / np.linalg.norm(mean),
        embedder.encode_query("Satzung der Hundesteuer"),
        atol=1e-6,
    )
