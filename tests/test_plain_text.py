"""Plain text is cut into paragraphs and list items as `unstructured` would, only sooner."""

from __future__ import annotations

import random

import pytest

from ingest.parse.element import Element
from ingest.parse.office import converted, text_elements
from ingest.parse.offline import prepare

SIGNS = "ab1.)(-*•o–\n\n\n  Ä·@,"


@pytest.fixture(autouse=True)
def offline() -> None:
    prepare()


def theirs(text: str) -> list[tuple[str, str]]:
    from unstructured.partition.text import partition_text

    return [(element.kind, element.text) for element in converted(partition_text(text=text, languages=["deu"]))]


def ours(elements: list[Element]) -> list[tuple[str, str]]:
    return [("text" if element.kind == "title" else element.kind, element.text) for element in elements]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "Ein Satz,\nder umbrochen ist.\n\nEin zweiter Absatz.",
        "Mitzubringen sind:\n\n- Ausweis\n- Geburtsurkunde\n\n• ein Foto\n•\n\n1. eins\n2) zwei\n\nSchluss.",
        "GEBÜHREN\nDer erste Hund kostet 60 Euro.\nDer zweite kostet 90 Euro.\n",
        "1.\n\n(1) Absatz\n\nrathaus@stadt.example\n\nNew York, NY 12345",
    ],
)
def test_text_is_cut_where_unstructured_cuts_it(text: str) -> None:
    assert ours(text_elements(text)) == theirs(text)


def test_any_signs_are_cut_where_unstructured_cuts_them() -> None:
    draw = random.Random(1)
    for _ in range(300):
        text = "".join(draw.choice(SIGNS) for _ in range(draw.randint(1, 60)))
        assert ours(text_elements(text)) == theirs(text), repr(text)
