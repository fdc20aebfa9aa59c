"""A collector for tests: a real HTTP server on loopback that answers what a test tells it to.

with Sink() as sink:                      # answers 200 to everything
    ...
    sink.wait_for(lambda: len(sink.events()) == 3)

sink = Sink(lambda request: Answer(503, headers={"Retry-After": "2"}) if request.number < 3 else Answer())
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable


PATIENCE = 60.0
"""Seconds: far more than anything takes that is going to happen, on a machine that is slow and busy."""


@dataclass(frozen=True)
class SinkRequest:
    """One request as it arrived."""

    number: int
    """From 0, over all connections."""
    method: str
    target: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    connection: int
    head: bytes = b""

    def events(self) -> list[dict[str, str]]:
        if self.method == "GET":
            return [dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))]
        return json.loads(self.body)["data"]


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False
    """Break the connection instead of answering."""
    hold: threading.Event | None = None
    """Wait for this before answering (at most `PATIENCE`), or until the collector is closed."""


OK = Answer()


class Sink:
    def __init__(
        self,
        answer: Callable[[SinkRequest], Answer] | None = None,
        *,
        record: bool = True,
        refuse: Callable[[], bool] = lambda: False,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """`refuse` is asked at each request's head: true breaks the connection before the body is read."""
        self._tls = tls
        self.answer = answer or (lambda request: OK)
        self._refuse = refuse
        self._record = record
        self._requests: list[tuple[SinkRequest, Answer]] = []
        self._count = 0
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._listener = socket.create_server(
            (host, 0), backlog=64, family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def requests(self) -> list[SinkRequest]:
        with self._changed:
            return [request for request, _ in self._requests]

    @property
    def count(self) -> int:
        return self._count

    @property
    def connections(self) -> int:
        """How many connections were ever made."""
        with self._changed:
            return len(self._connections)

    def events(self) -> list[dict[str, str]]:
        """Events of the requests that were answered with 2xx, in order of arrival."""
        with self._changed:
            done = list(self._requests)
        return [
            event
            for request, answer in done
            if 200 <= answer.status < 300 and not answer.reset
            for event in request.events()
        ]

    def wait_for(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Wait until the condition holds; looked at after each answer."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                assert left > 0, "condition did not come true in time"
                self._changed.wait(min(left, 0.05))

    def hang_up(self) -> None:
        """Close all connections, as a server does that has waited long enough; wait until it is done."""
        self._hang_up()

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(PATIENCE)
        for connection in self._hang_up():
            connection.close()

    def _hang_up(self) -> list[socket.socket]:
        with self._changed:
            connections, threads = list(self._connections), list(self._threads)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(PATIENCE)
        return connections

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError as error:
                # A test may take all descriptors away before this thread waits for its first connection.
                if error.errno in (errno.EMFILE, errno.ENFILE) and not self._closed.wait(0.01):
                    continue
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                try:
                    connection.settimeout(20)
                    connection = self._tls.wrap_socket(connection, server_side=True)
                except OSError:  # the handshake failed, which is what the test wants to see at the client
                    connection.close()
                    continue
            thread = threading.Thread(target=self._serve, args=(connection, len(self._threads)), daemon=True)
            with self._changed:
                self._connections.append(connection)
                self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, index: int) -> None:
        with contextlib.suppress(OSError), connection.makefile("rb", buffering=1 << 18) as stream:
            while (head := _head(stream)) is not None:
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ", 2)
                headers = {}
                for line in lines[1:]:
                    name, _, value = line.partition(":")
                    headers[name.strip().lower()] = value.strip()
                if self._refuse():
                    _reset(connection, stream)
                    return
                length = int(headers.get("content-length", "0"))
                body = stream.read(length)
                if len(body) < length:  # the sender was killed
                    return
                with self._changed:
                    number = self._count
                    self._count += 1
                request = SinkRequest(number, method, target, headers, body, index, head)
                answer = self.answer(request)
                if answer.hold is not None:
                    self._wait_for(answer.hold)
                if self._record:
                    with self._changed:
                        self._requests.append((request, answer))
                if answer.reset:
                    _reset(connection, stream)
                    self._notify()
                    return
                extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
                connection.sendall(
                    f"HTTP/1.1 {answer.status} Status\r\nContent-Length: {len(answer.body)}\r\n{extra}\r\n".encode()
                    + answer.body
                )
                self._notify()

    def _wait_for(self, released: threading.Event) -> None:
        deadline = time.monotonic() + PATIENCE
        while not (released.wait(0.02) or self._closed.is_set() or time.monotonic() > deadline):
            pass

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _reset(connection: socket.socket, stream) -> None:
    # With a linger of 0, close sends RST instead of FIN; the stream holds the socket open too.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()
    connection.close()


def _head(stream) -> bytes | None:
    lines = []
    while True:
        line = stream.readline(1 << 20)
        if not line:
            return None
        if line in (b"\r\n", b"\n"):
            return b"".join(lines).rstrip(b"\r\n")
        lines.append(line)
