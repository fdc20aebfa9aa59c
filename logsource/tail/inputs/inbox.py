"""What was received and not read yet: a bounded queue between a receiving thread and the pipeline's thread."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.framing import NO_FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.clock import Clock

OVERHEAD = 128
"""Bytes that a message takes beside its text; a flood of tiny messages must not take a hundred times the limit."""


class Message(NamedTuple):
    """One piece as it was received: a stretch of a stream, a syslog message, a journal entry."""

    data: bytes
    flags: frozenset[str] = NO_FLAGS
    left_out: int = 0
    """Bytes behind `data` that were given up because the message is too long."""


class Inbox:
    """First in, first out. Thread-safe: one thread puts, another takes.

    It may exceed its capacity by what one read gives; whoever puts asks `full` before reading more. That is
    the back pressure: what is not read stays with the kernel, and so with the sender.
    """

    def __init__(
        self,
        capacity: int,
        *,
        clock: Clock,
        ring: Callable[[], None],
        block_size: int,
        on_room: Callable[[], None],
        delimiter: int = 0,
    ) -> None:
        """`capacity` and `block_size` are bytes.

        `ring` is called when reading may be worth while: at the first message, at a full block, and at the
        end; `on_room` when a full inbox is half empty again. `delimiter`: bytes that each message counts
        besides its own, where messages are records; so an empty one counts too.
        """
        self._capacity = capacity
        self._clock = clock
        self._ring = ring
        self._block_size = block_size
        self._on_room = on_room
        self._delimiter = delimiter
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque()
        self._weight = 0
        self._was_full = False
        self.bytes = 0
        """Bytes that wait, without what memory adds."""
        self.arrivals = 0
        """How often something was put; tells whether there is anything new."""
        self.since = 0.0
        """Monotonic second since when something waits; without meaning while nothing does."""
        self.last = clock.monotonic()
        """Monotonic second of the newest arrival."""
        self._closed = False

    def put(self, messages: Sequence[Message]) -> None:
        """Add messages, in order."""
        if not messages:
            return
        now = self._clock.monotonic()
        size = sum(map(self._size, messages))
        with self._lock:
            before = self.bytes
            if not self._messages:
                self.since = now
            self._messages.extend(messages)
            self.bytes += size
            self._weight += size + OVERHEAD * len(messages)
            self._was_full = self._was_full or self._weight >= self._capacity
            self.arrivals += 1
            self.last = now
            ring = before == 0 or before < self._block_size <= self.bytes
        if ring:
            self._ring()

    def take(self, limit: int) -> list[Message]:
        """The oldest messages, up to about `limit` bytes; at least one if there is one."""
        taken: list[Message] = []
        with self._lock:
            size = 0
            while self._messages and size < limit:
                one = self._messages.popleft()
                taken.append(one)
                size += self._size(one)
            self.bytes -= size
            self._weight -= size + OVERHEAD * len(taken)
            room = self._was_full and self._weight * 2 <= self._capacity
            if room:
                self._was_full = False
        if room:
            self._on_room()
        return taken

    def _size(self, one: Message) -> int:
        return len(one.data) + self._delimiter

    @property
    def full(self) -> bool:
        """Whether receiving has to wait; once full, until half of it is free again."""
        return self._was_full

    @property
    def closed(self) -> bool:
        """Whether nothing more will come. Ask this first and for messages then, not the other way round."""
        return self._closed

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._ring()
