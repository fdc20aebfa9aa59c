"""How many files may be open at once, and which one is closed for another.

The file that was used longest ago goes first, but none with unread bytes while there is one without: what is read can
be opened again by name whenever it grows, but unread bytes of a file that is deleted meanwhile are lost with it.
"""

from __future__ import annotations

import resource
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.follower import Follower

    _Queue = OrderedDict[Follower, None]

RESERVE = 256
"""Descriptors for everything else: the store, sockets, directories, compressed copies under examination."""
MOST = 8192
NAMELESS_SHARE = 4
"""Files without a name may have one part of so many; beyond it those that are silent longest are given up early."""
WRITTEN_SHARE = 2
"""Of those that somebody is known to have open for writing, one part of so many."""


class Descriptors:
    """The followed files that are held open, those used longest ago first. Each question costs the same for any number."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._idle: _Queue = OrderedDict()
        """Read to their end when they were last used; they may have grown since."""
        self._busy: _Queue = OrderedDict()
        """Nobody has asked yet what they are worth."""
        self._worth: dict[tuple[bool, bool], _Queue] = {
            (unread, rotated): OrderedDict() for unread in (False, True) for rotated in (False, True)
        }
        """Those that were not closed when somebody asked, by what they were worth then."""
        self._kept: _Queue = OrderedDict()
        """Could not be opened again when somebody asked."""
        self._nameless: OrderedDict[Follower, float] = OrderedDict()
        """Have no name any more, with the time when they were seen to be so, or seen again since they were read."""
        self._queues: dict[Follower, _Queue | OrderedDict[Follower, float]] = {}

    @property
    def a_step(self) -> int:
        """From how many files one step may read: each of them is open until its chunk is committed."""
        return max(self.limit // 2, 1)

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._queues)

    @property
    def over(self) -> bool:
        """Whether there are too many, although all that could be spared were closed."""
        return self.open > self.limit

    def hold(self, follower: Follower) -> None:
        """This one was opened; close others for it that are read to their end."""
        self._move(follower, self._busy)
        self._spare()

    def _spare(self) -> None:
        while self.over and self._idle:
            one = next(iter(self._idle))
            if one.unread <= 0 and not one.rotated and _can_reopen(one):
                one.release()
            else:
                self._move(one, self._busy)

    def used(self, follower: Follower) -> None:
        """This one was read."""
        if follower.content is not None:
            self._move(follower, self._idle if follower.unread <= 0 else self._busy)
            self._spare()

    def seen(self, follower: Follower, now: float) -> None:
        """This one was looked at: it may be among those that were opened only to see what they are."""
        queue = self._queues.get(follower)
        if queue is None:
            return
        if follower.nlink == 0:
            if queue is not self._nameless:
                self.closed(follower)
                self._nameless[follower] = now
                self._queues[follower] = self._nameless
        elif follower.unread <= 0 and not follower.rotated:
            if queue is not self._idle:
                self._move(follower, self._idle)
        elif queue is self._kept and _can_reopen(follower):
            self._move(follower, self._busy)

    def relieve(self, follower: Follower) -> None:
        """This one was opened to be recognised: if there are too many, it is closed until its turn."""
        if self.over and follower.pending is None and follower.adopted is None and not follower.nameless:
            follower.release()

    def closed(self, follower: Follower) -> None:
        """This one is closed."""
        queue = self._queues.pop(follower, None)
        if queue is not None:
            del queue[follower]

    def make_room(self, reader: Follower) -> None:
        """This one is going to be read: if there are too many, close another, even one with unread bytes.

        Not the ones that cannot be opened again because they have no name any more; rather there are too many.
        """
        while self.over:
            one = self._least(reader)
            if one is None:
                return
            one.release()
            self.closed(one)  # whatever it was: it is not asked again

    def _least(self, reader: Follower) -> Follower | None:
        """Which one to close. Whoever is asked here is not asked again before it was used, or seen with all read."""
        for one in list(self._busy):
            if one is not reader:
                self._assess(one)
        for worth in sorted(self._worth):
            queue = self._worth[worth]
            while (least := next((one for one in queue if one is not reader), None)) is not None:
                if _can_reopen(least) and _worth(least) <= worth:
                    return least
                self._assess(least)
        return None

    def _assess(self, one: Follower) -> None:
        self._move(one, self._worth[_worth(one)] if _can_reopen(one) else self._kept)

    def _move(self, one: Follower, queue: _Queue) -> None:
        self.closed(one)
        queue[one] = None
        self._queues[one] = queue

    def longest_silent(self, before: float) -> Follower | None:
        """The file without a name that was seen to be so before this time, earlier than all others, if they are too many.

        They cannot be opened again, so nothing else makes room where jobs write a log each and delete it.
        """
        if len(self._nameless) <= max(self.limit // NAMELESS_SHARE, 1):
            return None
        one, since = next(iter(self._nameless.items()))
        return one if since <= before else None

    @property
    def spares_written(self) -> bool:
        """Whether those without a name that somebody still has open for writing may stay."""
        return len(self._nameless) <= self.limit // WRITTEN_SHARE

    def heard(self, follower: Follower, now: float) -> None:
        """This one without a name is still wanted: the others go first."""
        if follower in self._nameless:
            del self._nameless[follower]
            self._nameless[follower] = now


def _can_reopen(one: Follower) -> bool:
    return one.nlink > 0 and one.pending is None and one.adopted is None


def _worth(one: Follower) -> tuple[bool, bool]:
    """Whoever is worth least is closed; of equals, the one used longest ago."""
    return one.unread > 0, one.rotated


def default_limit() -> int:
    """What the process may open, less a reserve."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(min(soft - RESERVE, MOST), soft // 2)
