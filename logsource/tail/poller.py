"""Looking at files often enough: busy ones at every poll, quiet ones in turn, so that thousands cost little.

A quiet file has a bell that rings when it is written to, where there are bells; then it is looked at far less often.
"""

from __future__ import annotations

import errno
from collections import OrderedDict
from typing import TYPE_CHECKING

from logsource.tail.adoption import settle
from logsource.tail.damaged import Damaged
from logsource.tail.look import Look, look
from logsource.tail.siblings import family_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.tail.environment import Environment
    from logsource.tail.finish import Finish
    from logsource.tail.follower import Follower
    from logsource.tail.growth import Growth
    from logsource.tail.schedule import Schedule
    from logsource.tail.source import Source

HOT_FOR = 10.0
"""Seconds after its last growth for which a file is looked at in every poll."""
CROWD = 1000
HOT_LEAST = 1.0
"""Of more busy files than `CROWD` each is quiet the sooner, but not before so many seconds: looks at thousands at every
poll cost more than the bells of those that say nothing."""
HOT_POLLS = 50
"""So many polls are enough for a file that can have a bell; with short polls it is quiet sooner."""
SHORT = 16384
FEW = 16
"""A file of so few bytes has its bell as soon as a poll finds nothing new, while no more files than that are busy: only a
bell tells that it was written anew with the same words."""
COLD_RATE = 2500
"""Looks a second at all quiet files together; a look is a system call and a microsecond or two."""
BELL_RATE = 1000
"""The same of files with a bell. Each is looked at once a second at most."""
QUIET_POLL = 1.0
"""Seconds between polls while all files are quiet and have bells."""
CROSSING_POLL = 0.01
"""Seconds between polls while a hole is crossed, some megabytes at a look: an archive may hold gigabytes of NULs."""
DEAF_MS = 500
"""A file that was written to so long ago, and whose bell did not ring, has none that can be relied on: written through
another mount, a lower layer of an overlay, or memory."""
REOPEN = 5.0
"""Seconds after which a file of another machine is opened anew: to its descriptor it may look as it did then."""
SILENT = 2.0
"""Seconds without a word after which a deleted file is given up while too many of them are held open."""
AT_ONCE = 1000
"""So many at most in one poll: with the last descriptor of a file goes the file, and others are to be read meanwhile."""
ERROR_WAIT = 1.0
ERROR_WAIT_MAX = 60.0
REVISIONS = 3
"""So often the elder generations of a log are asked for once more, if looking at them has shown others."""
STALL = 10.0
"""Seconds after which a file that gives fewer bytes than it has is opened anew."""


class Poller:
    """Looks at the files of all sources and tells the schedule what it saw."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        schedule: Schedule,
        finish: Finish,
        environment: Environment,
        *,
        interval: float,
        growth: Growth | None,
    ) -> None:
        """`interval` is seconds between polls while a file is busy, or quiet and without a bell."""
        self._sources = sources
        self._schedule = schedule
        self._finish = finish
        self._environment = environment
        self._interval = interval
        self._growth = growth
        self._hot: dict[Follower, float] = {}
        self._cold: OrderedDict[Follower, None] = OrderedDict()
        self._belled: OrderedDict[Follower, None] = OrderedDict()
        self._looks = 0.0
        """Looks at files with bells that are owed."""
        self._last = environment.clock.monotonic()
        self._damaged = Damaged()
        self._crossing = False
        """Whether a look came further in a hole and has not seen its end."""

    @property
    def rang(self) -> bool:
        """Whether a bell rang: look now."""
        return self._growth is not None and self._growth.rang

    @property
    def interval(self) -> float:
        """Seconds until the next poll makes sense."""
        if self._crossing:
            return CROSSING_POLL
        return self._interval if self._hot or self._cold else max(self._interval, QUIET_POLL)

    def poll(self, now: float, *, everything: bool = False) -> None:
        """Look at all that are busy, and at some or all of the quiet ones."""
        for source in self._sources.values():
            for follower in source.registry.take_added():
                self._hot[follower] = now
        self._crossing = False
        everything = self._hear(now) or everything
        passed, self._last = max(now - self._last, 0.0), now
        self._poll_quiet(self._cold, len(self._cold) if everything else int(COLD_RATE * passed) + 1, now)
        self._looks = min(self._looks + min(BELL_RATE, len(self._belled)) * passed, len(self._belled))
        looks = len(self._belled) if everything else int(self._looks)
        self._looks -= int(self._looks)
        self._poll_quiet(self._belled, looks, now)
        for follower, since in list(self._hot.items()):
            self._visit(follower, now)
            if self._is_cold(follower, since, now):
                del self._hot[follower]
                self._rest(follower, now)
        self._give_back(now)

    def _give_back(self, now: float) -> None:
        """Close deleted files early while there are too many of them: a last look, and no end is waited for."""
        descriptors = self._environment.descriptors
        for _ in range(AT_ONCE):
            follower = descriptors.longest_silent(now - SILENT)
            if follower is None:
                return
            size, written = follower.size, follower.mtime_ns
            self._visit(follower, now)
            if follower.content is None:
                continue
            same = (follower.size, follower.mtime_ns) == (size, written)
            source = self._sources.get(follower.source)
            wanted = descriptors.spares_written and bool(self._finish.has_writer(follower))
            if source is None or not same or wanted or not self._finish.may_give_up(follower):
                descriptors.heard(follower, now)
            else:
                self._finish.finish(follower, source.registry, self._environment)

    def _hear(self, now: float) -> bool:
        """Files whose bells rang are busy; whether bells were lost, so that all have to be looked at."""
        if self._growth is None or not self._growth.rang:
            return False
        rung, lost = self._growth.heard()
        for follower in rung:
            follower.rang = True
            self._belled.pop(follower, None)
            self._hot[follower] = now
        if lost:
            self._cold.update(self._belled)
            self._belled.clear()
        return lost

    def _poll_quiet(self, files: OrderedDict[Follower, None], turns: int, now: float) -> None:
        for _ in range(min(turns, len(files))):
            follower, _ = files.popitem(last=False)
            if follower in self._hot:
                continue
            size = follower.size
            self._visit(follower, now)
            if follower.size == size and follower.unread <= 0:
                self._rest(follower, now, belled=files is self._belled)
                continue
            self._hot[follower] = now
            # Its bell should have rung; if it had the time to, it is none that can be relied on.
            written_ms = follower.mtime_ns // 1_000_000
            if files is self._belled and self._environment.clock.now_ms() - written_ms > DEAF_MS:
                follower.deaf = True

    def _rest(self, follower: Follower, now: float, *, belled: bool = False) -> None:
        """Nothing happened for a while: look less often from now on, and not at all at what is nowhere."""
        if follower.removed or not follower.located:
            if self._growth is not None:
                self._growth.disarm(follower)
        elif belled:
            self._belled[follower] = None
        elif (
            self._growth is None
            or follower.deaf
            or follower.remote
            or follower.nlink == 0  # its name leads elsewhere
            or not self._growth.arm(follower)
        ):
            self._cold[follower] = None
        else:
            self._visit(follower, now)  # what came before the bell was there
            if follower.unread > 0:
                self._hot[follower] = now
            else:
                self._belled[follower] = None

    def _is_cold(self, follower: Follower, since: float, now: float) -> bool:
        if follower.removed or not follower.located:
            return True
        hot_for = HOT_FOR if self._growth is None else min(HOT_FOR, HOT_POLLS * self._interval)
        if (
            self._growth is not None
            and follower.size <= SHORT
            and len(self._hot) <= FEW
            and not follower.deaf
        ):
            hot_for = 0.0
        if self._growth is not None and self._growth.free and len(self._hot) > CROWD:
            hot_for = min(hot_for, max(HOT_FOR * CROWD / len(self._hot), HOT_LEAST))
        idle = now - max(since, follower.grown_at) > hot_for
        awaited = follower.rotated and follower.content is not None and follower.nlink > 0
        return idle and follower.unread <= 0 and not awaited

    def _visit(self, follower: Follower, now: float) -> None:
        source = self._sources.get(follower.source)
        if source is None or source.registry.by_key.get(follower.state.key) is not follower:
            follower.removed = True  # its source was taken out of the configuration
        elif follower.located and follower.pending is None:
            self.look(source, follower, now)

    def may_be_read(self, follower: Follower, source: Source) -> bool:
        """Whether it is somewhere, and its log at rest; else it waits."""
        if follower.pending is not None or not follower.located:
            return False
        if source.moving.holds(family_of(follower.state.path)):
            self._schedule.wait(follower)
            return False
        return True

    def elder_of(self, follower: Follower, source: Source, now: float) -> Follower | None:
        """The earlier generation of the same log that has to be read before this one."""
        now_ms = self._environment.clock.now_ms()
        elders = source.registry.elders(follower)
        for _ in range(REVISIONS):
            for elder in elders:
                if (
                    elder.rotated
                    and elder.located
                    and not elder.error
                    and not self._finish.at_rest(elder, now_ms)
                ):
                    # A writer fills one generation after the other: with the younger one's size known, a look at
                    # the elder now shows everything that was written before.
                    if elder.pending is None:
                        self.look(source, elder, now)
                    if elder.pending is not None or self._finish.holds_up(elder, now):
                        return elder
            # A look at an elder may bring to light that the log was cut, and where the rest of what it held is.
            known, elders = elders, source.registry.elders(follower)
            if elders == known:
                break
        return None

    def look(self, source: Source, follower: Follower, now: float) -> None:
        """Look at one file, and do what follows from it."""
        if follower.error and self._rests(follower, now):
            return
        try:
            self._environment.mounts.reach_volume(follower.state.locator.device)
            _renew(follower, now)
            crossed = follower.hole
            seen = look(follower, now)
            self._crossing |= follower.hole > crossed >= 0
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
        try:
            proven = follower.rotated and self._finish.proven(follower, now)
        except OSError as error:  # it is asked for its size and times once more
            self.failed(source, follower, error, now)
            return
        self._schedule.consider(follower, now)
        if proven and follower.unread <= 0:
            self._finish.finish(follower, source.registry, self._environment)
            return
        self._environment.descriptors.seen(follower, now)
        if not follower.rotated:
            self._environment.descriptors.relieve(follower)

    def _rests(self, follower: Follower, now: float) -> bool:
        """Whether it is too early to try again."""
        if now >= follower.retry_at and self._damaged.unchanged(follower, now):
            follower.retry_at = now + follower.retry_wait
        return now < follower.retry_at

    def _odd(self, source: Source, follower: Follower, now: float) -> None:
        """What a look found out besides growth."""
        if follower.state.doubted:
            source.generations.check_doubted(follower)
        if follower.shrunk:
            self._environment.abandon(follower.source, follower.state.path, follower.shrunk, "truncated")
            follower.shrunk = 0
            source.registry.dirty.add(follower.state.key)  # or it would be counted again after a crash
        # A file that has bytes and does not give them: a stale handle of a network file system, for one.
        if follower.short_since and now - follower.short_since > STALL:
            self._stalled(follower, "no_progress", f"{follower.unread} bytes unread since {STALL:.0f} s")
            follower.release()
            follower.stuck, follower.short_since = -1, 0.0

    def _stalled(self, follower: Follower, why: str, detail: str) -> None:
        self._environment.event(
            "stalled", follower.source, label=why, path=follower.state.path, detail=detail
        )

    def failed(
        self, source: Source, follower: Follower, error: OSError, now: float, *, reading: bool = False
    ) -> None:
        """A file cannot be looked at or read now: say so, and try again later and later.

        A stale handle is no trouble before it cannot be opened anew, either. While a file server does not answer,
        not even closing is certain to return.
        """
        self._damaged.note(follower, error, now)
        if error.errno == errno.ESTALE and not follower.error:
            self._stalled(follower, "stale_handle", error.strerror or "")
            source.gone(follower)  # it was deleted on the server, or the server forgot: its name tells
        else:
            source.troubles.note(follower.place, error)
        follower.error = error.strerror or str(error)
        follower.failed_reading = reading
        follower.retry_wait = min(max(follower.retry_wait * 2, ERROR_WAIT), ERROR_WAIT_MAX)
        follower.retry_at = now + follower.retry_wait
        if not isinstance(error, TimeoutError):
            follower.release()
            settle(follower, source.registry)
        follower.unlearn()

    @staticmethod
    def recovered(source: Source, follower: Follower) -> None:
        """It can be read again."""
        follower.error, follower.retry_wait, follower.failed_reading = "", 0.0, False
        source.troubles.over(follower.place)


def _renew(follower: Follower, now: float) -> None:
    if follower.remote and now - follower.opened_at >= REOPEN:
        follower.opened_at = now
        follower.open_anew()
