"""New files that wait to be met, when more were found at once than a look has time for.

After a stall (the machine slept, the agent was stopped, or away) there may be a million. Opening each takes minutes in
which nothing would be read, nothing reported, and the logs that were followed already might be rotated away.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.siblings import Sibling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from logsource.tail.environment import Environment
    from logsource.tail.troubles import Troubles

MEET_SECONDS = 0.25
"""How long a look meets new files; then it is reading's turn, for as long."""
MEET_LONGER = 2.0
"""Where the look itself took longer (to list a million files takes a second), it is met for as long, up to this: looking must
not be most of the work."""


class Newcomer(NamedTuple):
    """A new file."""

    log: str
    """Path of the log that it is, or is a generation of."""
    file: Sibling
    seen: float
    """When it was as `file` says; seconds of the monotonic clock."""
    rotated: bool
    """It has a name that only rotation gives, and `paths` do not."""


class Newcomers:
    """Files by log: the logs that were found last come first, the generations of each in the order they were given in.

    Who arrives now is met at once, whatever came before: jobs whose logs live for seconds go on being seen while the crowd
    of the stall, of which nobody knows how long it will be there, is worked off behind them.
    """

    def __init__(self, troubles: Troubles, environment: Environment) -> None:
        self._troubles = troubles
        self._environment = environment
        self._logs: dict[str, dict[str, Newcomer]] = {}

    def __len__(self) -> int:
        """How many logs wait."""
        return len(self._logs)

    @property
    def files(self) -> int:
        """How many files they have."""
        return sum(map(len, self._logs.values()))

    def add(self, found: Iterable[Newcomer]) -> None:
        """New files, of each log the oldest generation first. What waited under the same path was another file, or older news."""
        batch: dict[str, dict[str, Newcomer]] = {}
        for one in found:
            batch.setdefault(one.log, {})[one.file.path] = one
        for log in reversed(batch):
            earlier = self._logs.pop(log, {})
            # What only an earlier look saw is older, or gone.
            rest = {path: one for path, one in earlier.items() if path not in batch[log]}
            self._logs[log] = rest | batch[log]

    def turns(self, now: float, again: dict[str, float]) -> Iterator[tuple[Sibling, bool]]:
        """The next ones, until the time of this look is up, and whether they are `rotated`.

        Paths at which there is another file by now are noted in `again`.
        """
        clock = self._environment.clock
        began = clock.monotonic()
        until = began + min(max(MEET_SECONDS, began - now), MEET_LONGER)
        while self._logs:
            log = next(reversed(self._logs))
            files = self._logs[log]
            one = files.pop(next(iter(files)))
            if not files:
                del self._logs[log]
            file = one.file if one.seen == now else self._stat(one.file)
            if file is None:
                pass
            elif file.locator != one.file.locator:
                again[file.path] = now
            else:
                yield file, one.rotated
            if clock.monotonic() >= until:
                return

    def _stat(self, seen: Sibling) -> Sibling | None:
        """How a file is now that was found a while ago; None if it is gone, or in trouble."""
        try:
            self._environment.mounts.reach(seen.path)
            status = os.stat(seen.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._troubles.note(seen.path, error)
            return None
        locator = self._environment.mounts.locator(status)
        return Sibling(seen.path, locator, status.st_size, status.st_mtime_ns)
