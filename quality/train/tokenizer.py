"""Learn the WordPiece tokenizer of the shipped models from the words of the training folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from quality.train.words import Ragged

UNKNOWN = "[UNK]"
INNER = "##"
_LETTERS = 300
SPECIAL = (UNKNOWN, "[PAD]", "[CLS]", "[SEP]", "[MASK]")


def blank() -> Tokenizer:
    """The tokenizer's rules before it has a vocabulary: NFKC, lower case, umlauts and ß kept, signs by themselves."""
    tokenizer = Tokenizer(models.WordPiece({UNKNOWN: 0}, unk_token=UNKNOWN, continuing_subword_prefix=INNER))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex("[\u00ad\u200b]"), ""), normalizers.NFKC(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def learn(counts: Mapping[str, int], size: int, *, kept_out: frozenset[str]) -> Tokenizer:
    """A vocabulary of `size` pieces; words in `kept_out` (persons' names) are neither learnt from nor learnt.

    Each word counts by the root of its number: so pieces that many different words share win over single frequent
    words, which is what compounds need.
    """
    letters = _letters(counts)
    # The trainer meets inner letters in the order of a random hash, and breaks ties by it: naming them first, as if
    # they were special, makes the vocabulary the same each time.
    first = [*SPECIAL, *(INNER + letter for letter in letters)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size + len(kept_out),
        special_tokens=first,
        initial_alphabet=letters,
        limit_alphabet=len(letters),
        continuing_subword_prefix=INNER,
        show_progress=False,
        min_frequency=2,
    )
    learner = blank()
    learner.train_from_iterator(_repeated(counts, kept_out), trainer)
    ranked = sorted(learner.get_vocab().items(), key=lambda item: item[1])
    # a name may still have grown as the beginning or the end of longer words
    kept = [piece for piece, _ in ranked if piece.removeprefix(INNER) not in kept_out][:size]
    tokenizer = blank()
    numbered = {piece: number for number, piece in enumerate(kept)}
    tokenizer.model = models.WordPiece(numbered, unk_token=UNKNOWN, continuing_subword_prefix=INNER)
    return tokenizer


def _letters(counts: Mapping[str, int]) -> list[str]:
    """The signs that make up the words, rare ones left out."""
    seen: Counter[str] = Counter()
    for word, count in counts.items():
        for letter in word:
            seen[letter] += count
    return sorted(letter for letter, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0]))[:_LETTERS])


def _repeated(counts: Mapping[str, int], kept_out: frozenset[str]) -> Iterator[str]:
    """Lines in which each word stands as often as it shall count."""
    for word, count in counts.items():
        # a year or a paragraph is worth a piece of its own, a telephone number is not
        if word not in kept_out and not (word.isdecimal() and len(word) > 4):
            yield " ".join([word] * max(1, round(count**0.5)))


def pieces(tokenizer: Tokenizer, words: Sequence[str]) -> Ragged:
    """The numbers of each word's pieces."""
    found = [encoding.ids for encoding in tokenizer.encode_batch(list(words), add_special_tokens=False)]
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in found])]).astype(np.int64)
    return Ragged(np.fromiter(chain.from_iterable(found), np.int32), offsets)
