"""Whether what was found has to do with the question, or is only what is nearest: meaning always finds something.

Words decide first. A word that tells anything, found anywhere in reach, is reason enough; only where there is none, the
likeness of what was found is looked at. `python -m quality.strays` measures this on questions that have nothing to do
with the documents, and on those that do.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexes.answer.wanted import NOISE
from indexes.embedder import Embedder
from indexes.german import Question, words
from indexes.learnt import learnt_beside
from indexes.lexical import LexicalIndex
from indexes.query import EVERYTHING, Hit, Scope
from indexes.segments import VectorIndex

_FEW = 5
_SHARE = 0.05
_LOOKED_AT = 50
_LONG, _PAIR = 5, 2


def has_grounds(
    question: Question,
    hits: Sequence[Hit],
    scope: Scope,
    lexical: LexicalIndex,
    vectors: VectorIndex,
    embedder: Embedder,
) -> bool:
    """Whether a telling word, every word, or the meaning of the question is found where it was looked for."""
    if not hits:
        return False
    asked = _found(question, lexical)
    rare = max(_FEW, _SHARE * lexical.passages())
    knows_all = all(asked.values())
    telling = {term for counts in asked.values() for term, count in counts.items() if knows_all or count <= rare}
    # What is not to be seen is no reason.
    if telling and (scope == EVERYTHING or lexical.holds_any(telling, scope)):
        return True
    if not any(asked.values()) and _are_letters(list(asked), embedder):
        return False
    vector = embedder.encode_query(question.text)
    nearest = vectors.cosines(vector, vectors.columns.rows_of([hit.chunk_id for hit in hits[:_LOOKED_AT]]))
    learnt, has_learnt = learnt_beside(embedder.origin), embedder.fingerprint != embedder.origin
    return bool(nearest.max() >= learnt["like_adapted" if has_learnt else "like"])


def _found(question: Question, lexical: LexicalIndex) -> dict[str, dict[str, int]]:
    """For each word that can tell anything: its stem and parts that are indexed, with the number of passages."""
    said = {word.exact: word.terms for word in words(question.text) if word.terms and word.exact}
    known = {}
    for word, terms in {word: terms for word, terms in said.items() if word not in NOISE}.items() or said.items():
        counts = {term: lexical.count_of(term) for term in terms}
        known[word] = {term: count for term, count in counts.items() if count}
    return known


def _are_letters(said: Sequence[str], embedder: Embedder) -> bool:
    """Whether the model knows these words only as single letters and pairs: what it makes of „asdfgh“ means nothing."""
    pieces = embedder.count_tokens(said) if said else []
    return bool(said) and all(
        len(word) >= _LONG and len(word) <= _PAIR * count for word, count in zip(said, pieces, strict=True)
    )
