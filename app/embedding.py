"""What pages of other sites may have: the widget's script, and answers of the interface for those on the list."""

from __future__ import annotations

from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.settings import Settings

WIDGET = Path(__file__).parent / "widget"
# A script keeps its address; within a day every page has the newest one.
SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=3600, stale-while-revalidate=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
# As strict as a host page can be: the widget has to live with it.
DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'"
)

WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


class WidgetFiles(StaticFiles):
    """The widget for any page, and pages that show it in use."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with a file, or that the caller's copy is still the newest."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_script = Path(full_path).parent == WIDGET and Path(full_path).suffix == ".js"
        response.headers.update(SCRIPT_HEADERS if is_script else {"Content-Security-Policy": DEMO_POLICY})
        return response


class FetchedFiles(StaticFiles):
    """Libraries that come with the installation; one of them is a worker, which has a policy of its own."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with a file."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update({"Content-Security-Policy": WORKER_POLICY, "Cache-Control": "public, max-age=86400"})
        return response


def admit_origins(app: FastAPI, settings: Settings) -> None:
    """Let pages of the listed origins read answers, and send a token of their own back end along."""
    allowed: dict[str, Any] = {"allow_methods": ["GET"], "allow_headers": ["Authorization"], "max_age": 3600}
    if settings.origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.origins, **allowed)


def frame_policy(settings: Settings) -> str:
    """The policy of the page for frames: the pages that may frame it are those on the list."""
    ancestors = " ".join(["'self'", *settings.origins])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
