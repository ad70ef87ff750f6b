"""Compares how a page looks with a picture somebody has looked at; `BILDER_ERNEUERN=1 pytest tests/browser` renews it.

The pictures are half as large as the page: edges of letters that another release of the browser
draws otherwise hardly count, anything moved, cut off, lost or of another colour does.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page

HERE = Path(__file__).parent
REFERENCES = HERE / "ref"
SHOTS = HERE.parents[1] / "build" / "screenshots"
RENEW = "BILDER_ERNEUERN"
# Everything that shows the time of the test, not what the page says.
STILL = r"""() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.textContent =
        texts.currentNode.textContent.replace(/\d\d\.\d\d\.\d{4},? \d\d[:.]\d\d( Uhr)?/g, "01.01.2026, 12:00 Uhr");
}"""
_TALLEST = 1200
_COLOURS = 256
_VISIBLE = 48
_SHARE = 0.002


def looks_as_before(page: Page, name: str) -> str:
    """Take a picture; what is wrong with it, nothing if it is like the one kept under this name.

    Where it differs, the picture, the one kept and their difference lie beside each other in one of `SHOTS`.
    """
    # Words can be found before the style sheet is there; measured then, the page would be as high as without it.
    page.wait_for_load_state()
    page.evaluate(STILL)
    SHOTS.mkdir(parents=True, exist_ok=True)
    raw = page.screenshot(path=SHOTS / f"{name}.png", full_page=True, animations="disabled", caret="hide")
    seen, kept = reduced(Image.open(io.BytesIO(raw))), REFERENCES / f"{name}.png"
    if os.environ.get(RENEW):
        REFERENCES.mkdir(exist_ok=True)
        seen.quantize(_COLOURS, dither=Image.Dither.NONE).save(kept, optimize=True)
    if not kept.is_file():
        return f"{name}: Zu dieser Ansicht liegt kein Bild. Ansehen und mit {RENEW}=1 ablegen."
    return compared(seen, Image.open(kept).convert("RGB"), name)


def reduced(picture: Image.Image) -> Image.Image:
    """The upper part of a picture, half as large; what is twice as dense because it is enlarged, as well."""
    upper = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, _TALLEST)))
    return upper.resize((upper.width // 2, upper.height // 2), Image.Resampling.BOX)


def compared(seen: Image.Image, kept: Image.Image, name: str) -> str:
    """What is wrong: another size, or more pixels of another colour than letters drawn otherwise would explain."""
    if seen.size != kept.size:
        seen.save(SHOTS / f"{name}-anders.png")
        return f"{name}: {seen.size} statt {kept.size} Bildpunkte."
    difference = ImageChops.difference(seen, kept)
    red, green, blue = (band.point(lambda value: 255 * (value > _VISIBLE)) for band in difference.split())
    other = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    share = other.histogram()[255] / (other.width * other.height)
    if share <= _SHARE:
        return ""
    beside = Image.new("RGB", (3 * seen.width, seen.height))
    for place, picture in enumerate((kept, seen, other.convert("RGB"))):
        beside.paste(picture, (place * seen.width, 0))
    beside.save(SHOTS / f"{name}-anders.png")
    return f"{name}: {share:.1%} der Fläche sieht anders aus, siehe {name}-anders.png in {SHOTS.name}."
