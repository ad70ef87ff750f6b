"""Talks to a language model that runs somewhere else, in the protocol of `/v1/chat/completions`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from catalogue.errors import ModelSilent

CONNECT_S = 5.0
MOST_CHARACTERS = 20_000
MOST_TOKENS = 600
PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class ChatModel:
    """Where the model is asked, and how long is waited for its whole answer."""

    url: str
    name: str
    key: str = field(repr=False)
    timeout_s: float

    @property
    def address(self) -> str:
        """The address of the protocol, however much of it the setting gives."""
        base = self.url.rstrip("/").removesuffix("/chat/completions").removesuffix("/v1")
        return base + PATH


def stream(model: ChatModel, messages: Sequence[dict[str, str]]) -> Iterator[str]:
    """The answer piece by piece, as it is written.

    Raises: ModelSilent when the server is away, too slow, breaks off, or does not speak the protocol.
    """
    ends_s = monotonic() + model.timeout_s
    asked: dict[str, Any] = {"messages": list(messages), "stream": True, "temperature": 0, "max_tokens": MOST_TOKENS}
    headers = {"Authorization": f"Bearer {model.key}"} if model.key else {}
    timeout = httpx.Timeout(model.timeout_s, connect=min(CONNECT_S, model.timeout_s))
    try:
        with (
            httpx.Client(timeout=timeout, trust_env=False) as client,
            client.stream(
                "POST", model.address, json=asked | ({"model": model.name} if model.name else {}), headers=headers
            ) as response,
        ):
            response.raise_for_status()
            yield from _limited(_pieces(response), ends_s)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise silent(type(error).__name__) from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise silent("kein gültiges Protokoll") from error


def _limited(pieces: Iterator[str], ends_s: float) -> Iterator[str]:
    said = 0
    for piece in pieces:
        said += len(piece)
        if monotonic() > ends_s or said > MOST_CHARACTERS:
            raise silent("zu langsam oder zu lang")
        yield piece


def _pieces(response: httpx.Response) -> Iterator[str]:
    """Read an event stream, or the whole answer of a server that does not stream."""
    if response.headers.get("content-type", "").startswith("application/json"):
        response.read()
        yield str(response.json()["choices"][0]["message"]["content"])
        return
    for line in response.iter_lines():
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:"):
            yield ""  # a comment that keeps the line open: time goes by all the same
            continue
        if data == "[DONE]":
            return
        choice = json.loads(data)["choices"][0]
        yield str(choice["delta"].get("content") or "")
        if choice.get("finish_reason"):
            return
    raise silent("abgebrochen")


def silent(reason: str) -> ModelSilent:
    """The error for a model that can't be relied on now."""
    return ModelSilent(
        f"Das Sprachmodell antwortet nicht ({reason}).", "Bitte STADTWISSEN_LLM_URL und den Dienst dahinter prüfen."
    )
