from __future__ import annotations

from pathlib import Path

from quality.marked import read_marked, replace_marked


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    replace_marked(page, "bench", "alt", "Wie schnell")
    page.write_text(page.read_text("utf-8").replace("\n\n", "\n\nvon Hand\n\n", 1) + "\nauch von Hand\n", "utf-8")
    replace_marked(page, "bench", "neu", "Wie schnell")
    told = page.read_text("utf-8")
    assert read_marked(page, "bench") == "neu"
    assert told.startswith("# Wie schnell\n\nvon Hand\n\n<!-- bench:begin -->\nneu\n<!-- bench:end -->")
    assert told.endswith("\nauch von Hand\n")


def test_a_page_without_marks_gets_them_at_its_end(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert read_marked(page, "eval") == ""
    page.write_text("von Hand\n", "utf-8")
    assert read_marked(page, "eval") == ""
    replace_marked(page, "eval", "neu", "Suchqualität")
    assert page.read_text("utf-8") == "von Hand\n<!-- eval:begin -->\nneu\n<!-- eval:end -->\n"
