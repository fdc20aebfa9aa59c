"""What an agent says of a run, while it lasts and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import Tally
    from logsource.tail.api import FileStatus


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far reading is."""

    read: int
    """Bytes committed, of all files that are known so far."""
    size: int
    """Bytes there are, as far as is known; a compressed file counts what was found in it."""
    files: int
    lines: int
    sent: int
    paused: str | None
    """Why reading stands still."""
    ending: int | None = None
    """Events that wait to be sent, once the run was asked to end; None before."""

    @staticmethod
    def of(
        files: Sequence[FileStatus], paused: str | None, *, lines: int, sent: int, ending: int | None = None
    ) -> Progressed:
        """Add up what tail says of its files."""
        return Progressed(
            read=sum(file.offset for file in files),
            size=sum(max(file.size, file.offset) for file in files),
            files=len(files),
            lines=lines,
            sent=sent,
            paused=paused,
            ending=ending,
        )


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
