"""HTML as an intranet page: the text sits between navigation and footer."""

from __future__ import annotations

from html import escape

from samples.source import Block, Source


def render(source: Source) -> bytes:
    """One page whose first-level heading is the title; the source's headings follow one level lower."""
    body = "\n".join(_html(block) for block in source.blocks)
    page = f"""<!DOCTYPE html>
<html lang="de">
<head>
<meta charset="utf-8">
<title>{escape(source.title)} – Intranet der Stadt Kranichsbrück</title>
<meta name="author" content="{escape(source.office)}">
<meta name="date" content="{source.issued:%Y-%m-%d}">
</head>
<body>
<nav><a href="/">Startseite</a> <a href="/ortsrecht">Ortsrecht</a> <a href="/formulare">Formulare</a></nav>
<main>
<h1>{escape(source.title)}</h1>
{body}
</main>
<footer><p>Stand: {source.issued:%d.%m.%Y} · {escape(source.office)}</p></footer>
</body>
</html>
"""
    return page.encode()


def _html(block: Block) -> str:
    if block.kind == "heading":
        return f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>"
    if block.kind == "table":
        head, *rows = block.rows
        lines = [_row(head, "th"), *(_row(row, "td") for row in rows)]
        return "<table>\n" + "\n".join(lines) + "\n</table>"
    if block.items:
        tag = "ul" if block.kind == "bullets" else "ol"
        return f"<{tag}>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in block.items) + f"\n</{tag}>"
    return f"<p>{escape(block.text)}</p>"


def _row(cells: tuple[str, ...], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
