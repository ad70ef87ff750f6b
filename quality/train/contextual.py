"""The folder of a contextual model: what plain sentence-transformers loads, what stands beside it, and its card."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from indexes.embedder import BESIDE, TransformerEmbedder, load_embedder
from quality.train.card import GUT, measure, write
from quality.train.names import KEPT_OUT, write_kept_out
from quality.train.places import QUESTIONS
from quality.train.tokenizer import SPECIAL

# What it counts beside the static model.
SHARE = 0.7
# Tokens of a text it reads. What a longer one says further down, the static model knows: reading on finds no more and
# takes a third longer (docs/modelle.md).
READS = 160
_START, _END = SPECIAL.index("[CLS]"), SPECIAL.index("[SEP]")


def write_folder(
    folder: Path, encoder: Any, tokenizer_json: Path, kept_out: frozenset[str], share: float = SHARE
) -> None:
    """Write the model's folder: weights, tokenizer, names kept out, and what the product uses it beside."""
    save(folder, encoder, tokenizer_json, min(READS, encoder.config.max_position_embeddings))
    write_kept_out(folder / KEPT_OUT, kept_out)
    (folder / BESIDE).write_text(json.dumps({"model": "schnell", "share": share}) + "\n", "utf-8")


def write_contextual_card(folder: Path, sources: Sequence[Path], judged: Path, recipe: str, *, longest: int) -> None:
    """Measure the folder's vectors, alone and beside the static model's, and write its card.

    `longest` is how many tokens of a text it has learnt on. Units: tokens.
    """
    joined, alone = load_embedder(str(folder), threads=2), TransformerEmbedder(str(folder), threads=2)
    measured = [
        replace(line, name=f"{line.name}{which}")
        for embedder, which in ((joined, ""), (alone, " (allein)"))
        for line in measure(embedder, judged, QUESTIONS)
    ]
    config = json.loads((folder / "config.json").read_text("utf-8"))
    shape = {
        "width": alone.dim,
        "dim": joined.dim,
        "layers": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "vocabulary": config["vocab_size"],
        "readable": alone.max_tokens,
        "longest": longest,
    }
    write(folder, GUT, joined.fingerprint, shape, sources, measured, today=datetime.date.today(), recipe=recipe)


def save(folder: Path, encoder: Any, tokenizer_json: Path, longest: int) -> None:
    """Write a folder that plain `SentenceTransformer(folder)` loads: float16 weights, mean pooling, unit length."""
    import tempfile

    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, processors
    from transformers import PreTrainedTokenizerFast

    wrapped: Any = PreTrainedTokenizerFast
    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    tokenizer.post_processor = processors.BertProcessing((SPECIAL[_END], _END), (SPECIAL[_START], _START))
    names = dict(zip(("unk_token", "pad_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    with tempfile.TemporaryDirectory() as parts:
        encoder.half().cpu().save_pretrained(parts)
        wrapped(tokenizer_object=tokenizer, model_max_length=longest, **names).save_pretrained(parts)
        reader = Transformer(parts, max_seq_length=longest)
        for name, weight in reader.named_parameters():
            if "pooler" in name:  # the mean has no use for it, and it would be different each time
                nn.init.zeros_(weight)
        modules = [reader, Pooling(encoder.config.hidden_size), Normalize()]
        model = SentenceTransformer(modules=modules, device="cpu", similarity_fn_name="cosine")
        model.half().save(str(folder), create_model_card=False)
    for file in folder.rglob("*.safetensors"):  # written for its owner alone; an installed package is read by others
        file.chmod(0o644)
