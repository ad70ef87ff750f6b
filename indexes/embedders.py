"""Which model reads the questions to a generation: the one in use, with what it had learnt when that was built."""

from __future__ import annotations

from indexes.adaptation import read_adaptation
from indexes.embedder import Embedder
from indexes.generation import OpenGeneration
from indexes.static import StaticEmbedder


def embedder_of(opened: OpenGeneration, base: Embedder) -> Embedder | None:
    """The model a generation was made with, as far as it is `base` or has come of it; None if it is another.

    Raises: IndexUnavailable when what it had learnt cannot be read.
    """
    wanted = opened.manifest.fingerprint
    if base.fingerprint == wanted:
        return base
    adaptation = read_adaptation(opened.folder)
    if adaptation is None or not isinstance(base, StaticEmbedder) or adaptation.origin != base.origin:
        return None
    adapted = base.adapted(adaptation)
    return adapted if adapted.fingerprint == wanted else None


class Embedders:
    """The models of one generation after the other: most are made with the one of the generation before."""

    def __init__(self) -> None:
        self._last: Embedder | None = None

    def keep(self, embedder: Embedder) -> None:
        """Know the model of a generation that is going to be built."""
        self._last = embedder

    def of(self, opened: OpenGeneration, base: Embedder) -> Embedder | None:
        """As `embedder_of`, without loading the same one twice."""
        if self._last is None or self._last.fingerprint != opened.manifest.fingerprint:
            self._last = embedder_of(opened, base)
        return self._last
