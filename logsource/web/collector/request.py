"""What the collector knows about a request, apart from its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT_BODY = 65536
"""Bytes of a refused body that are kept to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInfo:
    """One request; shared by all events that came with it."""

    received_ms: int
    vendor: str
    version: str
    """The two segments of the path."""
    query: str
    content_type: str | None
    headers: Mapping[str, str]
    """Names in lower case."""
    address: str
    """The client's address; `unknown` when it asked for anonymity."""
    network_userid: str

    @property
    def size(self) -> int:
        """Bytes, about, of what the client chose: a header may be as large as a body."""
        return len(self.query) + sum(len(name) + len(value) for name, value in self.headers.items())


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: bytes = b"ok"
    content_type: str = "text/plain; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def kept_body(body: bytes) -> str:
    """A body as text, cut when it is large, and saying so."""
    text = body[:_KEPT_BODY].decode("utf-8", "replace")
    return text if len(body) <= _KEPT_BODY else f"{text}… (cut, the body had {len(body)} bytes)"
