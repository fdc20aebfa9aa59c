"""Running a web application in a thread, for the agent's endpoints, the embedded collector and tests."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

import uvicorn

from logsource.errors import LogsourceError
from logsource.web.connections import Room, bounded

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import ASGIApp

_STOP_SECONDS = 5
CONNECTIONS = 512


class _Server(uvicorn.Server):
    """uvicorn, telling when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class WebServer:
    """An application on a socket, served by a thread of its own."""

    def __init__(self, app: ASGIApp, sock: socket.socket, room: Room) -> None:
        self._socket = sock
        self.room = room
        self.host, self.port = sock.getsockname()[:2]
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
            # So that an application can answer an overlong request line itself, instead of a reset.
            h11_max_incomplete_event_size=256 * 1024,
            http=bounded(room),
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Address with the port that was really bound, without a slash at the end."""
        return f"http://{bracketed(self.host)}:{self.port}"

    def start(self) -> None:
        """Begin to serve; returns when requests are answered."""
        self._thread.start()
        if not self._server.ready.wait(timeout=30):
            raise LogsourceError(f"the web server on {self.url} did not start")

    def stop(self) -> None:
        """Finish running requests, close everything; idempotent."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=_STOP_SECONDS * 2)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def serve(app: ASGIApp, host: str, port: int, *, connections: int = CONNECTIONS) -> WebServer:
    """Bind, start and return a server; port 0 takes a free one. It has at most so many connections at once.

    Raises LogsourceError when the address cannot be bound (port in use, no such address, not allowed).
    """
    server = WebServer(app, bind(host, port), Room(connections))
    server.start()
    return server


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises LogsourceError saying which address and why."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise LogsourceError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    sock: socket.socket | None = None
    try:
        sock = socket.socket(family, kind, protocol)  # fails where the kernel has no IPv6
        # Lets a restarted process bind while old connections are still in TIME_WAIT.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(1024)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise LogsourceError(
            f"cannot listen on {bracketed(host)}:{port}: {error.strerror}; choose another address or port"
        ) from error
    return sock


def bracketed(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
