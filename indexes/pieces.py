"""The tokens of a text: each word is cut by the tokenizer once, and remembered; many are known from the start."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

# In these signs, which nearly all German text is made of, NFKC changes nothing and lower case is one letter each, so a
# text may be cut into words here. A run of signs between blanks that holds any other goes through the tokenizer.
_SIGNS = " -~äöüÄÖÜß§–„“”€°"
_PLAIN = re.compile(rf"[\t\n\r{_SIGNS}]*")
_STRANGE = re.compile(rf"((?<![^\t\n\r ])[^\t\n\r ]*[^\t\n\r{_SIGNS}][^\t\n\r ]*)")
_WORD = re.compile(r"[0-9a-zäöüß€°]+|[!-/:-@\[-`{-~§–„“”]")
_REMEMBERED = 300_000


class Pieces:
    """Cuts texts exactly as its tokenizer does (lower case, words and signs apart), several times as fast.

    Safe to use from several threads: a word cut twice gives the same pieces.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._simple = _cuts_plainly(tokenizer)
        self._whole = _whole_words(tokenizer) if self._simple else {}
        self._known = dict(self._whole)

    def __call__(self, text: str) -> list[int]:
        """The numbers of the text's tokens, in order."""
        if not self._simple:
            return self._ask(text)
        known = self._known
        if len(known) > _REMEMBERED:
            known = self._known = dict(self._whole)
        words = _words(text)
        try:  # cheaper than asking for each word whether it is known
            return list(chain.from_iterable(map(known.__getitem__, words)))
        except KeyError:
            for word in words:
                if word not in known:
                    known[word] = self._ask(word)
            return list(chain.from_iterable(map(known.__getitem__, words)))

    def _ask(self, text: str) -> list[int]:
        # The fast variant leaves out the offsets nobody reads here. One text at a time: a batch would start the
        # tokenizer's own threads, which ignore our number of threads and quarrel with forks.
        found: list[int] = self._tokenizer.encode_batch_fast([text], add_special_tokens=False)[0].ids
        return found


def _words(text: str) -> list[str]:
    """The words and signs of a text; a run that is not plain stays whole, and as it is."""
    if _PLAIN.fullmatch(text):
        return _WORD.findall(text.lower())
    parts = _STRANGE.split(text)  # plain and strange by turns
    return [word for turn, part in enumerate(parts) for word in ([part] if turn % 2 else _WORD.findall(part.lower()))]


def _cuts_plainly(tokenizer: Any) -> bool:
    """True if the tokenizer lowers case, parts words from signs, and does nothing else to plain text."""
    from tokenizers import pre_tokenizers

    if not isinstance(tokenizer.pre_tokenizer, pre_tokenizers.BertPreTokenizer) or tokenizer.normalizer is None:
        return False
    probe = "".join(map(chr, range(32, 127))) + "äöüÄÖÜß§–„“”€°"
    return bool(tokenizer.normalizer.normalize_str(probe) == probe.lower())


def _whole_words(tokenizer: Any) -> dict[str, list[int]]:
    """The words that are tokens themselves: WordPiece takes the longest token a word begins with, so the word."""
    from tokenizers import models

    if not isinstance(tokenizer.model, models.WordPiece):
        return {}
    return {word: [number] for word, number in tokenizer.get_vocab().items() if _WORD.fullmatch(word)}
