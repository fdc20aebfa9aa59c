"""Pages for this machine only: a web page elsewhere must not read them by pointing its own name at 127.0.0.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from logsource.config.addresses import is_loopback

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

NOT_LOCAL = "only reachable as localhost; listen on another address to share it\n"


def addressed_here(request: Request) -> bool:
    """Whether the client calls us by a loopback name or address (DNS rebinding brings another one)."""
    try:
        return is_loopback(request.url.hostname or "")
    except ValueError:  # a Host header that is no host
        return False


class LocalOnly:
    """An application that answers 403 to requests that are not addressed to this machine."""

    def __init__(self, app: ASGIApp, *, open_paths: Collection[str] = ()) -> None:
        """`open_paths` are answered whatever they are addressed to."""
        self._app = app
        self._open = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        here = scope["type"] != "http" or scope["path"] in self._open or addressed_here(Request(scope))
        await (self._app if here else PlainTextResponse(NOT_LOCAL, 403))(scope, receive, send)
