"""Bells on quiet files: one rings when its file is written to, so that nobody has to look at it all the time.

Only quiet files have one, and it rings once: a busy file costs no events, it is looked at anyway. As with the bells of
directories nothing depends on hearing them; a file with a bell is still looked at now and then.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.tail.inotify import LOST, Inotify

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Waker
    from logsource.tail.follower import Follower

MOST = 65536
"""Bells at most."""
QUARTER = 4
"""They are a limited resource of the user's whole system; we take one part of so many."""
LIMIT = Path("/proc/sys/fs/inotify/max_user_watches")
OF_THE_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG)

log = logging.getLogger("logsource.tail")


def most_watches() -> int:
    """Our share of what the system allows."""
    try:
        return min(MOST, int(LIMIT.read_text("ascii")) // QUARTER)
    except (OSError, ValueError):
        return 0


class Growth:
    """The bells of quiet files. One thread hears them; everything else is called by the reading thread."""

    def __init__(
        self, waker: Waker, *, limit: int | None = None, open_inotify: Callable[[], Inotify] = Inotify
    ) -> None:
        """`waker` is rung with each bell. Without inotify there are no bells, and nothing else changes."""
        self._waker = waker
        self._limit = most_watches() if limit is None else limit
        self._open = open_inotify
        self._inotify: Inotify | None = None
        self._stop = -1
        self._thread: threading.Thread | None = None
        self._heard: deque[int] = deque()
        self._watch: dict[Follower, int] = {}
        self._followers: dict[int, list[Follower]] = {}

    @property
    def free(self) -> bool:
        """Whether there are more to be had, as far as anybody knows."""
        return len(self._watch) < self._limit

    def arm(self, follower: Follower) -> bool:
        """Put a bell on a file; False when it cannot have one. What it gained before has to be looked for."""
        self.disarm(follower)
        if len(self._watch) >= self._limit:
            return False
        try:
            if self._inotify is None:
                self._start()
            assert self._inotify is not None
            watch = self._inotify.watch(follower.state.name)
        except (OSError, RuntimeError) as error:
            # Otherwise the system has no more to give: watches, instances, threads.
            if getattr(error, "errno", None) not in OF_THE_FILE:
                self._limit = len(self._watch)
                log.info("event=no_more_watches files=%d detail=%r", self._limit, str(error))
            return False
        self._watch[follower] = watch
        self._followers.setdefault(watch, []).append(follower)
        return True

    def disarm(self, follower: Follower) -> None:
        """Take a file's bell away."""
        watch = self._watch.pop(follower, None)
        if watch is None:
            return
        others = self._followers[watch]
        others.remove(follower)
        if not others:
            del self._followers[watch]
            if self._inotify is not None:
                self._inotify.forget(watch)

    @property
    def rang(self) -> bool:
        """Whether there is something to hear."""
        return bool(self._heard)

    def heard(self) -> tuple[list[Follower], bool]:
        """Files whose bells rang since the last call, and whether rings were lost: then nobody has a bell any more."""
        lost = False
        rung: list[Follower] = []
        while self._heard:
            watch = self._heard.popleft()
            lost = lost or watch == LOST
            for follower in self._followers.pop(watch, ()):
                self._watch.pop(follower, None)
                rung.append(follower)
        if lost:
            for follower in list(self._watch):
                self.disarm(follower)
        return rung, lost

    def _start(self) -> None:
        inotify = self._open()
        stop = os.eventfd(0, os.EFD_CLOEXEC)
        thread = threading.Thread(
            target=self._listen, args=(inotify, stop), name="logsource-growth", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # there are as many threads as there may be
            os.close(stop)
            inotify.close()
            raise
        self._inotify, self._stop, self._thread = inotify, stop, thread

    def _listen(self, inotify: Inotify, stop: int) -> None:
        poll = select.poll()
        poll.register(inotify, select.POLLIN)
        poll.register(stop, select.POLLIN)
        while True:
            if any(fd == stop for fd, _ in poll.poll()):
                return
            self._heard.extend(inotify.rung())
            self._waker.wake()

    def close(self) -> None:
        """Stop the thread and let go of all watches; idempotent."""
        if self._thread is not None:
            os.eventfd_write(self._stop, 1)
            self._thread.join()
            os.close(self._stop)
            self._thread = None
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None
        self._watch.clear()
        self._followers.clear()
        self._limit = 0
