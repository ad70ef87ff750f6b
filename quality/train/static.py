"""Train the static model: one vector per token, averaged, so that a query lies near the passage it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.train.kernels import average, descend
from quality.train.pairs import Pair, Pairs
from quality.train.words import Ids, Ragged, gather

Array = NDArray[np.float32]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bags:
    """A batch both ways: the tokens of each text, and for each token in use (`rows`) the texts it stands in.

    Shapes: text i is `tokens[offsets[i]:offsets[i + 1]]`; row j stands in `texts[starts[j]:starts[j + 1]]`, so much
        of each as `shares` says.
    """

    groups: Index
    offsets: Index
    tokens: Ids
    rows: Index
    starts: Index
    texts: Index
    shares: Array


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn."""

    dim: int = 512
    smaller: tuple[int, ...] = (256, 128, 64)
    steps: int = 5000
    batch: int = 1024
    rate: float = 0.01
    warmup: float = 0.03
    scale: float = 16.0
    dropped: float = 0.1
    seed: int = 7


class Table:
    """The vectors being learnt, and Adam's moments; only the rows a batch touches are read and written.

    Source: Kingma and Ba, "Adam", ICLR 2015, applied to touched rows only.
    """

    def __init__(self, weights: Array) -> None:
        self.weights = weights
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)
        self._steps = 0

    def step(self, bags: Bags, queries: Array, passages: Array, rate: float) -> None:
        """Carry the gradients of the texts down to their tokens, and move those."""
        self._steps += 1
        rate *= (1 - 0.999**self._steps) ** 0.5 / (1 - 0.9**self._steps)
        gradients = np.concatenate([queries, passages])
        descend(
            self.weights, self._mean, self._square, bags.rows, bags.starts, bags.texts, bags.shares, gradients, rate
        )


def token_counts(texts: Ragged, pieces: Ragged, vocabulary: int) -> Index:
    """How often each token of the vocabulary occurs in the texts."""
    words = np.bincount(texts.flat, minlength=len(pieces))
    counts = np.bincount(pieces.flat, np.repeat(words, np.diff(pieces.offsets)), minlength=vocabulary)
    return counts.astype(np.int64)


def start(counts: Index, dim: int, seed: int) -> Array:
    """Random directions, frequent tokens short: before any learning an average is already a weighted bag of words.

    Source: Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017.
    """
    share = counts / max(1, counts.sum())
    length = 1e-3 / (1e-3 + share)
    noise = np.random.default_rng(seed).standard_normal((len(counts), dim), np.float32) / np.float32(dim**0.5)
    return np.asarray(noise * length[:, None], np.float32)


def train(pairs: Pairs, pieces: Ragged, weights: Array, plan: Plan) -> Iterator[tuple[int, float]]:
    """Learn into `weights`, in place; yields (step, loss) after every step.

    Batches are cut by a second thread while the last one is learnt from; there is only one, so the order is the seed's.

    Shapes: weights (tokens, dim) float32; `pieces` gives the tokens of each word.
    """
    table, rng = Table(weights), np.random.default_rng(plan.seed)

    def prepare() -> Bags:
        return bag(pairs.batch(plan.batch), pieces, plan.dropped, rng, len(weights))

    with ThreadPoolExecutor(1) as ahead:
        waiting = [ahead.submit(prepare) for _ in range(min(3, plan.steps))]
        for step in range(plan.steps):
            bags = waiting.pop(0).result()
            if step + len(waiting) + 1 < plan.steps:
                waiting.append(ahead.submit(prepare))
            yield step, _learn(table, bags, plan, step)


def _rate(plan: Plan, step: int) -> float:
    """Up in a line, down along a cosine to nothing: the last steps average the noise away."""
    warm = max(1.0, plan.warmup * plan.steps)
    if step < warm:
        return plan.rate * (step + 1) / warm
    return plan.rate * 0.5 * (1 + float(np.cos(np.pi * (step - warm) / (plan.steps - warm))))


def _learn(table: Table, bags: Bags, plan: Plan, step: int) -> float:
    averages = average(table.weights, bags.offsets, bags.tokens)
    queries, passages = np.split(averages, 2)
    dims = (plan.dim, *(plan.smaller[step % max(1, len(plan.smaller)) :][:1]))
    loss, gradients = contrast(queries, passages, bags.groups, dims, plan.scale)
    table.step(bags, *gradients, _rate(plan, step))
    return loss


def _tokens(texts: Sequence[Ids], pieces: Ragged, dropped: float, rng: np.random.Generator) -> Ragged:
    """The tokens of each text, a tenth of the words left out: what remains has to carry the meaning."""
    lengths = np.asarray([len(text) for text in texts])
    words = np.concatenate(texts)
    kept = rng.random(len(words)) >= dropped
    kept[np.cumsum(lengths) - lengths] = True
    tokens, counts = gather(pieces, words[kept])
    ends = np.concatenate([[0], np.cumsum(counts)])
    bounds = np.concatenate([[0], np.cumsum(kept)])[np.concatenate([[0], np.cumsum(lengths)])]
    return Ragged(tokens, ends[bounds])


def bag(pairs: Sequence[Pair], pieces: Ragged, dropped: float, rng: np.random.Generator, vocabulary: int) -> Bags:
    """Queries first, passages after them, as tokens; and for each token used, the texts it is in."""
    texts = [query for query, _, _ in pairs] + [passage for _, passage, _ in pairs]
    tokens = _tokens(texts, pieces, dropped, rng)
    lengths = np.diff(tokens.offsets)
    share = np.repeat(1.0 / np.maximum(lengths, 1), lengths).astype(np.float32)
    order = np.argsort(tokens.flat, kind="stable")
    counts = np.bincount(tokens.flat, minlength=vocabulary)
    rows = np.flatnonzero(counts)
    return Bags(
        groups=np.asarray([group for _, _, group in pairs]),
        offsets=tokens.offsets,
        tokens=tokens.flat,
        rows=rows,
        starts=np.concatenate([[0], np.cumsum(counts[rows])]),
        texts=np.repeat(np.arange(len(tokens)), lengths)[order],
        shares=share[order],
    )


def contrast(
    queries: Any, passages: Any, groups: Any, dims: Sequence[int], scale: float
) -> tuple[float, tuple[Any, Any]]:
    """Every query against every passage of the batch and back, at each width; loss and gradients.

    By hand rather than by autograd: one exponential and three products serve both directions. Arrays and tensors alike:
    a house's own passages are learnt from without torch.

    Shapes: queries and passages (n, dim), row i belonging to row i; rows of one group (>= 0 or below -1) are no
        counter-examples to each other.
    Source: Henderson et al. 2017 (in-batch negatives); Kusupati et al. 2022 (Matryoshka).
    """
    same = (groups[:, None] == groups[None, :]) & (groups != -1)[:, None]
    same.reshape(-1)[:: len(same) + 1] = False
    total, grad_queries, grad_passages = 0.0, 0 * queries, 0 * passages
    for width in dims:
        ours, our_norm = _unit(queries[:, :width])
        theirs, their_norm = _unit(passages[:, :width])
        odds = _exp(scale * (ours @ theirs.T - 1.0))
        odds[same] = 0.0
        forward, back = odds.sum(1), odds.sum(0)
        right = odds.reshape(-1)[:: len(odds) + 1]
        total -= float((_log(right / forward) + _log(right / back)).mean()) / 2
        error = odds * ((1 / forward)[:, None] + 1 / back)
        error *= 0.5 * scale / len(odds)
        error.reshape(-1)[:: len(error) + 1] -= scale / len(odds)
        grad_queries[:, :width] += _through_unit(error @ theirs, ours, our_norm)
        grad_passages[:, :width] += _through_unit(error.T @ ours, theirs, their_norm)
    return total / len(dims), (grad_queries, grad_passages)


def _exp(values: Any) -> Any:
    return np.exp(values, out=values) if isinstance(values, np.ndarray) else values.exp_()


def _log(values: Any) -> Any:
    return np.log(values) if isinstance(values, np.ndarray) else values.log()


def _unit(rows: Any) -> tuple[Any, Any]:
    norm = ((rows * rows).sum(1) ** 0.5).clip(1e-6)[:, None]
    return rows / norm, norm


def _through_unit(gradient: Any, unit: Any, norm: Any) -> Any:
    return (gradient - unit * (gradient * unit).sum(1)[:, None]) / norm


def save(folder: Path, tokenizer_json: Path, weights: Array) -> None:
    """Write a folder that plain `SentenceTransformer(folder)` loads: float16 weights and the tokenizer."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    module = StaticEmbedding(tokenizer, embedding_weights=torch.from_numpy(weights).half())
    model = SentenceTransformer(modules=[module], device="cpu", similarity_fn_name="cosine")
    model.save(str(folder), create_model_card=False)
    # safetensors writes for its owner alone; an installed package is read by others
    (folder / "model.safetensors").chmod(0o644)
