"""Run a static embedding folder (one vector per token, averaged) with tokenizers and numpy alone.

The folder is what `SentenceTransformer.save` writes for a `StaticEmbedding`. Reading it here spares the seconds and
the half gigabyte that importing sentence_transformers costs; the vectors are the same. Those of passages are not: what
a passage begins with counts more, which sentence_transformers has no module for.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import BadModel
from indexes.adaptation import Adaptation
from indexes.pieces import Pieces

Vectors = NDArray[np.float32]

# A mean of word vectors has no window of its own; past this many tokens it says little about any single passage.
READABLE_TOKENS = 2048
# What a passage is about stands at its beginning: its first tokens count six times as much as those far behind.
_AT_FIRST, _HALF_WAY = 5, 60
_WEIGHT = "embedding.weight"


def is_static(folder: Path) -> bool:
    """True if the folder is a static model this module can run: StaticEmbedding, at most followed by Normalize."""
    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        names = [str(module["type"]).rsplit(".", 1)[-1] for module in modules]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return names[:1] == ["StaticEmbedding"] and set(names[1:]) <= {"Normalize"}


class StaticEmbedder:
    """A static model in memory; safe to use from several threads, since nothing is changed after loading.

    Texts without any token (empty, only blanks) get the zero vector, which is similar to nothing. `learnt_from` says
    from how many of a house's passages it has learnt, `changed` which tokens, `origin` is its fingerprint before that.
    """

    max_tokens = READABLE_TOKENS
    learnt_from = 0
    changed: NDArray[np.int32] | None = None

    def __init__(self, folder: Path) -> None:
        """Raises: BadModel when a file is missing or damaged, or tokenizer and weights do not belong together."""
        self.folder = folder
        self.tokenizer = _read_tokenizer(folder / "tokenizer.json")
        self._tokens = Pieces(self.tokenizer)
        self.weights = _read_weights(folder / "model.safetensors")
        self._prompts = _read_prompts(folder)
        self.dim = int(self.weights.shape[1])
        self.vocabulary_size = int(self.tokenizer.get_vocab_size())
        if self.vocabulary_size > self.weights.shape[0]:
            raise broken(folder, "Tokenizer und Gewichte gehören nicht zusammen.")
        parts = [folder / "tokenizer.json", folder / "model.safetensors"]
        leaning = f"{_AT_FIRST} {_HALF_WAY}"
        self.fingerprint = fingerprint(parts, json.dumps(self._prompts, sort_keys=True), leaning)
        self.origin = self.fingerprint

    def adapted(self, adaptation: Adaptation) -> StaticEmbedder:
        """The same model with what it has learnt from a house's passages; this one stays as it is."""
        other = copy.copy(self)
        other.weights = self.weights.copy()
        other.weights[adaptation.tokens] = adaptation.vectors
        other.fingerprint = fingerprint((), self.fingerprint, adaptation.fingerprint)
        other.learnt_from, other.changed = adaptation.passages, adaptation.tokens
        return other

    @property
    def adaptation(self) -> Adaptation | None:
        """What it has learnt from a house's passages, if it has: the vectors of the tokens that changed."""
        if self.changed is None:
            return None
        vectors = self.weights[self.changed].astype(np.float16)
        return Adaptation(self.changed, vectors, self.learnt_from, self.origin)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Shapes: (len(texts), dim) float32, unit L2 norm; a text without tokens is a row of zeros."""
        return self._encode("document", texts, _evenly)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """What is to be found: the sooner a word comes, the more it counts.

        Shapes: (len(texts), dim) float32, unit L2 norm; a text without tokens is a row of zeros.
        """
        return self._encode("document", texts, _leaning)

    def encode_query(self, text: str) -> Vectors:
        """Shapes: (dim,) float32, unit L2 norm, or zeros for a text without tokens."""
        row: Vectors = self._encode("query", [text], _evenly)[0]
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the model reads in each text."""
        return [len(self._tokens(text)) for text in texts]

    def token_vectors(self, text: str) -> Vectors:
        """One row per token of the text, as weighted by the model: what a token-level comparison starts from.

        Shapes: (tokens, dim) float32, not normalised: a row's length is the token's weight.
        """
        rows: Vectors = self.weights[self._tokens(text)]
        return rows

    def _encode(self, kind: str, texts: Sequence[str], add_up: Callable[[Vectors, Vectors], None]) -> Vectors:
        out = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            ids = self._tokens(self._prompts[kind] + text)
            if ids:
                add_up(self.weights[ids], out[row])
        return unit(out)


def _evenly(tokens: Vectors, out: Vectors) -> None:
    np.add.reduce(tokens, axis=0, out=out)


def _leaning(tokens: Vectors, out: Vectors) -> None:
    places = np.arange(len(tokens), dtype=np.float32)
    np.matmul(1 + _AT_FIRST / (1 + places / _HALF_WAY), tokens, out=out)


@lru_cache(maxsize=2)
def token_counter(folder: Path) -> Callable[[Sequence[str]], list[int]]:
    """What counts tokens as the model in this folder does, without its weights: it is wanted in small processes.

    Raises: BadModel when the tokenizer is missing or damaged.
    """
    pieces = Pieces(_read_tokenizer(folder / "tokenizer.json"))
    return lambda texts: [len(pieces(text)) for text in texts]


def unit(rows: Vectors) -> Vectors:
    """Scale each row to L2 norm 1; rows of zeros stay zeros."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0), dtype=np.float32)


def fingerprint(files: Iterable[Path], *settings: str) -> str:
    """sha256 over the bytes of the files and the settings, independent of where the folder lies."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(file.name.encode())
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    for setting in settings:
        digest.update(setting.encode())
    return digest.hexdigest()


def broken(folder: Path, reason: str) -> BadModel:
    """The sentence an administrator reads when a model folder cannot be used; it names the setting."""
    return BadModel(
        f"Das Sprachmodell „{folder}“ ist nicht brauchbar: {reason}",
        "Bitte STADTWISSEN_MODEL auf „schnell“ oder auf einen vollständigen Modellordner setzen.",
    )


def _read_tokenizer(file: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the Rust side raises bare Exception, for a missing file as for a damaged one
        raise broken(file.parent, "tokenizer.json fehlt oder ist beschädigt.") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _read_weights(file: Path) -> Vectors:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = load_file(str(file))[_WEIGHT]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise broken(file.parent, "model.safetensors fehlt oder ist beschädigt.") from error
    table = np.ascontiguousarray(weights, dtype=np.float32)
    # one sum finds a single NaN or infinity, several times faster than asking each number
    if table.ndim != 2 or table.shape[1] == 0 or not np.isfinite(table.sum()):
        raise broken(file.parent, "die Gewichte haben nicht die Form (Tokens, Dimensionen) oder sind keine Zahlen.")
    return table


def _read_prompts(folder: Path) -> dict[str, str]:
    file = folder / "config_sentence_transformers.json"
    try:
        stored = json.loads(file.read_text("utf-8")).get("prompts") or {} if file.exists() else {}
        return {kind: str(stored.get(kind) or "") for kind in ("query", "document")}
    except (OSError, ValueError, AttributeError) as error:
        raise broken(folder, "config_sentence_transformers.json ist beschädigt.") from error
