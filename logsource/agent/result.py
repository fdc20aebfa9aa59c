"""What an agent says of a run, while it lasts and at its end."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.log import kv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import Tally
    from logsource.tail.api import FileStatus

log = logging.getLogger("logsource.agent")

_TOLD = 100
"""Files at most that are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """How far a run is."""

    read: int
    """Bytes committed, of all files that are known so far."""
    size: int
    """Bytes there are, as far as is known; a compressed file counts what was found in it."""
    lines: int
    events: int
    """Made of the lines of this run."""
    sent: int
    """Events delivered in this run."""
    waiting: int
    """Events in the outbox; some may be of an earlier run."""
    paused: str | None
    """Why reading stands still."""
    ending: bool = False
    """The run was asked to end."""
    found: int = 0
    """New files that wait to be opened; what is in them is in no other number yet."""

    @staticmethod
    def of(
        files: Sequence[FileStatus],
        totals: Tally,
        *,
        sent: int,
        waiting: int,
        paused: str | None,
        ending: bool = False,
        found: int = 0,
    ) -> Progressed:
        """Add up what tail says of its files, and what became of their lines in this run."""
        return Progressed(
            read=sum(file.offset for file in files),
            size=sum(max(file.size, file.offset) for file in files),
            lines=totals.read,
            events=totals.events.total(),
            sent=sent,
            waiting=waiting,
            paused=paused,
            ending=ending,
            found=found,
        )

    @property
    def delivered(self) -> int:
        """About how many of the bytes that were read are with the collector; all of them when nothing waits."""
        if not self.waiting:
            return self.read
        return self.read * max(self.events - self.waiting, 0) // max(self.events, 1)


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    complete: bool
    """Everything that was read was delivered: the outbox is empty and no new dead letter was kept."""
    totals: Tally
    """Of this run."""
    sent: int
    """Events delivered in this run."""
    outbox: int
    """Events that stay in the outbox for the next run."""
    dead: int
    """Dead letters kept in this run."""
    unreadable: int
    """Files that could not be read."""


def tell_unreadable(files: Sequence[FileStatus], *, once: bool) -> int:
    """How many files were not read, or not to their end: nobody comes back for an archive that breaks off."""
    broken_off = [file for file in files if once and file.broken_off and file.state != "unreadable"]
    for file in broken_off[:_TOLD]:
        log.warning(kv(event="broken_off", source=file.source, path=file.path, detail=file.detail))
    return len(broken_off) + sum(file.state == "unreadable" for file in files)
