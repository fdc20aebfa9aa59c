r"""How events are handed to the process that owns an outbox: one request and one answer on a Unix connection.

    {"v":1,"op":"commit","sends_to":URL,"bodies":[412,98]}\n  and the bodies, as many bytes as that
    {"v":1,"op":"drain","seconds":5.0}\n                      answered when all that was committed is delivered
    {"v":1,"op":"ask"}\n                                      how it is

The answer is a line of JSON, `Answer`. "ok" to a commit means committed: the events outlive both processes from then on.
`sends_to` guards against handing events to somebody who sends them elsewhere.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

SOCKET = "track.sock"
"""Name of the socket in the state directory."""
VERSION = 1
MOST_BYTES = 16 * 2**20
"""Of all bodies of one request."""
MOST_BODIES = 4096
LONGEST_LINE = 65536
MOST_WAIT = 3600.0
"""Seconds that one drain may take."""


class Garbled(ValueError):
    """What came is not this protocol; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the owner of an outbox says."""

    ok: bool
    reason: str = ""
    """Why not: full, unavailable, closing, refused, other_collector, version."""
    detail: str = ""
    """For people."""
    who: str = "tracker"
    """agent or tracker."""
    pid: int = 0
    sends_to: str = ""
    """Address of the collector, without secrets."""
    events: int = 0
    """commit: how many were committed; ask: how many wait in the outbox."""
    drained: bool = False
    dead: int = 0
    """drain: dead letters that came while it was waited; ask: dead letters kept."""
    trouble: str = ""
    """Why nothing is being delivered; empty when delivery goes on."""

    def line(self) -> bytes:
        """As sent."""
        return orjson.dumps(asdict(self)) + b"\n"


def parse_answer(line: bytes) -> Answer:
    """An answer; members of later versions are left out. Raises Garbled."""
    given = _object(line)
    known = {one.name: one.type for one in fields(Answer)}
    types: dict[str, type] = {"bool": bool, "str": str, "int": int}
    found = {name: value for name, value in given.items() if name in known}
    if "ok" not in found or any(type(value) is not types[str(known[name])] for name, value in found.items()):
        raise Garbled("the answer is not one of logsource")
    return Answer(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of the owner of an outbox."""

    op: str
    sends_to: str = ""
    bodies: Sequence[bytes] = ()
    seconds: float = 0.0

    def send(self, connection: socket.socket) -> None:
        """Write it."""
        head: dict[str, Any] = {"v": VERSION, "op": self.op}
        if self.op == "commit":
            head |= {"sends_to": self.sends_to, "bodies": [len(body) for body in self.bodies]}
        elif self.op == "drain":
            head["seconds"] = self.seconds
        connection.sendall(b"".join((orjson.dumps(head), b"\n", *self.bodies)))


def read_request(connection: socket.socket) -> Request | None:
    """The request of a connection; None when it was closed without one. Raises Garbled and OSError."""
    line, rest = _line(connection)
    if not line:
        return None
    head = _object(line)
    if head.get("v") != VERSION:
        raise Garbled(f"speaks version {head.get('v')!r} of the protocol, this process speaks {VERSION}")
    op, sends_to = head.get("op"), head.get("sends_to", "")
    lengths, seconds = head.get("bodies", []), head.get("seconds", 0.0)
    if op not in ("commit", "drain", "ask") or not isinstance(sends_to, str):
        raise Garbled(f"unknown operation {str(op)[:40]!r}")
    if not isinstance(seconds, int | float) or not 0 <= seconds <= MOST_WAIT:
        raise Garbled("seconds is no time to wait")
    if not isinstance(lengths, list) or not all(type(one) is int and one > 0 for one in lengths):
        raise Garbled("bodies is no list of lengths")
    total = sum(lengths)
    if len(lengths) > MOST_BODIES or total > MOST_BYTES:
        raise Garbled(f"{len(lengths)} bodies with {total} bytes are more than fit in one request")
    data = rest + _exactly(connection, total - len(rest))
    bodies, at = [], 0
    for length in lengths:
        bodies.append(data[at : at + length])
        at += length
    return Request(op=op, sends_to=sends_to, bodies=tuple(bodies), seconds=float(seconds))


def read_line(connection: socket.socket) -> bytes:
    """The answer's line, without its end; empty when the connection was closed before it."""
    return _line(connection)[0]


def _line(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\n" not in data:
        if len(data) > LONGEST_LINE:
            raise Garbled("its first line has no end")
        piece = connection.recv(LONGEST_LINE)
        if not piece:
            return b"", b""
        data += piece
    line, _, rest = data.partition(b"\n")
    return line, rest


def _exactly(connection: socket.socket, size: int) -> bytes:
    if size < 0:
        raise Garbled("more came than was announced")
    pieces = []
    while size:
        piece = connection.recv(min(size, 1 << 20))
        if not piece:
            raise Garbled("the connection was closed within a body")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Garbled(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Garbled("not a JSON object")
    return value
