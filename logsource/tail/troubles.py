"""Paths that cannot be read: said once, tried again later and later."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.tail.identity import is_gone
from logsource.tail.open import open_content
from logsource.tail.siblings import stem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from logsource.tail.environment import Environment
    from logsource.tail.follower import Follower

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

    def __init__(
        self, source: str, logs_of: Callable[[str], Iterable[str]], environment: Environment
    ) -> None:
        """`logs_of` names the logs that a path may be, or be a generation of."""
        self._source = source
        self._logs_of = logs_of
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
        stem = stem_of(family)
        alike = [path for path in self._known if path.rpartition("/")[2].startswith(stem)]
        return any(family in self._logs_of(path) for path in alike)

    def families(self) -> set[str]:
        """Every log that one of these paths may be, or be a generation of."""
        return {family for path in self._known for family in self._logs_of(path)}

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

    def to_try(
        self, problems: Sequence[tuple[str, OSError]], literal: Container[str], now: float
    ) -> set[str]:
        """Paths to try again now; `problems` are what could not be listed, `literal` paths at which a file should be."""
        retry, unlisted = self.due(now), dict(problems)
        for path, error in unlisted.items():
            if path in retry or path not in self:
                self.note(path, error)
        for path in retry - unlisted.keys():
            # A path in trouble that is gone, or a directory that can be listed again; files are opened later.
            if is_gone(path) or (path not in literal and _can_be_listed(path)):
                self.over(path)
        return retry

    def ask(self, paths: Iterable[str], followers: Iterable[Follower], now: float) -> None:
        """Open what was to be tried again, and what nobody had a use for: nothing that it holds is wanted any more."""
        left = self.due(now).intersection(paths)
        for path in left - {one.place for one in followers if one.error} if left else ():
            try:
                if os.path.isdir(path):
                    _list(path)
                else:
                    open_content(path)[0].close()
            except OSError as error:
                self.note(path, error)
            else:
                self.over(path)


def _can_be_listed(path: str) -> bool:
    try:
        _list(path)
    except OSError:
        return False
    return True


def _list(path: str) -> None:
    with os.scandir(path):
        pass
