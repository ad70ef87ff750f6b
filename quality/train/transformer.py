"""Train the compact transformer, after the steps `words` and `tokenizer` of `python -m quality.train`.

With `--start`, from an English encoder whose tokens are exchanged, on the same pairs as the static model: under two
hours on two cores. Without it from nothing, masked words first: that wants an accelerator, on two cores it takes weeks.
"""

from __future__ import annotations

import argparse
import math
import pickle
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from quality.train.contextual import write_contextual_card, write_folder
from quality.train.corpus import read
from quality.train.dictionary import read_dictionary
from quality.train.inquiries import answered
from quality.train.material import Prepared, with_answers
from quality.train.pairs import Material, Mix, Pairs
from quality.train.places import DATA, DICTIONARY, JUDGED, MODELS, WORK
from quality.train.probe import documents
from quality.train.static import contrast
from quality.train.tokenizer import SPECIAL, pieces
from quality.train.transplant import transplant
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
    """One stretch of learning; it ends as the mean of its beginning and of every `kept`-th step, or as its last one."""

    steps: int
    batch: int
    rate: float
    longest: int
    warmup: float = 0.05
    decay: float = 0.01
    workers: int = 0
    seed: int = 7
    table_rate: float | None = None
    widths: tuple[int, ...] = (256, 128, 64)
    kept: int = 0
    mix: Mix = field(default_factory=Mix)


LANGUAGE = Course(steps=30_000, batch=512, rate=6e-4, longest=160, workers=6)
PAIRS = Course(steps=12_000, batch=1024, rate=2e-4, longest=160, workers=12)
# On two cores, from an encoder that has read a lot: its table of tokens is new and moves faster than its layers.
MOVED = Course(
    steps=1_500,
    batch=128,
    rate=1e-4,
    table_rate=1e-3,
    longest=112,
    widths=(),
    kept=300,
    mix=Mix(
        families=(("sections", 0.46), ("answers", 0.4), ("synonyms", 0.02), ("foreign", 0.12)), answer=0.6, longest=90
    ),
)
_ROWS_AT_ONCE = 32
_COMMAND = "python -m quality.train.transformer"


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
        pairs = Pairs(self._material, self._course.mix, seed)
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
    """In-batch contrast at the widths of the course, as for the static model; yields the loss of every step."""
    encoder.to(device).train()
    width = encoder.config.hidden_size
    dims = (width, *(dim for dim in course.widths if dim < width))
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
    """The mean of the output over the real tokens. Shapes: (texts, width) float32, not normalised.

    Texts of like length go through together, so that little is spent on what only fills up.
    """
    lengths = (tokens != _PAD).sum(1)
    order = torch.argsort(lengths, stable=True)
    means = []
    for rows in torch.split(order, _ROWS_AT_ONCE if tokens.device.type == "cpu" else len(order)):
        some = tokens[rows, : int(lengths[rows].max())]
        real = (some != _PAD).long()
        hidden = encoder(some, attention_mask=real).last_hidden_state.float()
        means.append((hidden * real[..., None]).sum(1) / real.sum(1, keepdim=True))
    return torch.cat(means)[torch.argsort(order)]


def _loader(material: Material, cut: Ragged, course: Course, kind: str) -> Iterator[tuple[torch.Tensor, ...]]:
    loader = DataLoader(_Batches(material, cut, course, kind), batch_size=None, num_workers=course.workers)
    return iter(loader)


def _steps(module: Any, batches: Iterator[tuple[torch.Tensor, ...]], course: Course) -> Iterator[tuple[Any, Any]]:
    """Each batch with the function that takes the step once its gradients are there."""
    table = [weight for name, weight in module.named_parameters() if name.endswith("word_embeddings.weight")]
    layers = [weight for name, weight in module.named_parameters() if not name.endswith("word_embeddings.weight")]
    groups: list[dict[str, Any]] = [{"params": layers}, {"params": table, "lr": course.table_rate or course.rate}]
    moved = torch.optim.AdamW(groups, course.rate, (0.9, 0.98), weight_decay=course.decay)
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


def main(arguments: list[str]) -> int:
    """Train in full, or as many steps as are asked for; returns the exit code."""
    found = _options().parse_args(arguments)
    from tokenizers import Tokenizer

    prepared: Prepared = pickle.loads((found.work / "words.pickle").read_bytes())
    tokenizer = Tokenizer.from_file(str(found.work / "tokenizer.json"))
    sources = sorted(found.data.glob("*.jsonl.gz"))
    if found.start:
        corpus = read(found.data)
        prepared = with_answers(prepared, list(answered(corpus.sections, corpus.answers, documents(found.judged))))
        encoder = transplant(found.start, tokenizer.get_vocab(), read_dictionary(found.dictionary), prepared)
        courses = [("Paare", MOVED, found.pair_steps, learn_pairs)]
        sources += [found.dictionary, Path("all-MiniLM-L6-v2")]
    else:
        shape = replace(Shape(), layers=found.layers, width=found.width, heads=found.width // 64, inner=4 * found.width)
        encoder = blank_encoder(shape, tokenizer.get_vocab_size(), LANGUAGE.seed)
        courses = [
            ("Sprache", LANGUAGE, found.language_steps, learn_language),
            ("Paare", PAIRS, found.pair_steps, learn_pairs),
        ]
    cut = pieces(tokenizer, prepared.words)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for name, course, steps, learn in courses:
        own = replace(
            course,
            steps=course.steps if steps is None else steps,
            batch=found.batch or course.batch,
            workers=course.workers if found.workers is None else found.workers,
        )
        encoder = _follow(name, own, encoder, learn(encoder, prepared, cut, own, device))
    write_folder(found.out, encoder, found.work / "tokenizer.json", prepared.names)
    recipe = f"{_COMMAND} --start …" if found.start else _COMMAND
    write_contextual_card(found.out, sources, found.judged, recipe, longest=courses[-1][1].longest)
    print(f"Modell in {found.out}")
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_COMMAND, description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="Ordner der Schritte words und tokenizer")
    parser.add_argument("--out", type=Path, default=MODELS / "gut", help="Ordner des fertigen Modells")
    parser.add_argument("--start", type=Path, help="Ordner eines englischen Encoders, von dem aus gelernt wird")
    parser.add_argument("--data", type=Path, default=DATA, help="Ordner mit *.jsonl.gz")
    parser.add_argument("--judged", type=Path, default=JUDGED, help="Prüfaufgaben; deren Texte werden nicht gelernt")
    parser.add_argument("--dictionary", type=Path, default=DICTIONARY, help="Wörterbuch im Format von Ding")
    parser.add_argument("--language-steps", type=int, help="Schritte auf verdeckten Wörtern, wenn andere als im Rezept")
    parser.add_argument("--pair-steps", type=int, help="Schritte auf Paaren, wenn andere als im Rezept")
    parser.add_argument("--batch", type=int, help="Paare je Schritt, wenn andere als im Rezept")
    parser.add_argument("--workers", type=int, help="Prozesse, die Stapel schneiden")
    parser.add_argument("--layers", type=int, default=Shape().layers)
    parser.add_argument("--width", type=int, default=Shape().width)
    return parser


def _follow(name: str, course: Course, encoder: Any, losses: Iterable[float]) -> Any:
    """Learn step by step; returns the encoder to keep.

    Source: the mean of weights along the way and of those it began with forgets less (Izmailov et al. 2018; Wortsman
        et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
    """
    mean = AveragedModel(encoder) if course.kept else None
    if mean is not None:
        mean.update_parameters(encoder)
    recent = 0.0
    for step, loss in enumerate(losses, 1):
        recent = loss if step == 1 else 0.95 * recent + 0.05 * loss
        if step % 20 == 0 or step == course.steps:
            print(f"{name}: Schritt {step} von {course.steps}, Verlust {recent:.3f}", flush=True)
        if mean is not None and step % course.kept == 0:
            mean.update_parameters(encoder)
    return encoder if mean is None else mean.module


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
