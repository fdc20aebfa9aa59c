"""One request and its answer on a connection of urllib3's pool, with as few steps as that takes.

urllib3 and http.client spend 200 µs on a request of ours, most of it on generality: building and parsing
headers that are always the same, sending head and body apart, and handing over the interpreter lock for
each system call. Here a request is one gathering send and one receive; connecting, TLS, pooling and
detecting dropped connections stay with urllib3. An answer that is not the plain case (head in one piece, a
Content-Length, a small body) is parsed by http.client, from its first byte.

It works the same through a proxy: urllib3 makes the tunnel, or the target is the whole URL.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPException, HTTPResponse
from typing import Any

SMALL = 65536
"""Bytes of head and body that are read in the plain case."""
_END = b"\r\n\r\n"
_BODILESS = (b"204", b"304")
"""Nothing follows these heads, whatever length they name (RFC 9112, 6.3)."""


class PlainBody:
    """A body that has arrived already, with the few methods of urllib3's response that are used."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def release_conn(self) -> None:
        """Done already."""

    def close(self) -> None:
        """Nothing is open."""


class StreamedBody:
    """A body that http.client reads from the connection."""

    def __init__(self, response: HTTPResponse, connection: Any, pool: Any) -> None:
        self._response = response
        self._connection = connection
        self._pool = pool

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        return self._response.read(size)

    def release_conn(self) -> None:
        """The body was read: keep the connection if the server does."""
        if self._response.will_close or not self._response.isclosed():
            self._connection.close()
        self._response.close()
        self._pool._put_conn(self._connection)  # noqa: SLF001 - urllib3 offers no other way

    def close(self) -> None:
        """The rest does not matter, and with it the connection."""
        self._connection.close()
        self._response.close()
        self._pool._put_conn(self._connection)  # noqa: SLF001 - urllib3 offers no other way


class Answer:
    """Status, headers (names in lower case) and body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: PlainBody | StreamedBody) -> None:
        self.status = status
        self.headers = headers
        self.body = body


def exchange(
    pool: Any, *, method: str, target: str, headers: str, body: bytes, timeout: tuple[float, float]
) -> Answer:
    """Send a request and read its answer; `timeout` is (connect, answer) in seconds.

    `headers` are complete lines, `Host` among them. The answer has its time as a whole: a server that sends a byte
    now and then must not keep a worker for ever. Raises what urllib3's connect, the socket and http.client raise.
    """
    connection = pool._get_conn()  # noqa: SLF001 - reconnects if the server has closed it meanwhile
    try:
        connection.timeout = timeout[0]
        if pool.proxy is not None and connection.is_closed:
            pool._prepare_proxy(connection)  # noqa: SLF001 - the tunnel for TLS; nothing for plain HTTP
        pool._validate_conn(connection)  # noqa: SLF001 - connects and verifies, for TLS
        if connection.sock is None:
            connection.connect()
        sock = connection.sock
        sock.settimeout(timeout[1])
        head = f"{method} {target} HTTP/1.1\r\n{headers}\r\n".encode("latin-1")
        refused = _send(sock, head, body)
        patient = _Patient(sock, timeout[1])
        if refused is None:
            return _answer(patient, connection, pool, method)
        return _early(patient, connection, pool, method, refused)
    except BaseException:
        connection.close()
        pool._put_conn(None)  # noqa: SLF001 - leaves its place to a new one
        raise


def _early(sock: _Patient, connection: Any, pool: Any, method: str, refused: OSError) -> Answer:
    """The answer of a server that hung up before it had read the whole request, e.g. 413; without one, `refused`.

    A 2xx is not believed: what was not read whole cannot have been taken.
    """
    try:
        answer = _answer(sock, connection, pool, method, sent=False)
    except OSError:
        raise refused from None
    return answer


def _send(sock: Any, head: bytes, body: bytes) -> OSError | None:
    """Send all of it; the error if the server had enough before the end."""
    try:
        if type(sock) is not socket.socket:  # TLS cannot gather
            sock.sendall(head + body)
            return None
        sent = sock.sendmsg((head, body))
        if sent < len(head):
            sock.sendall(head[sent:])
            sent = len(head)
        if sent < len(head) + len(body):
            sock.sendall(memoryview(body)[sent - len(head) :])
    except (BrokenPipeError, ConnectionResetError) as error:
        return error
    return None


class _Patient:
    """A socket whose reads have one deadline together."""

    def __init__(self, sock: Any, seconds: float) -> None:
        self._sock = sock
        self._until = time.monotonic() + seconds  # as the socket's own time-out: no clock of ours can stop it
        self._fresh = True

    def recv(self, size: int) -> bytes:
        self._limit()
        data: bytes = self._sock.recv(size)
        return data

    def recv_into(self, buffer: Any) -> int:
        self._limit()
        return int(self._sock.recv_into(buffer))

    def _limit(self) -> None:
        if self._fresh:  # the socket has the whole time-out already; mostly this read is the only one
            self._fresh = False
            return
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer was not complete in time")
        self._sock.settimeout(left)


def _answer(sock: _Patient, connection: Any, pool: Any, method: str, *, sent: bool = True) -> Answer:
    """Read an answer. `sent`: whether the server was there to read the whole request."""
    data = sock.recv(SMALL)
    if not data:
        raise ConnectionResetError("the server closed the connection without an answer")
    plain = _plain(sock, data)
    if isinstance(plain, bytes):
        return _streamed(plain, sock, connection, pool, method, sent=sent)
    status, headers, body = plain
    _check_sent(status, sent=sent)
    if not sent or "close" in headers.get("connection", "").lower():
        connection.close()
    pool._put_conn(connection)  # noqa: SLF001 - urllib3 offers no other way
    return Answer(status, headers, PlainBody(body))


def _check_sent(status: int, *, sent: bool) -> None:
    if not sent and status < 300:
        raise ConnectionResetError(f"the server answered {status} before it had read the request")


def _plain(sock: _Patient, data: bytes) -> tuple[int, dict[str, str], bytes] | bytes:
    """Status, headers and body of a plain answer; of any other, the bytes read so far."""
    at = data.find(_END)
    if at < 0 or not data.startswith(b"HTTP/1.1 ") or data[9:10] == b"1" or data[9:12] in _BODILESS:
        return data
    try:
        status = int(data[9:12])
        headers = {}
        for line in data[:at].decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        size = int(headers["content-length"])
    except (ValueError, KeyError):
        return data
    end = at + len(_END) + size
    if "transfer-encoding" in headers or size < 0 or end > SMALL:
        return data
    while len(data) < end:
        more = _rest_of_body(sock, end - len(data))
        if not more:
            headers["connection"] = "close"
            break
        data += more
    if len(data) > end:  # what follows answers no request of ours, nor will anything after it
        headers["connection"] = "close"
    return status, headers, data[at + len(_END) : end]


def _rest_of_body(sock: _Patient, size: int) -> bytes:
    """More of a body; nothing when there is no more or it takes too long. The status has come, and it counts."""
    try:
        return sock.recv(size)
    except OSError:
        return b""


class _Rest(io.RawIOBase):
    """Bytes that were read already, then the socket."""

    def __init__(self, data: bytes, sock: _Patient) -> None:
        self._data = data
        self._sock = sock
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._data:
            size = self._sock.recv_into(buffer)
            self.ended = size == 0
            return size
        taken = self._data[: len(buffer)]
        self._data = self._data[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


class _Resumed:
    """A socket as http.client wants it: something that makes a file."""

    def __init__(self, rest: _Rest) -> None:
        self._file: Any = io.BufferedReader(rest)

    def makefile(self, mode: str) -> Any:
        assert mode == "rb"
        return self._file


def _streamed(data: bytes, sock: _Patient, connection: Any, pool: Any, method: str, *, sent: bool) -> Answer:
    rest = _Rest(data, sock)
    response = _final(rest, method)
    try:
        _check_sent(response.status, sent=sent)
    except OSError:
        response.close()
        raise
    if not sent or response.status < 200:  # nor is 101 a connection for further requests
        response.will_close = True
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, StreamedBody(response, connection, pool))


def _final(rest: _Rest, method: str) -> HTTPResponse:
    """The head of the final answer. http.client skips 100 only; after 102 and 103, too, it is still to come.

    Taking such an interim answer for the final one would leave the latter to the next request on the connection.
    """
    resumed = _Resumed(rest)
    while True:
        response = HTTPResponse(resumed, method=method)  # type: ignore[arg-type]  # all it needs of a socket
        try:
            response.begin()
            if rest.ended:  # http.client takes this for the end of the head; RFC 9112, 8 calls it incomplete
                raise ConnectionResetError("the server closed the connection within the head of its answer")
        except HTTPException as error:
            response.close()
            raise ConnectionResetError(f"not an HTTP answer: {error!r}") from error
        except OSError:
            response.close()  # now: later, its file may be gone before it, and its finalizer complains (3.13)
            raise
        if not 101 < response.status < 200:
            return response
        response.fp = None  # type: ignore[assignment]  # else it would close what the next one reads from
