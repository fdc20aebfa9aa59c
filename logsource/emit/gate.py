"""Whether sending makes sense right now: one state for all workers of an output.

While the collector is down, N workers with a backoff each would knock N times as often. Here the
first failure shuts the gate for everybody; when the wait is over one worker may try; only its success
opens the gate again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one batch."""

    round: int
    """Number of failures that had been counted when it was given; one outage fails many requests but counts once."""


class Gate:
    """Open, shut until an instant, or on trial."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._round = 0
        self._failures = 0
        self._until = 0.0
        self._probe: Ticket | None = None
        self._out: set[int] = set()

    @property
    def failures(self) -> int:
        """Failures in a row; 0 is open."""
        return self._failures

    def enter(self, now: float) -> Ticket | None:
        """Leave to send, or None. `now` is monotonic seconds. Every ticket must come back."""
        with self._lock:
            if self._failures == 0:
                ticket = Ticket(self._round)
            elif now < self._until or self._probe is not None:
                return None
            else:
                ticket = self._probe = Ticket(self._round)
            self._out.add(id(ticket))
            return ticket

    def alone(self, ticket: Ticket) -> bool:
        """Whether nobody else has leave to send: what is not with this ticket is not under way."""
        with self._lock:
            return self._out <= {id(ticket)}

    def leave(self, ticket: Ticket) -> None:
        """Bring a ticket back unused, or used without a verdict on the road."""
        with self._lock:
            self._take_back(ticket)

    def succeed(self, ticket: Ticket) -> bool:
        """The collector took something: open. True if the gate was shut."""
        with self._lock:
            self._take_back(ticket)
            was_shut = self._failures > 0
            self._failures = 0
            return was_shut

    def fail(self, ticket: Ticket, now: float, wait: Callable[[int], float]) -> float | None:
        """Shut for `wait(failures in a row)` seconds; None if this outage was counted already."""
        with self._lock:
            self._take_back(ticket)
            if ticket.round != self._round:
                return None
            self._round += 1
            self._failures += 1
            seconds = wait(self._failures)
            self._until = now + seconds
            return seconds

    def wait_hint(self, now: float, longest: float) -> float:
        """Seconds until trying again may make sense, at most `longest`."""
        with self._lock:
            if self._failures == 0 or self._probe is not None:
                return longest
            return min(longest, max(0.0, self._until - now))

    def _take_back(self, ticket: Ticket) -> None:
        self._out.discard(id(ticket))
        if self._probe is ticket:
            self._probe = None
