"""Numbers as people here write them."""

from __future__ import annotations


def german(value: float, digits: int = 1) -> str:
    """A number with a comma, and a gap between thousands."""
    return with_comma(f"{value:,.{digits}f}")


def plain(value: float) -> str:
    """A number with just the digits it needs."""
    return with_comma(f"{value:,.10g}")


def with_comma(number: str) -> str:
    """From the English signs to the German ones."""
    return number.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def amount(value: float, unit: str) -> str:
    """A number with its unit and three digits that count; a thousand milliseconds are a second."""
    if unit == "ms" and value >= 1000:
        return amount(value / 1000, "s")
    digits = 2 if value < 1 else 1 if value < 100 else 0
    return f"{german(value, digits)} {unit}".strip()
