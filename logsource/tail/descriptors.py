"""How many files may be open at once, and which one is closed for another.

The file that was used longest ago goes first, but none with unread bytes while there is one without: what is read can
be opened again by name whenever it grows, but unread bytes of a file that is deleted meanwhile are lost with it.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.follower import Follower

RESERVE = 256
"""Descriptors for everything else: the store, sockets, directories, compressed copies under examination."""
MOST = 8192


class Descriptors:
    """The followed files that are held open, those used longest ago first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._idle: dict[Follower, None] = {}
        """Read to their end when they were last used; they may have grown since."""
        self._busy: dict[Follower, None] = {}

    @property
    def a_step(self) -> int:
        """From how many files one step may read: each of them is open until its chunk is committed."""
        return max(self.limit // 2, 1)

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._idle) + len(self._busy)

    @property
    def over(self) -> bool:
        """Whether there are too many, although all that could be spared were closed."""
        return self.open > self.limit

    def hold(self, follower: Follower) -> None:
        """This one was opened; close others for it that are read to their end."""
        self.closed(follower)
        self._busy[follower] = None
        self._spare()

    def _spare(self) -> None:
        while self.over and self._idle:
            one = next(iter(self._idle))
            if one.unread <= 0 and not one.rotated and _can_reopen(one):
                one.release()
            else:
                del self._idle[one]
                self._busy[one] = None

    def used(self, follower: Follower) -> None:
        """This one was read."""
        if follower.content is not None:
            self.closed(follower)
            (self._idle if follower.unread <= 0 else self._busy)[follower] = None
            self._spare()

    def seen(self, follower: Follower) -> None:
        """This one was looked at: it may be among those that were opened only to see what they are."""
        if follower in self._busy and follower.unread <= 0 and not follower.rotated:
            del self._busy[follower]
            self._idle[follower] = None

    def relieve(self, follower: Follower) -> None:
        """This one was opened to be recognised: if there are too many, it is closed until its turn."""
        if self.over and follower.pending is None and follower.adopted is None and not follower.nameless:
            follower.release()

    def closed(self, follower: Follower) -> None:
        """This one is closed."""
        self._idle.pop(follower, None)
        self._busy.pop(follower, None)

    def make_room(self, reader: Follower) -> None:
        """This one is going to be read: if there are too many, close another, even one with unread bytes.

        Not the ones that cannot be opened again because they have no name any more; rather there are too many.
        """
        while self.over:
            others = [one for one in self._busy if one is not reader and _can_reopen(one)]
            if not others:
                return
            min(others, key=_worth).release()


def _can_reopen(one: Follower) -> bool:
    return one.nlink > 0 and one.pending is None and one.adopted is None


def _worth(one: Follower) -> tuple[bool, bool]:
    """Of equals, `min` finds the one used longest ago."""
    return one.unread > 0, one.rotated


def default_limit() -> int:
    """What the process may open, less a reserve."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(min(soft - RESERVE, MOST), soft // 2)
