"""What the pipeline asks of tail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logsource.model import Checkpoint, Chunk


if TYPE_CHECKING:
    Undelivered = Callable[[], tuple[int, int] | None]
    """Numbers of the oldest and the newest batch in the outbox (they grow with every commit); None when it is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatus:
    """One followed file, for metrics and for people."""

    source: str
    path: str
    file_id: str
    epoch: int
    offset: int
    size: int
    state: str
    """Metric label: active, idle, rotated, unreadable, waiting. (What is only found has no status yet; see `Tail.found`.)"""
    behind_since: float | None
    """Monotonic second since when there was something to read without a break; None when caught up."""
    detail: str = ""
    device: int = 0
    inode: int = 0
    """Where the file is, whatever its name is now; 0 for inputs that are no files."""
    caught_up: bool = False
    """Every complete record among `size` bytes is committed; what is left is unfinished, or nothing."""
    broken_off: bool = False
    """An archive that ends in its middle: it is still being made, or its rest is lost."""

    @property
    def lag(self) -> int:
        """Bytes that could be committed by now. A last line that has no end yet is none of them."""
        return 0 if self.caught_up else max(0, self.size - self.offset)

    @property
    def unfinished(self) -> int:
        """Bytes of a last line that has no end yet; they are read when it comes, or when the file is rotated away."""
        return max(0, self.size - self.offset) if self.caught_up else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TailEvent:
    """Something that happened to a file, for metrics and for the agent's own log."""

    kind: str
    """`rotation` (label: rename, copytruncate, truncate, replace, delete, compress; late: a generation that could not be read
    at its turn is read behind younger ones),
    `abandoned` (label: the reason, one of truncated, vanished, max_line, nuls, input_ended; `bytes` will never be read),
    `unreadable` and `readable` (label: the error's name),
    `cut` (records were longer than a limit, which is the label: max_line, max_lines, max_size; `bytes` is how many times),
    `replaced` (`bytes` characters U+FFFD stand for what is invalid in the file's encoding), `found`, `finished`,
    `stalled` (opened anew; label: no_progress, stale_handle), `forgotten`,
    `delivered` (label: what was done with the file: delete, move, failed),
    `connections_full` (a listener has as many connections as it may, or as there are descriptors for),
    `connection_refused` (a sender and a listener with TLS did not come together)."""
    source: str
    label: str = ""
    """Short snake_case word, fit for a metric label."""
    path: str = ""
    bytes: int = 0
    detail: str = ""
    """For people."""


class Tail(Protocol):
    """All files of all sources, followed fairly. Not thread-safe: one thread calls it.

    A chunk that was read is pending until `committed` or `rolled_back`; while it is pending its file gives no
    further chunk. So chunks of one file never overlap and leave no gap. A chunk may hold no records at all
    (`lines` is an empty tuple): it only moves the checkpoint, for instance over the rest of a line that was cut.
    """

    def scan(self) -> None:
        """Look for new, moved and vanished files, if it is time to or a bell rang."""
        ...

    def read(self, budget: int) -> list[Chunk]:
        """Up to about `budget` bytes of complete records from files that are due, fairly, at most one chunk a file.

        A file is due when a full block is unread, or its oldest unread byte has lingered long enough.
        """
        ...

    def taught(self, chunk: Chunk, learned: tuple[int, ...]) -> Chunk:
        """Keep with its file from which records a parser learned (`Rendered.learned`), for an agent that is started again.

        Called before a commit. The chunk that is returned stands for the one that was read.
        """
        ...

    def committed(self, chunk: Chunk) -> None:
        """The chunk is safe: go on behind it."""
        ...

    def rolled_back(self, chunk: Chunk) -> None:
        """The commit did not happen: the same bytes will be read again later."""
        ...

    def updates(self) -> list[Checkpoint]:
        """Rows that changed without a chunk: start positions, moved files, files to forget (empty state).

        Every commit carries all of them, before the checkpoints of its chunks (a chunk of the same file is
        newer); when there is nothing else to commit for a second or so, they are committed alone. They are
        returned again until `recorded` says that they are safe.
        """
        ...

    def recorded(self, updates: Sequence[Checkpoint]) -> None:
        """These rows of `updates` were committed."""
        ...

    def drain(self) -> None:
        """Stop lingering: from now on every complete record is due at once (the agent is stopping)."""
        ...

    def wait_hint(self) -> float:
        """Seconds until something may be due, at most the poll interval."""
        ...

    def at_end(self) -> bool:
        """Whether every known file was read to its end (for `run --once`; scan first)."""
        ...

    def status(self) -> Sequence[FileStatus]:
        """Every followed file."""
        ...

    def found(self) -> Mapping[str, int]:
        """By source: new files that were found and wait to be opened. Sources without any may be missing."""
        ...

    def close(self) -> None:
        """Let go of all descriptors and watches; idempotent."""
        ...
