"""Go on training a static model with a house's own passages, so that it knows the words used there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from catalogue.errors import BadInput
from indexes.embedder import model_folder
from indexes.static import StaticEmbedder, is_static
from quality.train.corpus import Corpus, Section
from quality.train.material import prepare
from quality.train.pairs import Mix, Pairs
from quality.train.static import Plan, save, train
from quality.train.tokenizer import pieces

# Fewer passages than this teach a model their accidents, not their language.
FEWEST_PASSAGES = 50
# A tenth of the rate the model was made with: it shall learn more without forgetting what it knows.
_PLAN = Plan(steps=200, batch=256, rate=0.001, warmup=0.1)
_PASSES = 8


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage with the headings it stands under, outermost first."""

    title: str
    headings: tuple[str, ...]
    text: str


def adapt(folder: Path, passages: Sequence[Passage], out: Path, *, seed: int = 7) -> str:
    """Continue a static model on (heading → text) and (span → rest) pairs; write a new folder, return its fingerprint.

    The tokenizer stays as it is, so no name or word of the passages enters the vocabulary. The same passages and seed
    give the same model.

    Raises: BadInput when there are too few passages to learn from; BadModel when `folder` is no usable static model.
    """
    if len(passages) < FEWEST_PASSAGES:
        raise BadInput(
            f"Zum Anpassen des Sprachmodells reichen {len(passages)} Passagen nicht.",
            f"Bitte zuerst Dokumente mit zusammen mindestens {FEWEST_PASSAGES} Passagen aufnehmen.",
        )
    model = StaticEmbedder(folder)
    sections = [Section(0, one.title, " ".join(one.headings), one.text) for one in passages]
    prepared = prepare(Corpus(["collection"], sections, [], [], []))
    plan = replace(_PLAN, dim=model.dim, smaller=_smaller(model.dim), seed=seed)
    plan = replace(plan, steps=min(plan.steps, max(20, _PASSES * len(passages) // plan.batch)))
    weights = np.array(model.weights, np.float32)
    cut = pieces(model.tokenizer, prepared.words)
    for _ in train(Pairs(prepared.material, Mix(), seed), cut, weights, plan):
        pass
    save(out, folder / "tokenizer.json", weights)
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


def _smaller(dim: int) -> tuple[int, ...]:
    return tuple(width for width in (256, 128, 64) if width < dim)
