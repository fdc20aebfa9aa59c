"""What the rest of the house asks of a store. Two implementations: disk (diskcache) and memory.

Responsibility for a line changes hands in `commit` and nowhere else: before it returns, the line is
still only in its file; afterwards the file may vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from logsource.model import Batch, Checkpoint, DeadLetter, PackedBatch, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStats:
    """How full the outbox is."""

    events: int
    """Committed and not yet acknowledged."""
    bytes: int
    """Stored (compressed) bytes of the rows of the outbox."""
    capacity_bytes: int
    batches: int
    oldest_ms: int | None
    """When the oldest row was committed; None when empty."""
    dead: int
    """Dead letters kept."""


class Storage(Protocol):
    """Outbox, checkpoints, tallies and dead letters behind one transaction.

    Thread-safe. Every method may block for the time of one SQLite transaction. Every method may raise
    `StoreUnavailable` (disk full, I/O error), after which the store is as before the call.
    """

    def commit(
        self,
        *,
        batches: Sequence[Batch | PackedBatch],
        checkpoints: Sequence[Checkpoint] = (),
        tallies: Mapping[str, Tally] | None = None,
        dead: Sequence[DeadLetter] = (),
    ) -> None:
        """Write all of it in one transaction, or nothing.

        `tallies` maps a source's name to what this step adds to its running total. Raises `StoreFull` when
        the outbox has reached its limit (checked before writing: a commit that starts below the limit may
        exceed it by its own size, so one big chunk can never be stuck).
        """
        ...

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints, as last committed."""
        ...

    def tallies(self) -> dict[str, Tally]:
        """Running totals by source since the store was made."""
        ...

    def take(self) -> Batch | None:
        """Return the oldest batch nobody has taken, and mark it as taken (in memory only); None if there is none.

        May block for an fsync: nothing is handed out whose `Checkpoint.new_ids` a power loss could undo.
        """
        ...

    def release(self, batch: Batch) -> None:
        """Give a taken batch back unchanged; `take` will return it again, still oldest first."""
        ...

    def acknowledge(self, batch: Batch) -> None:
        """Forget a delivered batch.

        The delete may be written together with the next commit (or by `flush`); until then a crash makes the
        batch be sent again, with the same ids.
        """
        ...

    def replace(self, batch: Batch, parts: Sequence[Batch], dead: Sequence[DeadLetter] = ()) -> None:
        """In one transaction: put `parts` (in order) in the place of a taken batch and keep `dead`.

        Used to split and to bury; parts keep the age of the original and can be taken at once. With no
        parts, the batch is gone and only the dead letters remain.
        """
        ...

    def flush(self) -> None:
        """Write pending acknowledgements now."""
        ...

    def stats(self) -> StoreStats:
        """How full it is; cheap, from memory."""
        ...

    def undelivered(self) -> tuple[int, int] | None:
        """Numbers of the oldest and the newest batch in the outbox; None when it is empty. From memory.

        Numbers grow with every commit, and the parts of a batch keep its number: when the oldest number is greater
        than what was once the newest, nothing that was committed until then is left.
        """
        ...

    def dead_keys(self) -> Iterator[int]:
        """Keys of the dead letters that there are now, oldest first."""
        ...

    def dead_letters(self, keys: Iterable[int] | None = None) -> Iterator[DeadLetter]:
        """These dead letters, or all that there are now, oldest first; each is read when it is asked for.

        A letter whose row is damaged comes with the reason `damaged_row` and the bytes of the row.
        """
        ...

    def replay(self, keys: Iterable[int]) -> int:
        """Put these dead letters back into the outbox as new batches; how many that were.

        Some at a time, each time in one transaction: what was put back stays so when a later one fails.
        """
        ...

    def purge(self, keys: Iterable[int]) -> int:
        """Delete these dead letters for good, as `replay` some at a time; how many that were."""
        ...

    def lost(self) -> str | None:
        """Why waiting is in vain for a store that is unavailable, for people: it has to be closed, and opened anew.

        None when it may become available as it is (its disk is full), and when nothing is wrong with it.
        """
        ...

    def on_commit(self, ring: Callable[[], None]) -> None:
        """Call `ring` (must not block) after each commit that added batches, and after replay."""
        ...

    def close(self) -> None:
        """Flush and let go; idempotent."""
        ...
