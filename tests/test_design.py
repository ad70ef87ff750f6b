"""The colours of the pages are those of KERN, the design system of German public administration."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

import pytest

from app.html import STATIC

KERN = Path(__file__).parent.parent / "build" / "web" / "node_modules" / "@kern-ux" / "native" / "dist" / "kern.css"
NO_KERN = "@kern-ux/native fehlt. Bitte holen: scripts/install.sh web-tests"


def tokens(css: str, theme: str) -> dict[str, str]:
    """KERN's colours in a theme; what a theme leaves open stands in the palette."""
    found: dict[str, str] = {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*--kern-color[^{}]*)\}", css):
        if selector.rstrip().endswith(":root") or f"data-kern-theme={theme}]" in selector:
            declared = dict(re.findall(r"--kern-color-([\w-]+):\s*([^;]+);", body))
            found = found | declared if "data-kern-theme" in selector else declared | found
    return found


def resolved(name: str, known: dict[str, str]) -> str:
    """A token's colour, through the tokens it refers to."""
    reference = re.fullmatch(r"var\(--kern-color-([\w-]+)\)", known[name].strip())
    return resolved(reference[1], known) if reference else as_hex(known[name])


def as_hex(oklch: str) -> str:
    """Source: Björn Ottosson, A perceptual color space for image processing (2020)."""
    found = re.match(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)", oklch)
    assert found is not None, oklch
    light, chroma, hue = float(found[1]) / 100, float(found[2]), math.radians(float(found[3]))
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    clipped = (min(1.0, max(0.0, part)) for part in linear)
    gamma = (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in clipped)
    return "#" + "".join(f"{round(part * 255):02x}" for part in gamma)


@pytest.mark.parametrize(("theme", "place"), [("light", 0), ("dark", 1)])
def test_every_colour_is_the_token_that_is_written_behind_it(theme: str, place: int) -> None:
    if not KERN.is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_KERN)
    known = tokens(KERN.read_text("utf-8"), theme)
    ours = re.findall(r":root \{(.*?)\}", (STATIC / "stadtwissen.css").read_text("utf-8"), re.DOTALL)[place]
    written = re.findall(r"--([\w-]+): (#[0-9a-f]{6}); /\* ([\w-]+) \*/", ours)
    assert len(written) >= 14
    assert {name: colour for name, colour, _ in written} == {name: resolved(token, known) for name, _, token in written}
