"""What an outbox asks of the thing that keeps its rows: a few reads, and one kind of transaction.

Keys: outbox rows are positive integers, dead letters negative ones (the n-th is -n), everything else
is text. A row's `events` and `committed_ms` are kept beside its value, so that opening a full outbox
does not read its bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

Key = int | str

CHECKPOINT = "checkpoint:"
TALLY = "tally:"
COUNTERS = "counters"


@dataclass(frozen=True, slots=True)
class Put:
    """A row to write, new or in the place of an old one."""

    key: Key
    value: bytes
    events: int = 0
    committed_ms: int = 0


@dataclass(frozen=True, slots=True)
class RowInfo:
    """What is known of an integer row without reading its value."""

    key: int
    events: int
    stored: int
    committed_ms: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Integer rows of a range, counted."""

    count: int
    stored: int
    """Bytes of their values."""
    lowest: int
    highest: int
    """Smallest and largest key; 0 when there is no row."""


class Transaction(Protocol):
    """All of it or nothing."""

    @property
    def foreign(self) -> bool:
        """Whether another process has written since we last looked."""
        ...

    def delete(self, keys: Iterable[Key]) -> None:
        """Delete rows; absent ones do not matter."""
        ...

    def put(self, rows: Iterable[Put]) -> None:
        """Write rows."""
        ...


class Rows(Protocol):
    """Rows by key. Not thread-safe, but for `sync`: the outbox locks. All methods may raise StoreUnavailable."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Write all or nothing; an exception inside undoes everything."""
        ...

    def foreign(self) -> bool:
        """Whether another process has written since the last `noticed`."""
        ...

    def noticed(self) -> None:
        """What others had written when `foreign` was last asked is known now. Not called when reading it failed."""
        ...

    def get(self, key: Key) -> bytes | None:
        """A row's value."""
        ...

    def infos(self, first: int, last: int) -> Iterator[RowInfo]:
        """Integer rows with first <= key <= last, in order of their keys."""
        ...

    def totals(self, first: int, last: int) -> Totals:
        """Number and size of the integer rows with first <= key <= last, without keeping them in memory."""
        ...

    def texts(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Rows with text keys that begin with `prefix`: the rest of the key, and the value."""
        ...

    def check_space(self, size: int) -> None:
        """Raise StoreUnavailable if `size` more bytes would leave no room to delete rows again."""
        ...

    def sync(self) -> None:
        """Return when every transaction that was committed before is on the disk. Any thread may call it, at any time."""
        ...

    def tidy(self) -> None:
        """Give free space back, a little at a time; called when idle."""
        ...

    def close(self) -> None:
        """Let go; idempotent."""
        ...
