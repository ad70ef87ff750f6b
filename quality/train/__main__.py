"""The recipe of the shipped static model, step by step: `python -m quality.train words tokenizer static card`."""

from __future__ import annotations

import argparse
import datetime
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from catalogue.errors import BadInput, StadtwissenError
from quality.train.material import Prepared
from quality.train.places import DATA, DICTIONARY, JUDGED, MODELS, QUESTIONS, WORK


@dataclass(frozen=True, slots=True)
class Places:
    """Where the recipe reads and writes."""

    data: Path
    work: Path
    out: Path
    judged: Path
    steps: int | None
    vocabulary: int
    dictionary: Path | None

    @property
    def prepared(self) -> Path:
        return self.work / "words.pickle"

    @property
    def tokenizer(self) -> Path:
        return self.work / "tokenizer.json"


def words(places: Places) -> None:
    """Read the training folder and number its words; later steps start from the result."""
    from quality.train.corpus import read
    from quality.train.dictionary import read_dictionary
    from quality.train.material import prepare

    entries = read_dictionary(places.dictionary) if places.dictionary else []
    prepared = prepare(replace(read(places.data), entries=entries))
    places.work.mkdir(parents=True, exist_ok=True)
    places.prepared.write_bytes(pickle.dumps(prepared))
    print(f"{len(prepared.words)} verschiedene Wörter, {len(prepared.names)} Familiennamen herausgehalten")


def tokenizer(places: Places) -> None:
    """Learn the vocabulary."""
    from quality.train.tokenizer import learn

    prepared = _prepared(places)
    learned = learn(prepared.counts, places.vocabulary, kept_out=prepared.names)
    learned.save(str(places.tokenizer))
    print(f"{learned.get_vocab_size()} Tokens in {places.tokenizer}")


def static(places: Places) -> None:
    """Train the vectors and write the model's folder."""
    from tokenizers import Tokenizer

    from quality.train.names import KEPT_OUT, write_kept_out
    from quality.train.pairs import Mix, Pairs
    from quality.train.static import Plan, save, start, token_counts, train
    from quality.train.tokenizer import pieces

    prepared, plan = _prepared(places), Plan()
    if places.steps is not None:
        plan = replace(plan, steps=places.steps)
    if not places.tokenizer.exists():
        raise BadInput("Es fehlt der Tokenizer.", "Bitte zuerst den Schritt „tokenizer“ ausführen.")
    learned = Tokenizer.from_file(str(places.tokenizer))
    cut = pieces(learned, prepared.words)
    counts = token_counts(prepared.material.texts, cut, learned.get_vocab_size())
    weights = start(counts, plan.dim, plan.seed)
    recent = 0.0
    for step, loss in train(Pairs(prepared.material, Mix(), plan.seed), cut, weights, plan):
        recent = loss if step == 0 else 0.98 * recent + 0.02 * loss
        if (step + 1) % 100 == 0:
            print(f"Schritt {step + 1} von {plan.steps}: Verlust {recent:.3f}", flush=True)
    save(places.out, places.tokenizer, weights)
    write_kept_out(places.out / KEPT_OUT, prepared.names)
    print(f"Modell in {places.out}")


def card(places: Places) -> None:
    """Measure the vectors on the development sets and write the model's card."""
    from indexes.static import StaticEmbedder
    from quality.train.card import SCHNELL, measure, write

    embedder = StaticEmbedder(places.out)
    measured = measure(embedder, places.judged, QUESTIONS)
    sources = sorted(places.data.glob("*.jsonl.gz")) + ([places.dictionary] if places.dictionary else [])
    shape = {"dim": embedder.dim, "vocabulary": embedder.vocabulary_size}
    today, recipe = datetime.date.today(), "python -m quality.train"
    write(places.out, SCHNELL, embedder.fingerprint, shape, sources, measured, today=today, recipe=recipe)
    for line in measured:
        print(f"{line.name}: nDCG@10 {line.ndcg:.3f}, Recall@10 {line.recall:.3f}")


STEPS: dict[str, Callable[[Places], None]] = {"words": words, "tokenizer": tokenizer, "static": static, "card": card}


def main(arguments: list[str]) -> int:
    """Run the named steps in the recipe's order, or all of them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m quality.train", description=__doc__)
    parser.add_argument("step", nargs="*", choices=[*STEPS, "all"], default="all", help="ohne Angabe: alle")
    parser.add_argument("--data", type=Path, default=DATA, help="Ordner mit *.jsonl.gz")
    parser.add_argument("--judged", type=Path, default=JUDGED, help="Ordner mit Prüfaufgaben")
    parser.add_argument("--work", type=Path, default=WORK, help="Zwischenergebnisse")
    parser.add_argument("--out", type=Path, default=MODELS / "schnell", help="Ordner des fertigen Modells")
    parser.add_argument("--dictionary", default=str(DICTIONARY), help="Wörterbuch im Format von Ding, oder „none“")
    parser.add_argument("--steps", type=int, default=None, help="Lernschritte, wenn andere als im Rezept")
    parser.add_argument("--vocabulary", type=int, default=47_000, help="Größe des Wortschatzes")
    found = parser.parse_args(arguments)
    dictionary = None if found.dictionary == "none" else Path(found.dictionary)
    places = Places(found.data, found.work, found.out, found.judged, found.steps, found.vocabulary, dictionary)
    try:
        for name, step in STEPS.items():
            if "all" in found.step or name in found.step:
                step(places)
    except StadtwissenError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _prepared(places: Places) -> Prepared:
    if not places.prepared.exists():
        raise BadInput("Es fehlen die Wörter.", "Bitte zuerst den Schritt „words“ ausführen.")
    found: Prepared = pickle.loads(places.prepared.read_bytes())
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
