"""Every error that Stadtwissen raises on purpose.

    StadtwissenError                  something a person can act on
    ├── BadInput                      what was asked for cannot be done as asked (422)
    ├── NotFound                      it does not exist, or not for this reader (404)
    ├── Conflict                      somebody else is at it (409)
    ├── Unreadable                    a file cannot be turned into text (code, text, hint)
    ├── BadSetting                    a setting must be changed before the program can start
    ├── BadModel                      a model folder is missing, damaged or of another shape
    └── IndexUnavailable              no generation can be served now (503)

Texts are German, address whoever must act, and say what to do.
"""

from __future__ import annotations


class StadtwissenError(Exception):
    """A text in German that says what is wrong, and a hint that says what to do."""

    code = "fehler"

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.text} {self.hint}".strip()


class BadInput(StadtwissenError):
    """What was asked for cannot be done as asked."""

    code = "eingabe"


class NotFound(StadtwissenError):
    """It does not exist, or not for this reader: the two are not told apart."""

    code = "nicht-gefunden"


class Conflict(StadtwissenError):
    """Somebody else is at it: the text says who and since when."""

    code = "belegt"


class Unreadable(StadtwissenError):
    """A file that cannot be turned into text; its bytes are kept, it can be tried again.

    `code` is one of: leer, verschluesselt, beschaedigt, falscher-typ, nicht-unterstuetzt, zu-gross,
    kein-text, zeitlimit, speicherlimit, archiv, absturz.
    """

    def __init__(self, code: str, text: str, hint: str = "") -> None:
        super().__init__(text, hint)
        self.code = code

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str, str]]:
        """Errors cross from the parser's child process: keep all three parts."""
        return type(self), (self.code, self.text, self.hint)


class BadSetting(StadtwissenError):
    """A setting must be changed before the program can start; the text names it."""

    code = "einstellung"


class BadModel(StadtwissenError):
    """A model folder is missing, damaged, or of another dimension than it says."""

    code = "modell"


class IndexUnavailable(StadtwissenError):
    """No generation can be served now; the text says which was tried and what happens next."""

    code = "index"
