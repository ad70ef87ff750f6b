"""Every error that Stadtwissen raises on purpose.

    StadtwissenError                  something a person can act on
    ├── BadInput                      what was asked for cannot be done as asked (422)
    ├── NotFound                      it does not exist, or not for this reader (404)
    ├── Conflict                      somebody else is at it (409)
    ├── Unreadable                    a file cannot be turned into text (code, text, hint)
    ├── BadSetting                    a setting must be changed before the program can start
    ├── BadModel                      a model folder is missing, damaged or of another shape
    ├── DiskFull                      there is no room left for what must be kept (507)
    ├── IndexUnavailable              no generation can be served now (503)
    ├── ModelSilent                   a language model elsewhere gives no answer; the caller does without
    ├── TooOften                      one machine sends more than can be meant (429)
    ├── Refused                       only for administrators, who have not shown the token (401, 403)
    └── GivenUp                       a build that somebody cancelled, or that did not pass its checks

Texts are German, address whoever must act, and say what to do.
"""

from __future__ import annotations

import errno


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
    kein-text, zeitlimit, speicherlimit, archiv, absturz, nicht-lesbar.
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


class DiskFull(StadtwissenError):
    """There is no room left for what must be kept."""

    code = "kein-platz"


class IndexUnavailable(StadtwissenError):
    """No generation can be served now; the text says which was tried and what happens next."""

    code = "index"


class ModelSilent(StadtwissenError):
    """A language model elsewhere gives no answer that can be used; whoever asked it does without."""

    code = "sprachmodell"


_SYSTEM_ERRORS = {
    errno.EACCES: "keine Berechtigung",
    errno.EPERM: "keine Berechtigung",
    errno.ENOENT: "gibt es nicht",
    errno.ENOTDIR: "ist kein Ordner",
    errno.EISDIR: "ist ein Ordner",
    errno.ENOSPC: "auf dem Datenträger ist kein Platz mehr",
    errno.EDQUOT: "das zugeteilte Kontingent an Speicherplatz ist erschöpft",
    errno.EROFS: "der Datenträger ist schreibgeschützt",
    errno.EIO: "der Datenträger meldet einen Fehler",
    errno.EBUSY: "ein anderes Programm benutzt es gerade",
    errno.ENAMETOOLONG: "der Name ist zu lang",
    errno.ELOOP: "die Verknüpfung führt im Kreis",
    errno.EMFILE: "zu viele offene Dateien",
    errno.ESTALE: "das Netzlaufwerk ist nicht mehr verbunden",
    errno.ETIMEDOUT: "das Netzlaufwerk antwortet nicht",
    errno.EHOSTDOWN: "das Netzlaufwerk antwortet nicht",
    errno.ENOTCONN: "das Netzlaufwerk ist nicht verbunden",
}
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


def in_german(error: OSError) -> str:
    """What the system says, as part of a sentence."""
    return _SYSTEM_ERRORS.get(error.errno or 0, error.strerror or type(error).__name__)


def no_room(error: OSError, where: object) -> DiskFull | None:
    """The error of a disk that takes nothing more; None when it is something else."""
    if error.errno not in _NO_ROOM:
        return None
    remedy = "den Datenträger prüfen" if error.errno == errno.EROFS else "Platz schaffen"
    return DiskFull(
        f"„{where}“ lässt sich nicht beschreiben: {in_german(error)}.",
        f"Bitte {remedy} und es noch einmal versuchen; was bis dahin angenommen ist, bleibt.",
    )


class GivenUp(StadtwissenError):
    """A build that ends without going live: cancelled, or not good enough; what is live stays."""

    code = "aufgegeben"


class TooOften(StadtwissenError):
    """One machine sends more than a person can mean."""

    code = "zu-oft"


class Refused(StadtwissenError):
    """Only for administrators; `status` tells a missing token (401) from what nobody may do now (403)."""

    code = "verwaltung"

    def __init__(self, status: int, text: str, hint: str = "") -> None:
        super().__init__(text, hint)
        self.status = status
