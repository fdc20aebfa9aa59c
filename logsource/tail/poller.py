"""Looking at files often enough: busy ones at every poll, quiet ones in turn, so that thousands cost little."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from logsource.tail.look import Look, look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.tail.environment import Environment
    from logsource.tail.finish import Finish
    from logsource.tail.follower import Follower
    from logsource.tail.schedule import Schedule
    from logsource.tail.source import Source

HOT_FOR = 10.0
"""Seconds after its last growth for which a file is looked at in every poll."""
COLD_RATE = 2500
"""Looks a second at all quiet files together; a look is a system call and a microsecond or two."""
ERROR_WAIT = 1.0
ERROR_WAIT_MAX = 60.0
STALL = 10.0
"""Seconds after which a file that gives fewer bytes than it has is opened anew."""


class Poller:
    """Looks at the files of all sources and tells the schedule what it saw."""

    def __init__(
        self, sources: Mapping[str, Source], schedule: Schedule, finish: Finish, environment: Environment
    ) -> None:
        self._sources = sources
        self._schedule = schedule
        self._finish = finish
        self._environment = environment
        self._hot: dict[Follower, float] = {}
        self._cold: deque[Follower] = deque()
        self._last = environment.clock.monotonic()

    def poll(self, now: float, *, everything: bool = False) -> None:
        """Look at all that are busy, and at some or all of the quiet ones."""
        for source in self._sources.values():
            for follower in source.registry.take_added():
                self._hot[follower] = now
        for follower, since in list(self._hot.items()):
            self._visit(follower, now)
            if self._is_cold(follower, since, now):
                del self._hot[follower]
                if not follower.removed:
                    self._cold.append(follower)
        turns = len(self._cold) if everything else int(COLD_RATE * max(now - self._last, 0.0)) + 1
        self._last = now
        for _ in range(min(turns, len(self._cold))):
            follower = self._cold.popleft()
            if follower.removed:
                continue
            size = follower.size
            self._visit(follower, now)
            if follower.size != size or follower.unread > 0:
                self._hot[follower] = now
            else:
                self._cold.append(follower)

    @staticmethod
    def _is_cold(follower: Follower, since: float, now: float) -> bool:
        if follower.removed or not follower.located:
            return True
        idle = now - max(since, follower.grown_at) > HOT_FOR
        return idle and follower.unread <= 0 and not (follower.rotated and follower.content is not None)

    def _visit(self, follower: Follower, now: float) -> None:
        source = self._sources.get(follower.source)
        if source is None or source.registry.by_key.get(follower.state.key) is not follower:
            follower.removed = True  # its source was taken out of the configuration
        elif follower.located and follower.pending is None:
            self.look(source, follower, now)

    def look(self, source: Source, follower: Follower, now: float) -> None:
        """Look at one file, and do what follows from it."""
        if follower.error and now < follower.retry_at:
            return
        try:
            seen = look(follower, now)
            if seen is Look.CHANGED:
                source.generations.replace_content(follower)
                look(follower, now)
        except FileNotFoundError:
            seen = Look.GONE
        except OSError as error:
            self.failed(source, follower, error, now)
            return
        if follower.error and not follower.failed_reading:
            self.recovered(source, follower)
        if seen is Look.GONE:
            source.gone(follower)
            return
        self._odd(source, follower, now)
        proven = follower.rotated and self._finish.proven(follower, now)
        self._schedule.consider(follower, now)
        if proven and follower.unread <= 0:
            self._finish.finish(follower, source.registry, self._environment)
        elif self._environment.descriptors.over and not follower.rotated:
            follower.release()  # it is opened again at its turn

    def _odd(self, source: Source, follower: Follower, now: float) -> None:
        """What a look found out besides growth."""
        if follower.doubted:
            source.generations.check_doubted(follower)
        if follower.shrunk:
            self._environment.abandon(follower.source, follower.state.path, follower.shrunk, "truncated")
            follower.shrunk = 0
        # A file that has bytes and does not give them: a stale handle of a network file system, for one.
        if follower.short_since and now - follower.short_since > STALL:
            detail = f"{follower.unread} bytes unread since {STALL:.0f} s"
            self._environment.event("stalled", follower.source, path=follower.state.path, detail=detail)
            follower.release()
            follower.stuck, follower.short_since = -1, 0.0

    def failed(
        self, source: Source, follower: Follower, error: OSError, now: float, *, reading: bool = False
    ) -> None:
        """A file cannot be looked at or read now: say so, and try again later and later."""
        follower.error = error.strerror or str(error)
        follower.failed_reading = reading
        follower.retry_wait = min(max(follower.retry_wait * 2, ERROR_WAIT), ERROR_WAIT_MAX)
        follower.retry_at = now + follower.retry_wait
        follower.release()
        # The next look has to see it as grown, and do whatever this one could not finish.
        follower.size, follower.mtime_ns = follower.state.offset, 0
        source.troubles.note(follower.place, error)

    @staticmethod
    def recovered(source: Source, follower: Follower) -> None:
        """It can be read again."""
        follower.error, follower.retry_wait, follower.failed_reading = "", 0.0, False
        source.troubles.over(follower.place)
