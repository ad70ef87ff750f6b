"""A language model for tests: a small server that speaks the protocol, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Manner = Literal["stream", "whole", "slow", "dripping", "cut", "garbage", "wrong", "error", "endless"]


class ChatServer(ThreadingHTTPServer):
    """Says `text` in its `manner`, and remembers what it was asked."""

    daemon_threads = True
    text = ""
    manner: Manner = "stream"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body) | {"path": self.path})
        self.server.keys.append(self.headers.get("Authorization"))
        manner = self.server.manner
        if manner == "error":
            self.send_error(500)
        elif manner in {"whole", "wrong"}:
            self._whole({"choices": [{"message": {"content": self.server.text}}]} if manner == "whole" else {"x": 1})
        else:
            self._stream(manner)

    def _whole(self, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, manner: Manner) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self._say(manner)
        except OSError:
            return  # whoever asked has hung up

    def _say(self, manner: Manner) -> None:
        if manner == "slow":
            self.server.released.wait(10)
        pieces = [self.server.text[start : start + 7] for start in range(0, len(self.server.text), 7)]
        for number, piece in enumerate(pieces * 2_000 if manner == "endless" else pieces):
            if manner == "cut" and number > len(pieces) // 2:
                return
            if manner == "dripping":
                time.sleep(0.1)
            broken = manner == "garbage" and number > 2
            self._event("{kein json" if broken else json.dumps({"choices": [{"delta": {"content": piece}}]}))
        self._event("[DONE]")

    def _event(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """A server on a free port of this machine."""
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
