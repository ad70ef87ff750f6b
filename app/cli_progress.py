"""Tells how far the reading has come: a bar on a terminal, now and then a line where there is none."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from app.adding import Standing

LINE_S = 30.0
MINUTE_S = 60
LEARNING = "Alles zu finden, das Modell lernt noch"


class Meter:
    """Listens to what is left to do; `pages` may be told from any thread."""

    def __init__(self, console: Console, clock: Callable[[], float] = monotonic) -> None:
        self._console, self._clock = console, clock
        columns = (BarColumn(), TextColumn("{task.description}", markup=False))
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=None)
        self._began_s = clock()
        self._line_due_s = self._began_s + LINE_S
        self._most = 0
        self._standing = Standing(0)
        self._slow = ""
        self._learning = False

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, standing: Standing) -> None:
        """Show how much is left; the most that ever was is what there is to do."""
        self._most = max(self._most, standing.left)
        self._standing = standing
        self._draw()

    def pages(self, name: str, done: int, total: int) -> None:
        """Show how far a slow file is."""
        self._slow = f"; {name}: Seite {done} von {total}" if done < total else ""
        self._draw()

    def learns(self) -> None:
        """Show that everything can be found, and that only the model is still at work."""
        self._learning = True
        self._draw()

    def _draw(self) -> None:
        now_s = self._clock()
        # Another process may be the one that reads; what was read here is not shown before the end.
        done = max(self._most - self._standing.left, min(self._standing.files, self._most))
        standing = standing_text(done, self._most, self._standing.pages, now_s - self._began_s) + self._slow
        text = LEARNING if self._learning else standing
        self._bar.update(self._task, total=self._most, completed=done, description=text)
        if not self._console.is_terminal and now_s >= self._line_due_s:
            self._console.print(Text(text), soft_wrap=True)
            self._line_due_s = now_s + LINE_S


def standing_text(done: int, total: int, pages: int, elapsed_s: float) -> str:
    """Files, pages, and how long the rest may take if it is like what was read."""
    text = f"{done} von {total} Dateien gelesen"
    if pages:
        text += f", {pages} Seiten"
    if 0 < done < total:
        text += f", noch etwa {duration_text(elapsed_s / done * (total - done))}"
    return text


def duration_text(seconds: float) -> str:
    """A time as people say it."""
    if seconds < MINUTE_S:
        return "eine Minute" if seconds > MINUTE_S / 2 else "eine halbe Minute"
    minutes = round(seconds / MINUTE_S)
    if minutes < MINUTE_S:
        return f"{minutes} Minuten" if minutes > 1 else "eine Minute"
    return f"{minutes // MINUTE_S} Std. {minutes % MINUTE_S} Min."
