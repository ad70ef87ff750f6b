"""Reads in a document what it abbreviates: „Bürgerbüro (BüBü)“, „DA (Dienstanweisung)“."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from catalogue.access import Reader, visible_chunks
from catalogue.connection import Sessions
from catalogue.tables import Chunk, Document
from indexes.glossary import LONGEST_FORM, Meaning, keep_read, key_of

_LONGEST_SHORT = 12
_BRACKETED = re.compile(r"\(\s*([^()\n]{2,120}?)\s*\)")
_SHORT = re.compile(rf"[A-ZÄÖÜa-zäöüß][\wäöüÄÖÜß.&/-]{{1,{_LONGEST_SHORT - 1}}}")
_CAPITAL = re.compile(r"[A-ZÄÖÜ]")
_WORD_BEFORE = re.compile(r"[\wäöüÄÖÜß&/.-]+$")
_JOINTS = re.compile(r"[\s-]+")
_EDGES = " ,;:„“\"'»«"


def abbreviations(texts: Iterable[str]) -> list[Meaning]:
    """Each pair once, in reading order."""
    found = {(key_of(one.short), key_of(one.long)): one for text in texts for one in _pairs(text)}
    return [one for (short, long), one in found.items() if short != long]


def _pairs(text: str) -> Iterator[Meaning]:
    for match in _BRACKETED.finditer(text):
        inside, before = match[1].strip(_EDGES), text[max(0, match.start() - 200) : match.start()].rstrip(_EDGES + "\n")
        if _is_short(inside):
            long = _long_form(inside, before)
            if long:
                yield Meaning(inside, long)
            continue
        word = _WORD_BEFORE.search(before[-_LONGEST_SHORT - 1 :])
        if word and _is_short(word[0]) and _long_form(word[0], inside) == inside:
            yield Meaning(word[0], inside)


def _is_short(form: str) -> bool:
    """Capitals tell: „BüBü“, „DSGVO“, „beBPo“, but neither „Halter“ nor „siehe Anlage“."""
    return bool(_SHORT.fullmatch(form)) and len(_CAPITAL.findall(form)) >= 2


def _long_form(short: str, before: str) -> str:
    """The last words of a text that hold the letters of the short form in their order; empty if there are none.

    The first letter must begin a word, and no more words may be taken than there are letters, and two.

    Source: Schwartz and Hearst, "A Simple Algorithm for Identifying Abbreviation Definitions in Biomedical Text",
        PSB 2003.
    """
    letters = [letter for letter in short.lower() if letter.isalnum()]
    at, lower = len(before), before.lower()
    if len(lower) != at:  # „İ“ becomes two signs
        lower = "".join(sign if len(sign.lower()) > 1 else sign.lower() for sign in before)
    for number, letter in reversed(list(enumerate(letters))):
        at = lower.rfind(letter, 0, at)
        while number == 0 and at > 0 and before[at - 1].isalnum():
            at = lower.rfind(letter, 0, at)
        if at < 0:
            return ""
    long = before[at:].strip(_EDGES)
    parts = [part for part in _JOINTS.split(long) if part]
    is_good = len(letters) < len(long) and len(key_of(long)) <= LONGEST_FORM and len(parts) <= len(letters) + 2
    return long if is_good and not re.search(r"[.!?]\s|[()]", long) else ""


def reread(sessions: Sessions, tenant_id: int) -> int:
    """Look through every document that is shown once more. Returns how many abbreviations were found."""
    with sessions() as session:
        rows = session.execute(visible_chunks(Reader(tenant_id), Document.id, Chunk.text).order_by(Document.id)).all()
    total = 0
    for document_id, group in groupby(rows, key=itemgetter(0)):
        with sessions.begin() as session:
            found = abbreviations(text for _, text in group)
            total += keep_read(session, tenant_id, {document_id: found}, [document_id])
    return total
