"""Bars as a picture: SVG that needs no library to be drawn, and follows the reader's light or dark screen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tests.bench.german import amount, plain

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 860, 250, 90, 82, 44
BAR, GAP, FRAME, STEPS = 15, 14, 16, 5
SHORTEST = 2.0
WIDE = 30.0
"""From this ratio of the largest to the smallest value on the scale counts powers of ten."""
COLOURS = (("#0b5cad", "#6fb1f2"), ("#c25e00", "#f2a65a"), ("#4b7f52", "#8fce98"), ("#7a4fa3", "#c3a0e6"))
"""For each series the colour on light and on dark ground: told apart by their lightness too."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to lengths. Units: `length` pixels."""

    low: float
    high: float
    length: float
    in_powers: bool

    def at(self, value: float) -> float:
        """How long the bar of a value is; what the scale cannot show is a stub."""
        if not self.in_powers:
            share = (value - self.low) / (self.high - self.low)
        else:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return max(SHORTEST, self.length * share)

    def ticks(self) -> list[float]:
        """The values the scale is marked at."""
        if self.in_powers:
            return [10.0**power for power in range(round(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)]
        rough = self.high / STEPS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
        return [step * number for number in range(int(self.high / step) + 1)]


def scale_for(values: Sequence[float]) -> Scale:
    """A scale that shows the largest value at full length; values of very different size share one in powers of ten."""
    high, shown = max(values), [value for value in values if value > 0]
    length = WIDTH - LEFT - RIGHT
    if not shown:
        return Scale(0.0, 1.0, length, in_powers=False)
    if high / min(shown) < WIDE:
        return Scale(0.0, high, length, in_powers=False)
    return Scale(10.0 ** (math.ceil(math.log10(min(shown))) - 1), high, length, in_powers=True)


def bar_chart(title: str, series: Mapping[str, Sequence[float]], groups: Sequence[str], unit: str) -> str:
    """A picture with one row of bars for each group, one bar for each series, and every value written beside its bar.

    Shapes: each of `series` has one value for each of `groups`, none below 0.
    Raises: ValueError when there is nothing to show, or a series has too few or too many values.
    """
    if not series or not groups or any(len(values) != len(groups) for values in series.values()):
        raise ValueError("every series needs one value for each group")
    scale = scale_for([value for values in series.values() for value in values])
    foot = TOP + len(groups) * (len(series) * BAR + GAP)
    parts = [*head(title, foot + BOTTOM), *legend(list(series)), *axis(scale, unit, foot)]
    for place, group in enumerate(groups):
        top = TOP + place * (len(series) * BAR + GAP)
        parts.append(text(LEFT - 10, top + len(series) * BAR / 2 + 4, group, "end"))
        for number, values in enumerate(series.values()):
            parts += bar(top + number * BAR, number, values[place], scale, unit)
    return "\n".join([*parts, "</svg>", ""])


def head(title: str, height: int) -> Iterator[str]:
    """The frame, the colours and what the picture is called."""
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t">'
    yield f'<title id="t">{escape(title)}</title>'
    light = "".join(f".s{number}{{fill:{colours[0]}}}" for number, colours in enumerate(COLOURS))
    dark = "".join(f".s{number}{{fill:{colours[1]}}}" for number, colours in enumerate(COLOURS))
    yield (
        "<style>text{font:13px system-ui,sans-serif;fill:#1b1f24}.t{font-weight:600;font-size:16px}"
        f".g{{fill:#fff}}line{{stroke:#d5dae0}}{light}"
        "@media (prefers-color-scheme:dark){text{fill:#e8ecf1}.g{fill:#14181d}line{stroke:#3a424c}"
        f"{dark}}}</style>"
    )
    yield f'<rect class="g" width="{WIDTH}" height="{height}"/>'
    yield f'<text class="t" x="{FRAME}" y="28">{escape(title)}</text>'


def legend(names: Sequence[str]) -> Iterator[str]:
    """Which colour is which series; nothing where there is only one."""
    left = float(FRAME)
    for number, name in enumerate(names if len(names) > 1 else ()):
        yield f'<rect class="s{number % len(COLOURS)}" x="{left:g}" y="44" width="12" height="12"/>'
        yield text(left + 18, 55, name)
        left += 44 + 8 * len(name)


def axis(scale: Scale, unit: str, foot: int) -> Iterator[str]:
    """The lines that values can be read against, and what they stand for."""
    for tick in scale.ticks():
        x = LEFT + (scale.at(tick) if tick > scale.low else 0)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{foot}"/>'
        yield text(x, foot + 16, plain(tick), "middle")
    named = f"{unit}, jeder Strich das Zehnfache" if scale.in_powers else unit
    yield text(WIDTH - RIGHT, foot + 34, named, "end")


def bar(top: float, number: int, value: float, scale: Scale, unit: str) -> Iterator[str]:
    """One bar with its value."""
    length = scale.at(value)
    shape = f'x="{LEFT}" y="{top:g}" width="{length:.1f}" height="{BAR - 2}"'
    yield f'<rect class="s{number % len(COLOURS)} bar" {shape}/>'
    yield text(LEFT + length + 6, top + BAR - 4, amount(value, unit))


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Some words."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
