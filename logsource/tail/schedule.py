"""Whose turn it is. A file is due when a whole block is unread or its oldest unread byte has lingered.

    live      files that keep up: what is new in them comes first
    late      files that are far behind, and files that were found full of old lines: they get what is left of a step

A live line is never behind more than one step of late ones, whatever there is to catch up with. The late are never
starved: every eighth step is theirs first.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logsource.tail.follower import Follower

FOUND_FULL = 1 << 20
"""Bytes in a file when it is found, beyond which it is a backlog and not what was written just now."""
FOUND_OLD_MS = 60_000
"""How long nobody had written to a file when it was found, so that its lines are history."""
FAR_BEHIND = 16 << 20
"""Unread bytes beyond which a file, though once read to its end, lets the others go first."""
SHARE = 8
"""In one step of so many, late files have their turn first."""
HELD_AT = 64
"""Bodies in the outbox beyond which found backlogs are left in their files: what is live is sent behind them."""
HELD_WAIT = 0.02
"""Seconds between looks at the outbox then; that many bodies last longer."""
LIVE_FOR = 60.0
"""Seconds for which a live line counts as live traffic. Without any, a backlog delays nobody and is never held."""


def _nothing_waits() -> int:
    return 0


class Schedule:
    """Files that are due, first come first served; and files with unread bytes that are not due yet.

    A hot file is due again as soon as its chunk is committed, but behind everybody who became due meanwhile:
    so a hot file has the agent for itself while the others are quiet, and starves nobody.
    """

    def __init__(
        self,
        *,
        block_size: int,
        linger: float,
        eager: bool,
        now_ms: Callable[[], int],
        bodies: Callable[[], int] = _nothing_waits,
    ) -> None:
        """`now_ms` is the wall clock; `bodies` tells how many batches wait in the outbox."""
        self.eager = eager
        """No lingering: everything unread is due (`run --once`, shutdown)."""
        self._live: dict[Follower, None] = {}
        self._late: dict[Follower, None] = {}
        self._lingering: dict[Follower, None] = {}
        self._block_size = block_size
        self._linger = linger
        self._now_ms = now_ms
        self._bodies = bodies
        self._live_at = -math.inf
        self._steps = 0

    @property
    def ready(self) -> bool:
        """Whether a file is due."""
        return bool(self._live or self._late)

    def consider(self, follower: Follower, now: float) -> None:
        """Put a file where it belongs after it was looked at or committed."""
        if follower.pending is not None:
            return
        unread = follower.unread
        if unread <= 0:
            follower.unread_since = follower.behind_since = None
            follower.backlog = False
            self._lingering.pop(follower, None)
            return
        if follower.unread_since is None:
            follower.unread_since = now
        if follower.behind_since is None or follower.stuck == follower.size:
            follower.behind_since = now  # before, there was nothing to read but a line that has no end yet
        if follower.backlog is None:
            age = self._now_ms() - follower.mtime_ns // 1_000_000
            follower.backlog = unread > FOUND_FULL or age > FOUND_OLD_MS or bool(follower.state.compression)
            follower.met_live = not follower.rotated
        if self._due(follower, unread, now):
            self._lingering.pop(follower, None)
            if follower not in self._live and follower not in self._late:
                (self._late if is_late(follower) else self._live)[follower] = None
        else:
            self._lingering.setdefault(follower)

    def ripen(self, now: float) -> None:
        """Move files whose bytes have lingered long enough."""
        for follower in list(self._lingering):
            self.consider(follower, now)

    def first(self, follower: Follower) -> None:
        """Its turn did not count: it goes first again."""
        self.take(follower)
        if is_late(follower):
            self._late = {follower: None, **self._late}
        else:
            self._live = {follower: None, **self._live}

    def wait(self, follower: Follower) -> None:
        """It is due, but another file has to be read before it."""
        self._lingering.setdefault(follower)

    def take(self, follower: Follower) -> bool:
        """Take this file off its queue, if it is on one: it has its turn now."""
        for queue in (self._live, self._late):
            if follower in queue:
                del queue[follower]
                return True
        return False

    def forget(self, follower: Follower) -> None:
        """It is no longer followed."""
        self.take(follower)
        self._lingering.pop(follower, None)

    def turns(self, now: float) -> Iterator[Follower]:
        """Each file that is due now, once, taken off its queue; backlogs only while they hold nobody up."""
        if self._live:
            self._live_at = now
        self._steps += 1
        late_first = self._steps % SHARE == 0
        held = self.held(now)
        for queue in (self._late, self._live) if late_first else (self._live, self._late):
            for follower in list(queue):
                if held and follower.backlog and queue is self._late and not follower.endangered:
                    continue
                if self.take(follower):
                    yield follower

    def held(self, now: float) -> bool:
        """Whether backlogs have to stay in their files for now: a live line would be sent behind all they hold."""
        return not self.eager and now - self._live_at < LIVE_FOR and self._bodies() > HELD_AT

    def due_in(self, now: float) -> float:
        """Seconds until the next file is due, as far as it is known."""
        if self._live:
            return 0.0
        if self._late and not self.held(now):
            return 0.0
        ripe = min((self._due_in(one, now) for one in self._lingering), default=math.inf)
        return min(ripe, HELD_WAIT) if self._late else ripe

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


def is_late(follower: Follower) -> bool:
    """Whether others go first."""
    return bool(follower.backlog) or follower.unread > FAR_BEHIND
