"""Formats without any package around them: TXT, Markdown, CSV."""

from __future__ import annotations

import csv
import io

from samples.source import Block, Source


def render_text(source: Source) -> bytes:
    """Paragraphs stay on one line each, as an editor that wraps by itself leaves them."""
    title = f"{source.title}\n{'=' * len(source.title)}"
    blocks = "\n\n".join(_text(block) for block in source.blocks)
    return f"{title}\n\n{blocks}\n\nStand: {source.issued:%d.%m.%Y}, {source.office}\n".encode()


def render_markdown(source: Source) -> bytes:
    """The source's own Markdown under one title, its headings one level lower."""
    blocks = "\n\n".join(_markdown(block) for block in source.blocks)
    return f"# {source.title}\n\n{blocks}\n\nStand: {source.issued:%d.%m.%Y}, {source.office}\n".encode()


def render_csv(source: Source) -> bytes:
    """The first table, with semicolons and a byte order mark, as a German spreadsheet exports it."""
    table = next(block for block in source.blocks if block.kind == "table")
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(table.rows)
    return buffer.getvalue().encode("utf-8-sig")


def _items(block: Block) -> str:
    marks = ("-" if block.kind == "bullets" else f"{number}." for number in range(1, len(block.items) + 1))
    return "\n".join(f"{mark} {item}" for mark, item in zip(marks, block.items, strict=True))


def _text(block: Block) -> str:
    if block.kind == "heading":
        return f"{block.text}\n{'-' * len(block.text)}"
    if block.kind == "table":
        return "\n".join(": ".join(row) for row in block.rows)
    return _items(block) if block.items else block.text


def _markdown(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * (block.level + 1)} {block.text}"
    if block.kind == "table":
        head, *rows = ("| " + " | ".join(row) + " |" for row in block.rows)
        return "\n".join([head, "|" + " --- |" * len(block.rows[0]), *rows])
    return _items(block) if block.items else block.text


def render_body(source: Source) -> str:
    """The text of a mail, without a title; the mail format wraps its lines by itself."""
    return "\n\n".join(_text(block) for block in source.blocks) + "\n"
