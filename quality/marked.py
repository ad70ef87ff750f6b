"""Pages that people write and commands keep up to date: only what stands between two marks is replaced."""

from __future__ import annotations

from pathlib import Path


def read_marked(path: Path, mark: str) -> str:
    """What stands between the marks called `mark`; nothing where there is no such page, or none such on it."""
    page = path.read_text("utf-8") if path.exists() else ""
    return page.partition(f"<!-- {mark}:begin -->\n")[2].partition(f"\n<!-- {mark}:end -->")[0]


def replace_marked(path: Path, mark: str, text: str, title: str) -> None:
    """Put `text` between the marks called `mark`; what people wrote around it stays.

    A page that does not exist yet begins with `title`; one without the marks gets them at its end.
    """
    begin, end = f"<!-- {mark}:begin -->", f"<!-- {mark}:end -->"
    page = path.read_text("utf-8") if path.exists() else f"# {title}\n\n"
    before, _, rest = page.partition(begin)
    after = rest.partition(end)[2] if rest else ""
    path.write_text(f"{before}{begin}\n{text}\n{end}{after or chr(10)}", "utf-8")
