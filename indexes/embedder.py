"""Texts become unit vectors: the shipped models, any sentence-transformers folder, or a name on a model hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from catalogue.errors import BadModel
from indexes.static import StaticEmbedder, Vectors, broken, fingerprint, is_static, unit

SHIPPED = ("schnell", "gut")
_MODELS = Path(__file__).parent / "models"
# What a folder's vectors depend on; cards, training state and other export formats do not.
_MATTERS = (".safetensors", ".bin", ".json", ".txt", ".model")


class Embedder(Protocol):
    """What makes vectors; two embedders with the same fingerprint make the same vectors."""

    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def max_tokens(self) -> int: ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Shapes: (len(texts), dim) float32, unit L2 norm; zeros for a text without tokens if the model is static."""
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
    if static := static_folder(model):
        return StaticEmbedder(static)
    return TransformerEmbedder(str(model_folder(model) or model), threads=threads)


def static_folder(model: str) -> Path | None:
    """Where the model lies, if it is a static one.

    Raises: BadModel as `model_folder` does.
    """
    folder = model_folder(model)
    return folder if folder is not None and is_static(folder) else None


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
        self._lock = threading.Lock()
        try:
            probe = self._documents(["Satzung"])
        except Exception as error:  # whatever a damaged model raises, the administrator needs the same sentence
            raise broken(Path(name), "es lässt sich laden, aber nicht ausführen.") from error
        self.dim = int(probe.shape[1])
        self.max_tokens = int(min(self._model.max_seq_length or 512, 1_000_000))
        files = sorted(file for file in folder.rglob("*") if file.suffix in _MATTERS) if folder else []
        self.fingerprint = fingerprint(files, name if folder is None else "", str(self.dim), str(self._model.dtype))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Shapes: (len(texts), dim) float32, unit L2 norm."""
        return self._documents(texts) if texts else np.zeros((0, self.dim), np.float32)

    def encode_query(self, text: str) -> Vectors:
        """Shapes: (dim,) float32, unit L2 norm."""
        with self._lock:
            rows = self._model.encode_query([text], show_progress_bar=False)
        row: Vectors = unit(np.asarray(rows, np.float32))[0]
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the model would read in each text if it had no limit, special tokens included."""
        with self._lock:
            return [len(self._model.tokenizer(text, truncation=False)["input_ids"]) for text in texts]

    def _documents(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            rows = self._model.encode_document(list(texts), show_progress_bar=False, batch_size=32)
        return unit(np.asarray(rows, np.float32))


def _load(name: str) -> tuple[Any, Path | None]:
    """The model, and the folder its files lie in, if that is known."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer

    folder = Path(name) if Path(name).is_dir() else _cached(name)
    try:
        if folder is not None:
            return SentenceTransformer(str(folder), device="cpu", local_files_only=True), folder
        model = SentenceTransformer(name, device="cpu")
    except Exception as error:  # loaders raise anything from OSError to KeyError; the way out is the same
        raise BadModel(
            f"Das Sprachmodell „{name}“ lässt sich nicht laden ({type(error).__name__}).",
            "Ohne Zugang zu einem Modellverzeichnis bitte STADTWISSEN_MODEL auf „schnell“ oder einen Ordner setzen.",
        ) from error
    return model, _cached(name)


def _cached(name: str) -> Path | None:
    """The folder of a hub model that was downloaded before, found without asking the network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, ValueError, OSError):
        return None
