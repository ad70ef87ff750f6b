"""Elements become passages: what stays together, what is cut, and how a passage is cited."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.chunk import ChunkDraft, chunk_elements, context_text
from ingest.parse.element import Element, Parsed
from ingest.parse.tables import table_element
from tests.test_pdf import REAL, needs_real_files


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def chunks(*elements: Element, size: int = 20, overlap: int = 5) -> list[ChunkDraft]:
    parsed = Parsed(elements, "Titel", "text/plain")
    return chunk_elements(parsed, count_tokens=words, max_tokens=size, overlap_tokens=overlap)


def title(text: str, level: int, page: int | None = None) -> Element:
    return Element("title", text, level, page)


def text(content: str, page: int | None = None) -> Element:
    return Element("text", content, page=page)


def item(content: str) -> Element:
    return Element("list", content)


def sentence(number: int, length: int = 8) -> str:
    return f"Satz{number} " + " ".join(["wort"] * (length - 2)) + " ende."


def test_short_document_is_one_passage_with_its_headings_in_the_text():
    (only,) = chunks(
        title("Parken", 1), title("Ausweis", 2), text("Gilt ein Jahr."), title("Kosten", 2), text("Zehn Euro.")
    )
    assert (only.headings, only.text) == (("Parken",), "Ausweis\nGilt ein Jahr.\nKosten\nZehn Euro.")


def test_passages_never_cross_a_section(tmp_path):
    found = chunks(
        title("A", 1), text(sentence(1, 15)), title("B", 2), text(sentence(2, 15)), title("C", 1), text(sentence(3, 15))
    )
    assert [chunk.headings for chunk in found] == [("A",), ("A", "B"), ("C",)]
    assert [chunk.ordinal for chunk in found] == [0, 1, 2]


def test_tiny_neighbours_under_one_heading_are_put_together():
    found = chunks(
        title("Merkblatt", 1),
        title("Zweck", 2), text(" ".join(["wort"] * 60)),
        title("Anzeige", 2), text("Drei Wörter hier."),
        title("Frist", 2), text("Gilt ab heute."),
        size=60,
    )  # fmt: skip
    assert found[-1].text == "Anzeige\nDrei Wörter hier.\nFrist\nGilt ab heute."
    assert found[-1].headings == ("Merkblatt",)


def test_every_section_of_a_statute_keeps_its_own_passage_however_short():
    found = chunks(
        title("Satzung", 1),
        title("§ 1 Anzeige", 2), text("Drei Wörter hier."),
        title("§ 2 Inkrafttreten", 2), text("Gilt ab heute."),
    )  # fmt: skip
    assert [(chunk.headings[-1], chunk.text, chunk.citation) for chunk in found] == [
        ("§ 1 Anzeige", "Drei Wörter hier.", "§ 1"),
        ("§ 2 Inkrafttreten", "Gilt ab heute.", "§ 2"),
    ]


def test_two_sections_that_are_not_tiny_stay_apart():
    found = chunks(
        title("§ 1 A", 2), text(sentence(1, 9)), title("§ 2 B", 2), text(sentence(2, 9)), text(sentence(3, 9))
    )
    assert [chunk.citation for chunk in found] == ["§ 1", "§ 2"]


def test_citation_names_the_paragraphs_that_a_passage_holds():
    found = chunks(
        title("§ 4 Steuersatz", 2),
        text("(1) " + sentence(1, 9)),
        text("(2) " + sentence(2, 9)),
        text("(3) " + sentence(3, 15)),
        text(sentence(4, 15)),
    )
    assert [chunk.citation for chunk in found] == ["§ 4 Abs. 1–2", "§ 4 Abs. 3", "§ 4 Abs. 3"]


def test_article_is_cited_and_running_text_is_not():
    assert chunks(title("Artikel 2 Änderung", 2), text("Gilt."))[0].citation == "Art. 2"
    assert chunks(title("Nach § 5 der Ordnung", 2), text("Gilt."))[0].citation is None


def test_long_paragraph_is_cut_between_sentences_and_repeats_a_little():
    found = chunks(text(" ".join(sentence(n, 5) for n in range(8))), size=20, overlap=5)
    assert all(chunk.text.endswith("ende.") for chunk in found)
    assert all(len(chunk.text.split()) <= 20 for chunk in found)
    for before, after in pairwise(found):
        assert before.text.split("ende.")[-2].strip() == after.text.split("ende.")[0].strip()


def test_paragraphs_that_fit_are_not_repeated():
    found = chunks(*(text(sentence(n, 9)) for n in range(6)))
    assert " ".join(chunk.text.replace("\n", " ") for chunk in found) == " ".join(sentence(n, 9) for n in range(6))


def test_no_passage_is_longer_than_allowed_even_without_a_full_stop():
    found = chunks(text("wort " * 95), size=20)
    assert max(len(chunk.text.split()) for chunk in found) <= 20
    assert sum(len(chunk.text.split()) for chunk in found) == 95


def test_passages_of_one_section_are_of_even_length():
    lengths = [len(chunk.text.split()) for chunk in chunks(*(text(sentence(n, 5)) for n in range(9)))]
    assert lengths == [15, 15, 15]


def test_list_that_goes_on_is_introduced_again():
    found = chunks(text("Ordnungswidrig handelt, wer:"), *(item(f"{n}) " + sentence(n, 8)) for n in range(4)))
    assert len(found) > 1
    assert all(chunk.text.startswith("Ordnungswidrig handelt, wer:\n") for chunk in found)


def test_table_is_cut_between_rows_and_repeats_its_header():
    rows = [["Leistung", "Gebühr"], *([f"Leistung {n}", f"{n},00 €"] for n in range(2, 14))]
    table = table_element(rows, header=True, page=1, sheet="Gebühren", first_row=4)
    found = chunks(title("Gebühren", 1), table, size=24)
    assert len(found) > 1
    assert all(chunk.text.startswith("Leistung | Gebühr\n") for chunk in found)
    assert all((chunk.html or "").count("<thead>") == 1 for chunk in found)
    assert [row for chunk in found if chunk.rows for row in range(chunk.rows[0], chunk.rows[1] + 1)] == list(
        range(5, 17)
    )
    assert {chunk.sheet for chunk in found} == {"Gebühren"}
    assert {chunk.kind for chunk in found} == {"table"}


def test_short_introduction_stays_with_its_table():
    table = table_element([["A", "B"], ["1", "2"]], header=True)
    found = chunks(title("T", 1), text(sentence(1, 18)), text("Es gilt:"), table, title("U", 1), text(sentence(2, 15)))
    assert found[1].text == "Es gilt:\nA | B\n1 | 2"


def test_heading_without_text_is_not_lost():
    found = chunks(title("Danke", 1), title("Ende", 1), text(sentence(1, 30)))
    assert found[0].text == "Danke"
    assert found[0].headings == ()


def test_pages_and_warnings_are_kept():
    elements = [text("Eins.", page=2), Element("text", "Zwei.", page=3, warnings=("unsicher gelesen",))]
    (only,) = chunks(*elements)
    assert (only.page_first, only.page_last, only.warnings) == (2, 3, ("unsicher gelesen",))


def test_tokens_are_counted_once_for_the_whole_document():
    calls = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    parsed = Parsed(tuple(text(sentence(n)) for n in range(50)), "T", "text/plain")
    chunk_elements(parsed, count_tokens=count, max_tokens=20)
    assert calls == [50]


def test_context_names_title_and_headings_once():
    assert context_text("Satzung", ("SATZUNG", "§ 1 Zweck"), "Text.") == "Satzung\n§ 1 Zweck\nText."
    assert context_text("", (), "Text.") == "Text."


@needs_real_files
@pytest.mark.parametrize("size", [60, 256])
def test_nothing_of_a_real_statute_is_lost(size):
    from ingest.parse.dispatch import parse_file

    path = Path(REAL / "satzungen/kostenerstattungsbetraege-nach-135a-c-baugb.pdf")
    parsed = parse_file(path, path.name)
    found = chunk_elements(parsed, count_tokens=words, max_tokens=size)
    kept = {word for chunk in found for word in context_text(parsed.title, chunk.headings, chunk.text).split()}
    assert {word for element in parsed.elements for word in element.text.split()} <= kept
    assert max(len(chunk.text.split()) for chunk in found) <= size + 10
