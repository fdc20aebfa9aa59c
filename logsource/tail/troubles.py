"""Paths that cannot be read: said once, tried again later and later."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.tail.siblings import family_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.tail.environment import Environment

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between tries; doubled each time."""


@dataclass(slots=True)
class Trouble:
    """What is wrong with a path, and when to try again."""

    error: str
    reason: str
    retry_at: float
    wait: float


class Troubles:
    """The paths of one source that cannot be read now."""

    def __init__(self, source: str, environment: Environment) -> None:
        self._source = source
        self._environment = environment
        self._known: dict[str, Trouble] = {}
        self.count = 0
        """How often something could not be read so far: a path may have been read again since."""

    def __contains__(self, path: object) -> bool:
        return path in self._known

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Paths, and for people why they cannot be read."""
        return ((path, trouble.reason) for path, trouble in self._known.items())

    def of(self, family: str) -> bool:
        """Whether a generation of this log cannot be read."""
        return any(family_of(path) == family for path in self._known)

    def note(self, path: str, error: OSError) -> None:
        """A path cannot be read; an event when that is news."""
        self.count += 1
        name = errno.errorcode.get(error.errno or 0, "EIO")
        known = self._known.get(path)
        wait = FIRST_WAIT if known is None else min(known.wait * 2, LONGEST_WAIT)
        reason = error.strerror or str(error)
        self._known[path] = Trouble(name, reason, self._environment.clock.monotonic() + wait, wait)
        if known is None or known.error != name:
            self._environment.event("unreadable", self._source, label=name, path=path, detail=reason)

    @contextmanager
    def noting(self, path: str) -> Iterator[None]:
        """An error within ends the block and is noted; nothing is known then, whatever was asked of the file."""
        try:
            yield
        except OSError as error:
            self.note(path, error)

    def over(self, path: str) -> None:
        """A path can be read again."""
        known = self._known.pop(path, None)
        if known is not None:
            self._environment.event("readable", self._source, label=known.error, path=path)

    def due(self, now: float) -> set[str]:
        """Paths to try again now."""
        return {path for path, trouble in self._known.items() if trouble.retry_at <= now}
