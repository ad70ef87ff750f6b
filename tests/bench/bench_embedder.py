"""How fast a model loads, answers and embeds: `python tests/bench/bench_embedder.py [model] [threads] [precision]`.

The precision, `float32` or `bfloat16`, is a transformer's; without it, what the product takes on this processor.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path
from statistics import median

from indexes.embedder import Embedder, JoinedEmbedder, TransformerEmbedder, load_embedder

SENTENCE = (
    "die satzung der stadt regelt welche gebühren für abwasser und straßenreinigung erhoben werden wenn ein grundstück "
    "an die öffentliche einrichtung angeschlossen ist oder der antrag auf befreiung bis zum jahresende gestellt ist"
)
WORDS = SENTENCE.split()
PASSAGE_TOKENS, PASSAGES, QUERIES = 200, 3000, 500


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def reckons_in(embedder: Embedder, precision: str) -> str:
    """What a transformer reckons in, once it is told to; a static model always reckons in float32."""
    import torch

    contextual = embedder._contextual if isinstance(embedder, JoinedEmbedder) else embedder
    if not isinstance(contextual, TransformerEmbedder):
        return "float32"
    if precision:
        contextual._model.to(getattr(torch, precision))
    return str(contextual._model.dtype).removeprefix("torch.")


def main(model: str = "schnell", threads: str = "2", precision: str = "") -> None:
    """Print the figures with the machine they were measured on; other work on the machine makes them smaller."""
    import numpy
    import tokenizers

    before = time.perf_counter()
    embedder = load_embedder(model, threads=int(threads))
    loaded_s = time.perf_counter() - before
    reckoned = reckons_in(embedder, precision)
    passages = [
        " ".join(WORDS[(number + place * (1 + number % 7)) % len(WORDS)] for place in range(PASSAGE_TOKENS))
        for number in range(PASSAGES)
    ]
    tokens = sum(embedder.count_tokens(passages[:50])) / 50
    embedder.encode_passages(passages[:64])
    before = time.perf_counter()
    embedder.encode_passages(passages)
    passages_s = PASSAGES / (time.perf_counter() - before)
    taken = []
    for number in range(QUERIES):
        before = time.perf_counter()
        embedder.encode_query(f"Wie hoch ist die Gebühr für Abwasser im Jahr {number}?")
        taken.append((time.perf_counter() - before) * 1000)
    print(f"{processor()}, {os.cpu_count()} Kerne, Last {os.getloadavg()[0]:.1f}, Python {platform.python_version()},")
    print(
        f"numpy {numpy.__version__}, tokenizers {tokenizers.__version__}; Modell {model}, {threads} Threads, {reckoned}"
    )
    read = f", in Zusammenhang gelesen {embedder.max_tokens}" if embedder.max_tokens < tokens else ""
    print(f"laden {loaded_s:.2f} s · {passages_s:,.0f} Passagen/s zu {tokens:.0f} Tokens{read}")
    print(f"Frage {median(taken):.3f} ms im Median, {sorted(taken)[int(QUERIES * 0.95)]:.3f} ms im 95. Perzentil")


if __name__ == "__main__":
    main(*sys.argv[1:])
