"""A collector that costs next to nothing: one thread, epoll, big buffers, an answer that never changes.

It counts events as occurrences of a marker in the body: `"eid":"` cannot stand inside a JSON string, because
the quotes would be escaped there. What it has seen stands in a small shared file that the runner may read at
any time; at the end of its input it prints a summary and leaves.
"""

from __future__ import annotations

import json
import mmap
import re
import resource
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SEEN = struct.Struct("=qqqqq")
"""events, bodies, body bytes, first and last arrival (ns of the monotonic clock, the same for all processes)."""
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
EVENT_ID = re.compile(rb'"eid":"([0-9a-f-]{36})"')
NUMBER = re.compile(rb"[?&]n=(\d+)")
BUFFER = 1 << 18


@dataclass
class Seen:
    events: int = 0
    bodies: int = 0
    bytes: int = 0
    first: int = 0
    last: int = 0


class Connection:
    """One keep-alive connection and the request that is arriving on it."""

    def __init__(
        self, sock: socket.socket, answer: bytes, on_body: Callable[[bytearray, int, int], None]
    ) -> None:
        self.sock = sock
        self._answer = answer
        self._on_body = on_body
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._body = 0
        self._end = 0
        """Where the request ends; 0 while its head is not complete."""

    def readable(self) -> bool:
        """Take what is there; False at the end of the connection."""
        if self._filled == len(self._buffer):
            self._grow(2 * self._filled)
        try:
            got = self.sock.recv_into(self._view[self._filled :])
        except (BlockingIOError, InterruptedError):
            return True
        except ConnectionError:
            return False
        self._filled += got
        while self._filled and (self._end or self._head()) and self._filled >= self._end:
            self._request()
        return got > 0

    def _head(self) -> bool:
        at = self._buffer.find(HEAD_END, 0, self._filled)
        if at < 0:
            return False
        head = bytes(self._buffer[:at])
        length = LENGTH.search(head)
        self._body = at + len(HEAD_END)
        self._end = self._body + (int(length[1]) if length else 0)
        if b"100-continue" in head.lower() and self._filled == self._body:
            self.sock.sendall(CONTINUE)
        if self._end > len(self._buffer):
            self._grow(self._end)
        return True

    def _request(self) -> None:
        if self._end > self._body:
            self._on_body(self._buffer, self._body, self._end)
        self.sock.sendall(self._answer)
        rest = self._filled - self._end
        self._view[:rest] = self._view[self._end : self._filled]
        self._filled, self._end = rest, 0

    def _grow(self, size: int) -> None:
        bigger = bytearray(size + 4096)
        bigger[: self._filled] = self._view[: self._filled]
        self._buffer, self._view = bigger, memoryview(bigger)


class Sink:
    """Accept, count, answer, until standard input ends."""

    def __init__(self, shared: mmap.mmap, *, marker: bytes, reply: bytes, record: str) -> None:
        self.seen = Seen()
        self.ids: list[bytes] = []
        self.stamps: dict[int, int] = {}
        self._shared = shared
        self._marker = marker
        self._record = record
        self._answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(reply), reply)
        )
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        poller = select.epoll()
        connections: dict[int, Connection] = {}
        poller.register(self._listener, select.EPOLLIN)
        poller.register(sys.stdin, select.EPOLLIN | select.EPOLLHUP)
        while True:
            for fd, _ in poller.poll():
                if (connection := connections.get(fd)) is not None:
                    if not connection.readable():
                        poller.unregister(fd)
                        connections.pop(fd).sock.close()
                elif fd == self._listener.fileno():
                    sock, _ = self._listener.accept()
                    sock.setblocking(False)
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    connections[sock.fileno()] = Connection(sock, self._answer, self._body)
                    poller.register(sock, select.EPOLLIN)
                else:
                    return

    def _body(self, buffer: bytearray, start: int, end: int) -> None:
        now = time.monotonic_ns()
        seen = self.seen
        seen.events += buffer.count(self._marker, start, end)
        seen.bodies += 1
        seen.bytes += end - start
        seen.first = seen.first or now
        seen.last = now
        self._shared[:] = SEEN.pack(seen.events, seen.bodies, seen.bytes, seen.first, seen.last)
        if self._record == "ids":
            self.ids.append(b"".join(EVENT_ID.findall(buffer, start, end)))
        elif self._record == "stamps":
            for number in NUMBER.findall(buffer, start, end):
                self.stamps.setdefault(int(number), now)

    def distinct(self) -> int:
        """How many different event ids came."""
        known: set[bytes] = set()
        for joined in self.ids:
            known.update(joined[at : at + 36] for at in range(0, len(joined), 36))
        return len(known)


def main() -> None:
    path, marker, reply, record = Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode(), sys.argv[4]
    with path.open("r+b") as file, mmap.mmap(file.fileno(), SEEN.size) as shared:
        sink = Sink(shared, marker=marker, reply=reply, record=record)
        print(sink.port, flush=True)
        sink.run()
        usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                **vars(sink.seen),
                "distinct": sink.distinct() if record == "ids" else None,
                "stamps": list(sink.stamps.items()),
                "cpu": usage.ru_utime + usage.ru_stime,
            }
        )
    )


if __name__ == "__main__":
    main()
