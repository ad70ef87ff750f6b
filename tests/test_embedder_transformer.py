"""Models that are no static folder go through sentence_transformers, behind the same interface."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from catalogue.errors import BadModel
from indexes.embedder import TransformerEmbedder, load_embedder, tokenizer_folder


@pytest.fixture(scope="module")
def contextual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer encoder with random weights and prompts of its own."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "frage", "text", "hund", "##e", "##steuer", "satzung", ":"]
    tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("models")
    BertModel(config).save_pretrained(folder / "bert")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=24,
    ).save_pretrained(folder / "bert")  # fmt: skip
    encoder = Transformer(str(folder / "bert"), max_seq_length=24)
    model = SentenceTransformer(
        modules=[encoder, Pooling(16)], device="cpu", prompts={"query": "Frage: ", "document": "Text: "}
    )
    model.save(str(folder / "contextual"), create_model_card=False)
    return folder / "contextual"


@pytest.fixture(scope="module")
def embedder(contextual: Path) -> TransformerEmbedder:
    found = load_embedder(str(contextual))
    assert isinstance(found, TransformerEmbedder)
    return found


def test_its_vectors_have_length_one_and_its_own_dimension(embedder: TransformerEmbedder) -> None:
    rows = embedder.encode_documents(["Hundesteuer", "Satzung " * 100, ""])
    assert (embedder.dim, embedder.max_tokens) == (16, 24)
    assert rows.shape == (3, 16)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert embedder.encode_documents([]).shape == (0, 16)


def test_queries_and_documents_get_the_prompts_the_model_was_trained_with(embedder: TransformerEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    query, document = embedder.encode_query("Hundesteuer"), embedder.encode_documents(["Hundesteuer"])[0]
    assert not np.allclose(query, document, atol=1e-3)
    plain = SentenceTransformer.encode(embedder._model, ["Frage: Hundesteuer", "Text: Hundesteuer"], prompt="")
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    assert np.allclose(np.stack([query, document]), plain, atol=1e-5)


def test_a_question_asked_again_is_not_encoded_again(contextual: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_embedder(str(contextual))
    assert isinstance(found, TransformerEmbedder)
    first = found.encode_query("Hundesteuer")
    monkeypatch.setattr(found._model, "encode_query", lambda *_, **__: pytest.fail("encoded again"))
    assert np.array_equal(found.encode_query("Hundesteuer"), first)
    assert not first.flags.writeable


def test_tokens_are_counted_past_the_models_limit(embedder: TransformerEmbedder) -> None:
    assert embedder.count_tokens(["Hundesteuer", "Satzung " * 100]) == [5, 102]


def test_several_threads_may_ask_at_once(embedder: TransformerEmbedder) -> None:
    expected, found = embedder.encode_query("Hundesteuer Satzung"), []
    workers = [
        threading.Thread(target=lambda: found.append(embedder.encode_query("Hundesteuer Satzung"))) for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 6
    assert all(np.allclose(vector, expected, atol=1e-5) for vector in found)


def test_the_fingerprint_changes_with_the_prompts_and_not_with_the_place(
    contextual: Path, embedder: TransformerEmbedder, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(contextual, tmp_path / "copy"))
    assert load_embedder(str(copy)).fingerprint == embedder.fingerprint
    settings = json.loads((copy / "config_sentence_transformers.json").read_text())
    settings["prompts"]["query"] = "Anders: "
    (copy / "config_sentence_transformers.json").write_text(json.dumps(settings))
    assert load_embedder(str(copy)).fingerprint != embedder.fingerprint


def test_damaged_weights_are_refused_with_the_name_of_the_setting(contextual: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(contextual, tmp_path / "copy"))
    weights = next(copy.rglob("model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(BadModel, match="STADTWISSEN_MODEL"):
        load_embedder(str(copy))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="STADTWISSEN_MODEL"):
        load_embedder(str(tmp_path))


@pytest.fixture
def beside(contextual: Path, tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(contextual, tmp_path / "beside"))
    (copy / "beside.json").write_text('{"model": "schnell", "share": 0.3}')
    return copy


@pytest.mark.parametrize("encode", ["encode_documents", "encode_passages"])
def test_two_models_side_by_side_agree_on_the_weighted_mean_of_their_cosines(
    beside: Path, embedder: TransformerEmbedder, encode: str
) -> None:
    joined, static = load_embedder(str(beside)), load_embedder("schnell")
    texts, asked = ["Hundesteuer", "Satzung der Stadt"], "Wer zahlt Hundesteuer?"
    assert joined.dim == static.dim + embedder.dim
    assert getattr(joined, encode)([]).shape == (0, joined.dim)
    words = getattr(static, encode)(texts) @ static.encode_query(asked)
    context = getattr(embedder, encode)(texts) @ embedder.encode_query(asked)
    rows = getattr(joined, encode)(texts)
    assert np.allclose(rows @ joined.encode_query(asked), 0.7 * words + 0.3 * context, atol=1e-5)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_passages_are_measured_as_by_the_static_model_beside(beside: Path) -> None:
    texts = ["Hundesteuer", "Satzung " * 100]
    assert load_embedder(str(beside)).count_tokens(texts) == load_embedder("schnell").count_tokens(texts)
    assert tokenizer_folder(str(beside)) == tokenizer_folder("schnell")


def test_another_share_is_another_fingerprint(beside: Path, embedder: TransformerEmbedder) -> None:
    before = load_embedder(str(beside)).fingerprint
    (beside / "beside.json").write_text('{"model": "schnell", "share": 0.4}')
    assert len({before, load_embedder(str(beside)).fingerprint, embedder.fingerprint}) == 3


@pytest.mark.parametrize(
    "damaged",
    [
        "{",
        "[]",
        "{}",
        '{"model": "schnell", "share": 1}',
        '{"model": "gut", "share": 0.3}',
        '{"model": "x", "share": 0.3}',
    ],
)
def test_a_damaged_note_on_the_model_beside_is_refused(beside: Path, damaged: str) -> None:
    (beside / "beside.json").write_text(damaged)
    with pytest.raises(BadModel, match=r"beside\.json.*STADTWISSEN_MODEL"):
        load_embedder(str(beside))


def test_weights_kept_in_half_the_bits_make_the_same_vectors(contextual: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["Hundesteuer", "Satzung: Hunde"]
    SentenceTransformer(str(contextual), device="cpu").half().save(str(tmp_path / "half"), create_model_card=False)
    half, full = (load_embedder(str(folder)) for folder in (tmp_path / "half", contextual))
    assert isinstance(half, TransformerEmbedder)
    assert str(half._model.dtype) in {"torch.bfloat16", "torch.float32"}
    assert (half.encode_documents(texts) * full.encode_documents(texts)).sum(1).min() > 0.999
    assert half.fingerprint != full.fingerprint


def test_loading_says_nothing(
    contextual: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    import logging

    before = logging.getLogger("sentence_transformers").level
    load_embedder(str(contextual))
    assert not caplog.records
    assert not "".join(capfd.readouterr())
    assert logging.getLogger("sentence_transformers").level == before
