"""Texts become unit vectors: the shipped models, any sentence-transformers folder, or a name on a model hub."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from catalogue.errors import BadModel
from indexes.static import StaticEmbedder, Vectors, broken, fingerprint, is_static, unit

SHIPPED = ("schnell", "gut")
_MODELS = Path(__file__).parent / "models"
BESIDE = "beside.json"
"""Names, in a model's folder, the shipped static model it is used beside, and its share in what both say."""
# Passages whose numbers stay in the processor's cache.
_AT_ONCE = 8
_QUESTIONS_KEPT = 256
# What a folder's vectors depend on; cards, training state and other export formats do not.
_MATTERS = (".safetensors", ".bin", ".json", ".txt", ".model")


class Embedder(Protocol):
    """What makes vectors; two embedders with the same fingerprint make the same vectors."""

    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def origin(self) -> str:
        """The fingerprint of the model as it was loaded, whatever it has learnt from a house since."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text it reads, its contextual half if it has two."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Shapes: (len(texts), dim) float32, unit L2 norm; zeros for a text without tokens if the model is static."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """As documents, but each as what is to be found and not as what is compared with another.

        Shapes: (len(texts), dim) float32, unit L2 norm; zeros for a text without tokens if the model is static.
        """
        ...

    def encode_query(self, text: str) -> Vectors:
        """Shapes: (dim,) float32, unit L2 norm."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the model would read in each text if it had no limit."""
        ...


def load_embedder(model: str, *, threads: int = 1) -> Embedder:
    """Load "schnell" or "gut" (in the box), a local folder, or a model by its name on a hub.

    A static model needs one of the `threads`: it is Python that takes its time, and readers need the other cores.

    Raises: BadModel when it is missing or damaged; the text names STADTWISSEN_MODEL.
    """
    folder = model_folder(model)
    if folder is not None and is_static(folder):
        return StaticEmbedder(folder)
    contextual = TransformerEmbedder(str(folder or model), threads=threads)
    beside = _beside(folder)
    return contextual if beside is None else JoinedEmbedder(StaticEmbedder(beside[0]), contextual, beside[1])


def tokenizer_folder(model: str) -> Path | None:
    """Where the tokenizer lies that passages are measured by, if it can be had without the model's weights.

    Raises: BadModel as `model_folder` does.
    """
    folder = model_folder(model)
    if folder is None or is_static(folder):
        return folder
    beside = _beside(folder)
    return beside and beside[0]


def _beside(folder: Path | None) -> tuple[Path, float] | None:
    """The static model this one is used beside, and this one's share."""
    file = folder and folder / BESIDE
    if not file or not file.exists():
        return None
    try:
        record = json.loads(file.read_text("utf-8"))
        name, share = str(record["model"]), float(record["share"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise broken(file.parent, f"{BESIDE} ist beschädigt.") from error
    other = _MODELS / name
    if name not in SHIPPED or not is_static(other) or not 0 < share < 1:
        raise broken(file.parent, f"{BESIDE} nennt kein mitgeliefertes statisches Modell oder keinen Anteil.")
    return other, share


def model_folder(model: str) -> Path | None:
    """Where the model lies on this machine; None if the name can only be a hub's.

    Raises: BadModel when a path, or a shipped model, is named that is not there.
    """
    folder = _MODELS / model if model in SHIPPED else Path(model).expanduser()
    if folder.is_dir():
        return folder
    looks_like_a_path = model.startswith((".", "/", "~")) or model.count("/") != 1
    if model in SHIPPED or looks_like_a_path:
        raise broken(folder, "Der Ordner ist nicht vorhanden.")
    return None


class TransformerEmbedder:
    """Any sentence-transformers model, with the prompts it was trained with; reads a hub's copy on disk before the hub.

    One query at a time and documents in batches: sentence_transformers changes the tokenizer's padding while it
    encodes, so a lock keeps threads apart.
    """

    def __init__(self, name: str, *, threads: int = 1) -> None:
        """Raises: BadModel when the model cannot be loaded, here or from the hub."""
        import threading

        import torch

        torch.set_num_threads(max(1, threads))
        self._model, folder = _load(name)
        stored = self._model.dtype
        if stored == torch.float16:  # small to keep, slow to reckon with
            self._model.to(torch.bfloat16 if _reckons_in_bfloat16() else torch.float32)
        self._lock = threading.Lock()
        # A search looks at a question more than once: to find, and to see whether there are grounds.
        self._asked = lru_cache(_QUESTIONS_KEPT)(self._query)
        try:
            probe = self._documents(["Satzung"])
        except Exception as error:  # whatever a damaged model raises, the administrator needs the same sentence
            raise broken(Path(name), "es lässt sich laden, aber nicht ausführen.") from error
        self.dim = int(probe.shape[1])
        self.max_tokens = int(min(self._model.max_seq_length or 512, 1_000_000))
        files = sorted(file for file in folder.rglob("*") if file.suffix in _MATTERS) if folder else []
        self.fingerprint = fingerprint(files, name if folder is None else "", str(self.dim), str(stored))
        self.origin = self.fingerprint

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Shapes: (len(texts), dim) float32, unit L2 norm."""
        return self._documents(texts) if texts else np.zeros((0, self.dim), np.float32)

    encode_passages = encode_documents

    def encode_query(self, text: str) -> Vectors:
        """Shapes: (dim,) float32, unit L2 norm; not to be written to, since the last questions' vectors are kept."""
        return self._asked(text)

    def _query(self, text: str) -> Vectors:
        with self._lock:
            rows = self._model.encode_query([text], show_progress_bar=False, convert_to_tensor=True)
        row: Vectors = unit(rows.float().numpy())[0]
        row.flags.writeable = False
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the model would read in each text if it had no limit, special tokens included."""
        with self._lock:
            return [len(self._model.tokenizer(text, truncation=False)["input_ids"]) for text in texts]

    def _documents(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            rows = self._model.encode_document(
                list(texts), show_progress_bar=False, batch_size=_AT_ONCE, convert_to_tensor=True
            )
        return unit(rows.float().numpy())


class JoinedEmbedder:
    """A static and a contextual model side by side: one knows words, the other what they mean beside each other.

    The cosine of two joined vectors is the mean of both models' cosines, weighted by `share` for the contextual one.
    Passages are measured in the static model's tokens, so that both models cut them alike.
    """

    def __init__(self, static: StaticEmbedder, contextual: TransformerEmbedder, share: float) -> None:
        self._static, self._contextual = static, contextual
        self._weights = (1 - share) ** 0.5, share**0.5
        self.dim = static.dim + contextual.dim
        self.max_tokens = min(static.max_tokens, contextual.max_tokens)
        self.fingerprint = fingerprint((), static.fingerprint, contextual.fingerprint, str(share))
        self.origin = self.fingerprint

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Shapes: (len(texts), dim) float32, unit L2 norm."""
        return self._joined(self._static.encode_documents(texts), self._contextual.encode_documents(texts))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Shapes: (len(texts), dim) float32, unit L2 norm."""
        return self._joined(self._static.encode_passages(texts), self._contextual.encode_passages(texts))

    def encode_query(self, text: str) -> Vectors:
        """Shapes: (dim,) float32, unit L2 norm."""
        return self._joined(self._static.encode_query(text), self._contextual.encode_query(text))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the static model reads in each text."""
        return self._static.count_tokens(texts)

    def _joined(self, words: Vectors, context: Vectors) -> Vectors:
        return unit(np.concatenate([self._weights[0] * words, self._weights[1] * context], axis=-1))


def _load(name: str) -> tuple[Any, Path | None]:
    """The model, and the folder its files lie in, if that is known."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer

    folder = Path(name) if Path(name).is_dir() else _cached(name)
    try:
        with _quietly():
            if folder is not None:
                return SentenceTransformer(str(folder), device="cpu", local_files_only=True), folder
            model = SentenceTransformer(name, device="cpu")
    except Exception as error:  # loaders raise anything from OSError to KeyError; the way out is the same
        raise BadModel(
            f"Das Sprachmodell „{name}“ lässt sich nicht laden ({type(error).__name__}).",
            "Ohne Zugang zu einem Modellverzeichnis bitte STADTWISSEN_MODEL auf „schnell“ oder einen Ordner setzen.",
        ) from error
    return model, _cached(name)


@contextmanager
def _quietly() -> Iterator[None]:
    """Loaders report weights that a mean of outputs has no use for, and draw bars: nothing an administrator can use."""
    from transformers.utils import logging as told

    reports: Any = told
    loud, bars = reports.get_verbosity(), reports.is_progress_bar_enabled()
    others = logging.getLogger("sentence_transformers")
    level = others.level
    reports.set_verbosity_error()
    reports.disable_progress_bar()
    others.setLevel(logging.ERROR)
    try:
        yield
    finally:
        reports.set_verbosity(loud)
        if bars:
            reports.enable_progress_bar()
        others.setLevel(level)


def _cached(name: str) -> Path | None:
    """The folder of a hub model that was downloaded before, found without asking the network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, ValueError, OSError):
        return None


def _reckons_in_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself; where it does not, float32 is faster."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8").split()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
