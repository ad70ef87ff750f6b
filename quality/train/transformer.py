"""Train the compact transformer: masked words first, then the same pairs as the static model.

`python -m quality.train.transformer --work var/train --out indexes/models/gut` after the steps `words` and `tokenizer`
of `python -m quality.train`. It wants an accelerator: on two cores a run of full length takes weeks.
"""

from __future__ import annotations

import argparse
import math
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from quality.train.material import Prepared
from quality.train.pairs import Material, Mix, Pairs
from quality.train.static import contrast
from quality.train.tokenizer import SPECIAL, pieces
from quality.train.words import Ids, Ragged, gather

_UNKNOWN, _PAD, _START, _END, _MASK = range(len(SPECIAL))
_IGNORED = -100


@dataclass(frozen=True, slots=True)
class Shape:
    """The encoder: 47,000 tokens at this width make 29 million weights, 58 MB in float16."""

    layers: int = 6
    width: int = 384
    heads: int = 6
    inner: int = 1536
    positions: int = 512


@dataclass(frozen=True, slots=True)
class Course:
    """One stretch of learning."""

    steps: int
    batch: int
    rate: float
    longest: int
    warmup: float = 0.05
    decay: float = 0.01
    workers: int = 0
    seed: int = 7


LANGUAGE = Course(steps=30_000, batch=512, rate=6e-4, longest=160, workers=6)
PAIRS = Course(steps=12_000, batch=1024, rate=2e-4, longest=160, workers=12)


def blank_encoder(shape: Shape, vocabulary: int, seed: int) -> Any:
    """A BERT with random weights; its tokens are those of the project's tokenizer."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        pad_token_id=_PAD,
    )
    return BertModel(config, add_pooling_layer=False)


class Guesser(nn.Module):
    """Guesses masked tokens from the encoder's output; thrown away once the language is learnt."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        table = encoder.embeddings.word_embeddings.weight
        self.encoder = encoder
        self.turn = nn.Sequential(nn.Linear(table.shape[1], table.shape[1]), nn.GELU(), nn.LayerNorm(table.shape[1]))
        self.bias = nn.Parameter(torch.zeros(table.shape[0]))

    def forward(self, tokens: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """The mean loss over the positions where `wanted` names a token."""
        hidden = self.encoder(tokens, attention_mask=(tokens != _PAD).long()).last_hidden_state
        asked = wanted != _IGNORED
        table = self.encoder.embeddings.word_embeddings.weight
        return nn.functional.cross_entropy(self.turn(hidden[asked]) @ table.T + self.bias, wanted[asked])


class _Batches(IterableDataset[tuple[NDArray[np.int64], ...]]):
    """Batches without end; each worker process has a seed of its own: how many there are is part of the recipe."""

    def __init__(self, material: Material, cut: Ragged, course: Course, kind: str) -> None:
        self._material, self._cut, self._course, self._kind = material, cut, course, kind

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], ...]]:
        worker = get_worker_info()
        seed = self._course.seed * 1000 + (worker.id if worker else 0)
        return self._masked(seed) if self._kind == "language" else self._paired(seed)

    def _masked(self, seed: int) -> Iterator[tuple[NDArray[np.int64], ...]]:
        rng, texts, vocabulary = np.random.default_rng(seed), self._material.texts, int(self._cut.flat.max()) + 1
        while True:
            chosen = rng.integers(0, len(texts), self._course.batch)
            rows = [_window(gather(self._cut, texts[int(i)])[0], self._course.longest - 2, rng) for i in chosen]
            yield mask(padded(rows, self._course.longest), vocabulary, rng)

    def _paired(self, seed: int) -> Iterator[tuple[NDArray[np.int64], ...]]:
        pairs = Pairs(self._material, Mix(), seed)
        while True:
            batch = pairs.batch(self._course.batch)
            queries = padded([gather(self._cut, query)[0] for query, _, _ in batch], self._course.longest)
            passages = padded([gather(self._cut, passage)[0] for _, passage, _ in batch], self._course.longest)
            yield queries, passages, np.asarray([group for _, _, group in batch])


def _window(tokens: Ids, longest: int, rng: np.random.Generator) -> Ids:
    start = int(rng.integers(0, max(1, len(tokens) - longest)))
    return tokens[start : start + longest]


def padded(rows: list[Ids], longest: int) -> NDArray[np.int64]:
    """Rows of tokens between a start and an end mark, filled up to the longest of them."""
    width = min(longest, max(len(row) for row in rows) + 2)
    out = np.full((len(rows), width), _PAD, np.int64)
    for place, row in enumerate(rows):
        kept = row[: width - 2]
        out[place, 0], out[place, 1 : len(kept) + 1], out[place, len(kept) + 1] = _START, kept, _END
    return out


def mask(tokens: NDArray[np.int64], vocabulary: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
    """Hide a fifth of the tokens: most behind the mask, some behind a random token, some not at all.

    Shapes: the tokens with the hidden ones replaced; the hidden ones, -100 elsewhere.
    Source: Devlin et al. 2019; Wettig et al. 2023 for more than 15 percent.
    """
    hidden = (rng.random(tokens.shape) < 0.2) & (tokens >= len(SPECIAL))
    wanted = np.where(hidden, tokens, _IGNORED)
    lot = rng.random(tokens.shape)
    noisy = np.where(
        lot < 0.8, _MASK, np.where(lot < 0.9, rng.integers(len(SPECIAL), vocabulary, tokens.shape), tokens)
    )
    return np.where(hidden, noisy, tokens), wanted


def learn_language(encoder: Any, prepared: Prepared, cut: Ragged, course: Course, device: str) -> Iterator[float]:
    """Masked words; yields the loss of every step."""
    guesser = Guesser(encoder).to(device).train()
    batches = _loader(prepared.material, cut, course, "language")
    for step, (tokens, wanted) in _steps(guesser, batches, course):
        with torch.autocast(device, torch.bfloat16):
            loss = guesser(tokens.to(device), wanted.to(device))
        loss.backward()
        step()
        yield float(loss.detach())


def learn_pairs(encoder: Any, prepared: Prepared, cut: Ragged, course: Course, device: str) -> Iterator[float]:
    """In-batch contrast at three widths, as for the static model; yields the loss of every step."""
    encoder.to(device).train()
    width = encoder.config.hidden_size
    dims = (width, *(dim for dim in (256, 128, 64) if dim < width))
    batches = _loader(prepared.material, cut, course, "pairs")
    for step, (queries, passages, groups) in _steps(encoder, batches, course):
        with torch.autocast(device, torch.bfloat16):
            sides = [average(encoder, side.to(device)) for side in (queries, passages)]
        with torch.no_grad():
            loss, gradients = contrast(sides[0].detach(), sides[1].detach(), groups.to(device), dims, 20.0)
        torch.autograd.backward(sides, list(gradients))
        step()
        yield loss


def average(encoder: Any, tokens: torch.Tensor) -> torch.Tensor:
    """The mean of the output over the real tokens. Shapes: (texts, width) float32, not normalised."""
    real = (tokens != _PAD).long()
    hidden = encoder(tokens, attention_mask=real).last_hidden_state.float()
    mean: torch.Tensor = (hidden * real[..., None]).sum(1) / real.sum(1, keepdim=True)
    return mean


def _loader(material: Material, cut: Ragged, course: Course, kind: str) -> Iterator[tuple[torch.Tensor, ...]]:
    loader = DataLoader(_Batches(material, cut, course, kind), batch_size=None, num_workers=course.workers)
    return iter(loader)


def _steps(module: Any, batches: Iterator[tuple[torch.Tensor, ...]], course: Course) -> Iterator[tuple[Any, Any]]:
    """Each batch with the function that takes the step once its gradients are there."""
    moved = torch.optim.AdamW(module.parameters(), course.rate, (0.9, 0.98), weight_decay=course.decay)
    warm = max(1.0, course.warmup * course.steps)

    def share(done: int) -> float:
        return min((done + 1) / warm, 0.5 * (1 + math.cos(math.pi * done / course.steps)))

    schedule = torch.optim.lr_scheduler.LambdaLR(moved, share)

    def step() -> None:
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        moved.step()
        moved.zero_grad(set_to_none=True)
        schedule.step()

    for _ in range(course.steps):
        yield step, next(batches)


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
        modules = [reader, Pooling(encoder.config.hidden_size), Normalize()]
        model = SentenceTransformer(modules=modules, device="cpu", similarity_fn_name="cosine")
        model.half().save(str(folder), create_model_card=False)


def main(arguments: list[str]) -> int:
    """Train in full, or as many steps as are asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m quality.train.transformer", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("var/train"), help="Ordner der Schritte words und tokenizer")
    parser.add_argument("--out", type=Path, default=Path("var/train/gut"), help="Ordner des fertigen Modells")
    parser.add_argument("--language-steps", type=int, default=LANGUAGE.steps)
    parser.add_argument("--pair-steps", type=int, default=PAIRS.steps)
    parser.add_argument("--batch", type=int, default=0, help="Paare je Schritt, wenn andere als im Rezept")
    parser.add_argument("--workers", type=int, default=-1, help="Prozesse, die Stapel schneiden")
    parser.add_argument("--layers", type=int, default=Shape().layers)
    parser.add_argument("--width", type=int, default=Shape().width)
    found = parser.parse_args(arguments)
    from tokenizers import Tokenizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    prepared: Prepared = pickle.loads((found.work / "words.pickle").read_bytes())
    tokenizer = Tokenizer.from_file(str(found.work / "tokenizer.json"))
    cut = pieces(tokenizer, prepared.words)
    shape = replace(Shape(), layers=found.layers, width=found.width, heads=found.width // 64, inner=4 * found.width)
    encoder = blank_encoder(shape, tokenizer.get_vocab_size(), LANGUAGE.seed)
    for name, course, steps, learn in (
        ("Sprache", LANGUAGE, found.language_steps, learn_language),
        ("Paare", PAIRS, found.pair_steps, learn_pairs),
    ):
        workers = course.workers if found.workers < 0 else found.workers
        own = replace(course, steps=steps, batch=found.batch or course.batch, workers=workers)
        for step, loss in enumerate(learn(encoder, prepared, cut, own, device), 1):
            if step % 100 == 0 or step == steps:
                print(f"{name}: Schritt {step} von {steps}, Verlust {loss:.3f}", flush=True)
    save(found.out, encoder, found.work / "tokenizer.json", shape.positions)
    print(f"Modell in {found.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
