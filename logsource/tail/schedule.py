"""Whose turn it is. A file is due when a whole block is unread or its oldest unread byte has lingered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.tail.follower import Follower


class Schedule:
    """Files that are due, first come first served; and files with unread bytes that are not due yet.

    A hot file is due again as soon as its chunk is committed, but behind everybody who became due meanwhile:
    so a hot file has the agent for itself while the others are quiet, and starves nobody.
    """

    def __init__(self, *, block_size: int, linger: float, eager: bool) -> None:
        self.ready: dict[Follower, None] = {}
        self.eager = eager
        """No lingering: everything unread is due (`run --once`, shutdown)."""
        self._lingering: dict[Follower, None] = {}
        self._block_size = block_size
        self._linger = linger

    def consider(self, follower: Follower, now: float) -> None:
        """Put a file where it belongs after it was looked at or committed."""
        if follower.pending is not None:
            return
        unread = follower.unread
        if unread <= 0:
            follower.unread_since = follower.behind_since = None
            self._lingering.pop(follower, None)
            return
        if follower.unread_since is None:
            follower.unread_since = now
        if follower.behind_since is None:
            follower.behind_since = now
        if self._due(follower, unread, now):
            self._lingering.pop(follower, None)
            self.ready.setdefault(follower)
        else:
            self._lingering.setdefault(follower)

    def ripen(self, now: float) -> None:
        """Move files whose bytes have lingered long enough."""
        for follower in list(self._lingering):
            self.consider(follower, now)

    def first(self, follower: Follower) -> None:
        """Its turn did not count: it goes first again."""
        self.ready.pop(follower, None)
        self.ready = {follower: None, **self.ready}

    def wait(self, follower: Follower) -> None:
        """It is due, but another file has to be read before it."""
        self._lingering.setdefault(follower)

    def take(self, follower: Follower) -> bool:
        """Take this file off the queue, if it is on it: it has its turn now."""
        if follower in self.ready:
            del self.ready[follower]
            return True
        return False

    def forget(self, follower: Follower) -> None:
        """It is no longer followed."""
        self.ready.pop(follower, None)
        self._lingering.pop(follower, None)

    def turns(self) -> Iterator[Follower]:
        """Each file that is due now, once, taken off the queue."""
        for follower in list(self.ready):
            if self.take(follower):
                yield follower

    def due_in(self, now: float) -> float:
        """Seconds until the next file is due, as far as it is known."""
        if self.ready:
            return 0.0
        return min((self._due_in(one, now) for one in self._lingering), default=math.inf)

    def _due(self, follower: Follower, unread: int, now: float) -> bool:
        if follower.error and now < follower.retry_at:
            return False
        if follower.stuck == follower.size:
            return follower.again_at <= now
        return (
            self.eager or unread >= self._block_size or now - (follower.unread_since or 0.0) >= self._linger
        )

    def _due_in(self, follower: Follower, now: float) -> float:
        if follower.error:
            return max(follower.retry_at - now, 0.0)
        if follower.stuck == follower.size:
            return max(follower.again_at - now, 0.0)
        return max((follower.unread_since or 0.0) + self._linger - now, 0.0)
