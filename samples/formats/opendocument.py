"""ODT, written by hand: the few parts of OpenDocument a text with headings, lists and tables needs."""

from __future__ import annotations

from xml.sax.saxutils import escape

from samples.formats.package import pack
from samples.source import Block, Source

MIME = "application/vnd.oasis.opendocument.text"
SPACES = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in {
            "office": "office",
            "style": "style",
            "text": "text",
            "table": "table",
            "meta": "meta",
            "fo": "xsl-fo-compatible",
        }.items()
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(source: Source) -> bytes:
    """The member `mimetype` comes first and uncompressed, as the format wants it."""
    members = {
        "mimetype": MIME,
        "content.xml": _content(source),
        "styles.xml": _styles(),
        "meta.xml": _meta(source),
        "META-INF/manifest.xml": _manifest(),
    }
    return pack({name: text.encode() for name, text in members.items()}, stored=frozenset({"mimetype"}))


def _content(source: Source) -> str:
    body = "\n".join(_xml(block) for block in source.blocks)
    return (
        f'{DECLARATION}<office:document-content {SPACES} office:version="1.2"><office:automatic-styles>'
        '<text:list-style style:name="Bullets"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/>'
        '</text:list-style><text:list-style style:name="Numbers"><text:list-level-style-number text:level="1" '
        'style:num-format="1" style:num-suffix="."/></text:list-style></office:automatic-styles>'
        f'<office:body><office:text>\n<text:p text:style-name="Title">{escape(source.title)}</text:p>\n{body}\n'
        "</office:text></office:body></office:document-content>"
    )


def _xml(block: Block) -> str:
    if block.kind == "heading":
        style = f'text:style-name="Heading_20_{block.level}" text:outline-level="{block.level}"'
        return f"<text:h {style}>{escape(block.text)}</text:h>"
    if block.kind == "table":
        head, *rows = (f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in block.rows)
        columns = f'<table:table-column table:number-columns-repeated="{len(block.rows[0])}"/>'
        header = f"<table:table-header-rows>{head}</table:table-header-rows>"
        return f"<table:table>{columns}{header}{''.join(rows)}</table:table>"
    if block.items:
        style = "Bullets" if block.kind == "bullets" else "Numbers"
        items = "".join(f"<text:list-item><text:p>{escape(item)}</text:p></text:list-item>" for item in block.items)
        return f'<text:list text:style-name="{style}">{items}</text:list>'
    return f'<text:p text:style-name="Standard">{escape(block.text)}</text:p>'


def _cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'


def _styles() -> str:
    headings = "".join(
        f'<style:style style:name="Heading_20_{level}" style:display-name="Heading {level}" style:family="paragraph" '
        f'style:default-outline-level="{level}"><style:text-properties fo:font-weight="bold" '
        f'fo:font-size="{size}pt"/></style:style>'
        for level, size in ((1, 16), (2, 14), (3, 12), (4, 11))
    )
    return (
        f'{DECLARATION}<office:document-styles {SPACES} office:version="1.2"><office:styles>'
        '<style:style style:name="Standard" style:family="paragraph"/>'
        '<style:style style:name="Title" style:family="paragraph"><style:text-properties fo:font-weight="bold" '
        f'fo:font-size="20pt"/></style:style>{headings}</office:styles></office:document-styles>'
    )


def _meta(source: Source) -> str:
    stamp = f"{source.issued:%Y-%m-%dT%H:%M:%S}"
    return (
        f'{DECLARATION}<office:document-meta {SPACES} office:version="1.2"><office:meta>'
        f"<dc:title>{escape(source.title)}</dc:title><dc:creator>{escape(source.office)}</dc:creator>"
        f"<dc:language>de-DE</dc:language><meta:creation-date>{stamp}</meta:creation-date><dc:date>{stamp}</dc:date>"
        "</office:meta></office:document-meta>"
    )


def _manifest() -> str:
    parts = {"/": MIME, "content.xml": "text/xml", "styles.xml": "text/xml", "meta.xml": "text/xml"}
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in parts.items()
    )
    space = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2"'
    return f"{DECLARATION}<manifest:manifest {space}>{entries}</manifest:manifest>"
