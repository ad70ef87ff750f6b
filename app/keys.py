"""Who may administer: whoever knows the token in the settings, as a program or by signing in on the page."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.settings import PREFIX, Settings
from catalogue.errors import Refused

COOKIE = "stadtwissen-verwaltung"
SHORTEST = 16

scheme = HTTPBearer(auto_error=False, description="Das Kennwort aus STADTWISSEN_ADMIN_TOKEN.")


def bearer(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(scheme)]) -> None:
    """Let programs pass that send the token.

    Raises: Refused when the token is not set, missing or wrong.
    """
    token = token_of(request.app.state.settings)
    if credentials is None or not same(credentials.credentials, token):
        raise Refused(401, "Das Kennwort der Verwaltung fehlt oder ist falsch.", "Authorization: Bearer KENNWORT")


def token_of(settings: Settings) -> str:
    """The administrators' token.

    Raises: Refused when none is set, or one that could be guessed; the text says how to set it.
    """
    if len(settings.admin_token) < SHORTEST:
        raise Refused(
            403,
            "Die Verwaltung ist abgeschaltet.",
            f"Bitte {PREFIX}ADMIN_TOKEN auf ein Kennwort von mindestens {SHORTEST} Zeichen setzen "
            "(etwa aus „openssl rand -hex 24“) und den Dienst neu starten.",
        )
    return settings.admin_token


def same(given: str, token: str) -> bool:
    """Compare without telling by the time it takes how much of it is right."""
    return hmac.compare_digest(given.encode(), token.encode())


def badge(token: str) -> str:
    """What a browser keeps after signing in: it proves the token without holding it."""
    return hmac.new(token.encode(), b"stadtwissen-verwaltung", hashlib.sha256).hexdigest()


def form_key(token: str) -> str:
    """What every form on the page carries: a foreign page cannot know it."""
    return hmac.new(token.encode(), b"stadtwissen-formular", hashlib.sha256).hexdigest()


def is_signed_in(request: Request, token: str) -> bool:
    """Whether this browser has shown the token before."""
    return same(request.cookies.get(COOKIE, ""), badge(token))


def check_form(request: Request, token: str, key: str) -> None:
    """Take a form only from our own page, from somebody who has signed in.

    Raises: Refused.
    """
    if not is_signed_in(request, token) or not same(key, form_key(token)):
        raise Refused(
            403, "Dieses Formular gilt nicht mehr.", "Bitte die Verwaltung neu öffnen und noch einmal senden."
        )
