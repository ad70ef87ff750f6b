"""Go on training a static model with a house's own passages, so that it knows which words belong together there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catalogue.errors import BadInput
from indexes.adaptation import Adaptation
from indexes.embedder import model_folder
from indexes.helper import Helper
from indexes.static import StaticEmbedder, Vectors, is_static, unit
from ingest.own_words import Passage

# Fewer passages than this teach a model their accidents, not their language.
FEWEST_PASSAGES = 50
# A third of the rate the model was made with: it shall learn more without forgetting what it knows.
_BATCH, _RATE, _WARMUP, _DROPPED = 512, 0.003, 0.1, 0.2
_PASSES = 150
_FEWEST_STEPS, _MOST_STEPS = 200, 600
# What an unseen word takes over comes from so many seen ones, each at least so much like it.
_MODELS, _LIKE = 5, 0.25
_AT_ONCE = 200
# Many times what it takes: whoever waits longer waits for something that hangs.
_LONGEST_S = 3600.0


def teach(model: StaticEmbedder, passages: Sequence[Passage]) -> Adaptation | None:
    """What the model learns from the passages of a house, in a process of its own.

    The same passages give the same vectors; None when the process is lost, or the passages hold nothing to learn from.
    """
    helper = Helper[tuple[Path, Sequence[Passage]], Adaptation | None](_learn_there)
    try:
        helper.ask((model.folder, passages))
        return helper.answer(_LONGEST_S)
    finally:
        helper.close()


def _learn_there(asked: tuple[Path, Sequence[Passage]]) -> Adaptation | None:
    folder, passages = asked
    try:
        return learn_words(StaticEmbedder(folder), passages)
    except BadInput:
        return None


def learn_words(model: StaticEmbedder, passages: Sequence[Passage], *, seed: int = 7) -> Adaptation:
    """Continue a static model on (heading → text), (span → rest) and the like, cut out of the passages.

    The tokenizer stays as it is, so no name or word of the passages enters the vocabulary. Tokens that stand in none
    of the passages go the way of those that are most like them: otherwise what they mean would stay behind.

    Raises: BadInput when the passages hold hardly a sentence.
    """
    # compilers and the tables of training: only the process that learns needs them
    from quality.train.corpus import Corpus, Section
    from quality.train.material import prepare
    from quality.train.pairs import Mix, Pairs
    from quality.train.static import Plan, train
    from quality.train.tokenizer import pieces

    sections = [Section(0, one.title, " ".join(one.headings), one.text) for one in passages]
    prepared = prepare(Corpus(["collection"], sections, [], [], []))
    cut = pieces(model.tokenizer, prepared.words)
    steps = min(max(_PASSES * len(passages) // _BATCH, _FEWEST_STEPS), _MOST_STEPS)
    smaller = tuple(width for width in (256, 128, 64) if width < model.dim)
    plan = Plan(model.dim, smaller, steps, _BATCH, _RATE, _WARMUP, dropped=_DROPPED, seed=seed)
    weights = np.array(model.weights, np.float32)
    for _ in train(Pairs(prepared.material, Mix(), seed), cut, weights, plan):
        pass
    _move_unseen(model.weights, weights, np.unique(cut.flat))
    tokens = np.flatnonzero((weights != model.weights).any(axis=1)).astype(np.int32)
    return Adaptation(tokens, weights[tokens].astype(np.float16), len(passages), model.origin)


def _move_unseen(before: Vectors, after: Vectors, seen: np.ndarray[tuple[int], np.dtype[np.int32]]) -> None:
    """Move every other token, in place, by the mean of how the seen ones nearest to it were moved.

    Shapes: before and after (tokens, dim); seen (n,) numbers of tokens.
    """
    known, moved = unit(before[seen]), after[seen] - before[seen]
    unseen = np.setdiff1d(np.arange(len(before)), seen)
    count = min(_MODELS, len(seen))
    for start in range(0, len(unseen), _AT_ONCE):
        rows = unseen[start : start + _AT_ONCE]
        likes = unit(before[rows]) @ known.T
        nearest = np.argpartition(-likes, count - 1, axis=1)[:, :count]
        shares = np.take_along_axis(likes, nearest, axis=1)
        shares = np.where(shares > _LIKE, shares, 0)
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
        after[rows] += np.einsum("rn,rnd->rd", shares, moved[nearest])


def adapt(folder: Path, passages: Sequence[Passage], out: Path, *, seed: int = 7) -> str:
    """Write a new folder with a model that has learnt from the passages; returns its fingerprint.

    Raises: BadInput when there are too few passages to learn from; BadModel when `folder` is no usable static model.
    """
    if len(passages) < FEWEST_PASSAGES:
        raise BadInput(
            f"Zum Anpassen des Sprachmodells reichen {len(passages)} Passagen nicht.",
            f"Bitte zuerst Dokumente mit zusammen mindestens {FEWEST_PASSAGES} Passagen aufnehmen.",
        )
    from quality.train.static import save

    model = StaticEmbedder(folder)
    save(out, folder / "tokenizer.json", model.adapted(learn_words(model, passages, seed=seed)).weights)
    return StaticEmbedder(out).fingerprint


def static_folder(model: str) -> Path:
    """Where a model lies that can be adapted.

    Raises: BadInput when it is not a static model on this machine; BadModel when it is missing.
    """
    folder = model_folder(model)
    if folder is None or not is_static(folder):
        raise BadInput(
            f"Das Modell „{model}“ lässt sich hier nicht anpassen.",
            "Angepasst werden statische Modelle: STADTWISSEN_MODEL auf „schnell“ oder einen solchen Ordner setzen.",
        )
    return folder
