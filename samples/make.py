"""Makes the sample documents from their texts: `python -m samples.make [folder]`, the same files every time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from samples.formats import mail, opendocument, pdf, plain, scan, sheets, slides, web, word
from samples.source import Source, read_sources

SAMPLES = Path(__file__).parent
RENDERERS: dict[str, Callable[[Source], bytes]] = {
    ".docx": word.render,
    ".pdf": pdf.render,
    ".odt": opendocument.render,
    ".html": web.render,
    ".txt": plain.render_text,
    ".md": plain.render_markdown,
    ".csv": plain.render_csv,
    ".pptx": slides.render,
    ".xlsx": sheets.render,
}


def render_all() -> dict[str, bytes]:
    """Every sample document, by its path below `samples/`; mails come last, for they attach the others."""
    sources = read_sources()
    files: dict[str, bytes] = {}
    for source in sources:
        for name in source.files:
            if name.endswith("-scan.pdf"):
                files[name] = scan.render(source)
            elif not name.endswith(".eml"):
                files[name] = RENDERERS[Path(name).suffix](source)
    for source in sources:
        for name in source.files:
            if name.endswith(".eml"):
                files[name] = mail.render(source, files)
    return files


def write_all(folder: Path) -> int:
    """Write the documents below `folder`; return how many there are."""
    files = render_all()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(files)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    print(f"{write_all(target)} Dokumente geschrieben nach {target}")
