"""Connections that cannot be used up: few at a time, and each has to ask for something soon.

A socket of the agent's page is a descriptor that is missing for log files, and whoever can reach the page may open
sockets and say nothing, or a byte now and then, or not read what was answered. uvicorn limits none of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

REQUEST_SECONDS = 20.0
"""From the connection, or from the answer before, to the last byte of the next request."""


class Room:
    """The connections of one server."""

    def __init__(self, limit: int, seconds: float = REQUEST_SECONDS) -> None:
        self.limit = limit
        self.seconds = seconds
        self.waiting: dict[BoundedConnection, None] = {}
        """Those that have nothing to be answered, the longest first."""
        self.used = 0


class BoundedConnection(H11Protocol):
    """uvicorn's connection, in a room of its own class; see `bounded`."""

    room: Room
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Find room: who has waited longest without asking for anything leaves, at worst the newcomer itself."""
        super().connection_made(transport)
        self.room.used += 1
        self._wait()
        if self.room.used > self.room.limit:
            oldest = next(iter(self.room.waiting))
            oldest.settle()  # not to be chosen again before it is gone
            oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read; while a whole request is being answered no time runs."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body:
            self.settle()

    def on_response_complete(self) -> None:
        """Give the client the same time for reading the answer and asking again."""
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the room."""
        self.room.used -= 1
        self.settle()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self.settle()
        self.room.waiting[self] = None
        # abort, not close: closing would wait for a client that does not read
        self._timer = self.loop.call_later(self.room.seconds, self.transport.abort)

    def settle(self) -> None:
        """Nothing is waited for any more."""
        self.room.waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def bounded(room: Room) -> type[BoundedConnection]:
    """The class of the connections of one server, which is what uvicorn wants to be given."""
    return type("BoundedConnection", (BoundedConnection,), {"room": room})
