"""Keep `unstructured` off the network, and make its text classification fit German.

It loads an English spaCy model and installs it from the web at run time; no option avoids that. So two private
functions are replaced, and `self_test` fails loudly when a new version has moved them.
Source: measured with unstructured 0.27.32.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import version
from typing import Final

from catalogue.errors import BadSetting
from ingest.parse.sentences import German, import_without_spacy

_SENTENCE_END: Final[str] = ".!?;:"
_LONG_TITLE_WORDS: Final[int] = 14
_ENVIRONMENT: Final[dict[str, str]] = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "1",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    # German nouns are capitalised: with the default of 0.5 most sentences would count as titles.
    "UNSTRUCTURED_NARRATIVE_TEXT_CAP_THRESHOLD": "0.8",
}
_SAMPLE: Final[str] = "Die Gemeinde erhebt für die Bearbeitung von Anträgen Gebühren nach dieser Satzung."


@cache
def prepare() -> None:
    """Patch `unstructured` once per process, before its first use.

    Raises: BadSetting when the installed version has moved what is replaced.
    """
    os.environ.update(_ENVIRONMENT)
    try:
        # The PyPI package `catalogue`, which spaCy needs, shares its name with ours: spaCy is not installed.
        tokenize = import_without_spacy()
        from unstructured.partition import text_type
    except ImportError as error:
        raise _moved(str(error)) from error
    for module, name in ((tokenize, "_load_spacy_model"), (tokenize, "_get_nlp"), (text_type, "contains_verb")):
        if not callable(getattr(module, name, None)):
            raise _moved(f"{module.__name__}.{name}")
    vars(tokenize).update(_load_spacy_model=German)
    vars(text_type).update(contains_verb=reads_like_a_sentence)
    tokenize._get_nlp.cache_clear()


def self_test() -> None:
    """Prove that the replaced functions are the ones in use, by reading one German paragraph.

    Raises: BadSetting that names the installed version.
    """
    prepare()
    from unstructured.nlp import tokenize
    from unstructured.partition.html import partition_html
    from unstructured.partition.text import partition_text

    if tokenize._get_nlp().lang != "de":
        raise _moved("nlp.tokenize._get_nlp")
    plain = partition_text(text=f"{_SAMPLE}\n\n- Personalausweis", languages=["deu"])
    if [type(element).__name__ for element in plain] != ["NarrativeText", "ListItem"]:
        raise _moved("partition.text_type")
    page = partition_html(text=f"<h1>Gebühren</h1><p>{_SAMPLE}</p>", languages=["deu"])
    if [(type(element).__name__, element.text) for element in page] != [
        ("Title", "Gebühren"),
        ("NarrativeText", _SAMPLE),
    ]:
        raise _moved("partition.html")


def reads_like_a_sentence(text: str) -> bool:
    """Stands in for the search for an English verb: sentences end in punctuation or are long."""
    return text.rstrip()[-1:] in _SENTENCE_END or len(text.split()) > _LONG_TITLE_WORDS


def _moved(what: str) -> BadSetting:
    return BadSetting(
        f"unstructured {version('unstructured')} ist anders gebaut als erwartet ({what}).",
        "Bitte die Fassung aus constraints.txt einspielen: pip install -c constraints.txt unstructured",
    )
