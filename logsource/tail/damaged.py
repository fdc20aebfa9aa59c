"""Archives with damaged data: to unpack a gigabyte of them again tells nothing new, as long as nobody touched them."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.follower import Follower

AGAIN = 3600.0
"""Seconds after which one is tried again all the same: the damage may be one of the file system, which was repaired."""
MOST_KNOWN = 10_000
"""Archives that are remembered."""


class Damaged:
    """Remembers how they were when their damage was met. On file systems of other machines nothing is remembered."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, ...], float]] = {}
        """By row: what stat said, and until when that is believed."""

    def note(self, follower: Follower, error: OSError, now: float) -> None:
        """A file that is open could not be read."""
        self._known.pop(follower.state.key, None)
        if error.errno != errno.EBADMSG or not follower.state.compression or follower.remote:
            return
        if follower.content is not None:
            if len(self._known) >= MOST_KNOWN:
                del self._known[next(iter(self._known))]
            with suppress(OSError):
                self._known[follower.state.key] = _stamp(follower.content.stat()), now + AGAIN

    def unchanged(self, follower: Follower, now: float) -> bool:
        """Whether a file that could not be read is an archive that is as damaged as it was."""
        stamp, until = self._known.get(follower.state.key, ((), 0.0))
        if now >= until:
            return False
        try:
            return _stamp(os.stat(follower.state.name)) == stamp
        except OSError:
            return False


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    """With the time that nobody can set: who restores an archive may give it its old date."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
