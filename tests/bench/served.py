"""The service as it is, and beside it a route that does nothing but answer with as many bytes as a search does."""

from __future__ import annotations

import os

from fastapi import FastAPI, Response

from app.main import from_environment

EMPTY = b'{"leer": "' + b"x" * (int(os.environ.get("BENCH_PAYLOAD_BYTES", "20000")) - 12) + b'"}'


def app() -> FastAPI:
    """What uvicorn serves while speed is measured."""
    made = from_environment()

    @made.get("/leer")
    def empty() -> Response:
        return Response(EMPTY, media_type="application/json")

    return made
