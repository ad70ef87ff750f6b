"""What every request passes: a limit on its size, a look at where it comes from, headers that keep browsers strict."""

from __future__ import annotations

import json
import logging
import traceback
from secrets import token_hex

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import MEDIA_TYPE, accident, problem
from app.schemas import Problem

# Nothing is loaded from elsewhere, nothing inline is run or styled, and no other site may frame these pages.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
# The viewer of PDF pages works in a thread of its own, and draws fonts and pictures that it has made itself.
VIEWER_POLICY = PAGE_POLICY.replace(
    "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; font-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Addresses hold questions: no other site learns them.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FOREIGN = frozenset({"cross-site", "same-site"})
# A form has a little more than its file: names, boundaries, the other fields.
FORM_BYTES = 64 << 10

log = logging.getLogger(__name__)


class Shield:
    """Stands around the whole application, inside only what the framework puts around everything."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self.app = app
        self.limit_bytes = limit_bytes + FORM_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = Answer(send)
        refusal = self.refusal(scope)
        if refusal is not None:
            await answer.problem(refusal)
            return
        if scope["method"] == "HEAD":  # the server leaves the body out; its own scope still says HEAD
            scope = {**scope, "method": "GET"}
        try:
            await self.app(scope, Counted(receive, self.limit_bytes), answer)
        except Exception as error:  # noqa: BLE001 — the edge: the answer is a problem, the log gets no document text
            incident = token_hex(4)
            report(incident, error)
            if not answer.started:
                await answer.problem(accident(incident))

    def refusal(self, scope: Scope) -> Problem | None:
        """What can be refused before anything of the body is read."""
        headers = Headers(scope=scope)
        if scope["method"] not in SAFE_METHODS and headers.get("sec-fetch-site") in FOREIGN:
            return problem(403, "fremde-seite", "Diese Anfrage kam von einer fremden Seite.")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self.limit_bytes:
            return problem(413, "zu-gross", "Die Anfrage ist zu groß.", "Bitte die Datei aufteilen oder verkleinern.")
        return None


class Counted:
    """Receives a request's body, up to a limit: a sender need not say beforehand how much will come."""

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self.receive = receive
        self.left_bytes = limit_bytes

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left_bytes -= len(message.get("body", b""))
        if self.left_bytes < 0:
            raise HTTPException(413)
        return message


class Answer:
    """Sends a response with the headers that every response has, unless it brings stricter ones of its own."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self.send(message)

    async def problem(self, told: Problem) -> None:
        """Answer with a problem, from outside the application."""
        body = json.dumps(told.model_dump(), ensure_ascii=False).encode()
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": told.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def report(incident: str, error: BaseException) -> None:
    """Log the places an error came through, without its text: that may quote a document or a question."""
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    log.error("incident %s: %s\n%s", incident, type(error).__name__, places)
