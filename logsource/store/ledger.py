"""What an outbox knows without asking its rows: the index, the newest bodies, what waits to be deleted, totals.

Its lock is never held during I/O, so taking and acknowledging a batch does not wait for a commit.
"""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

from logsource.errors import StoreFull
from logsource.store.api import StoreStats
from logsource.store.bodies import BodyCache
from logsource.store.index import Entry, OutboxIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.store.rows import Put, RowInfo, Totals

DELETES = 128
"""Acknowledged rows that wait for the next commit to delete them; more do not wait. While the outbox is
full or the files are idle there is no commit, and one transaction over a whole backlog would be huge."""


class Ledger:
    """The memory of an outbox. Thread-safe."""

    def __init__(self, *, capacity: int, body_cache: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._index = OutboxIndex()
        self._bodies = BodyCache(body_cache)
        self._packed = BodyCache(body_cache)
        """Rows of the newest bodies that came compressed."""
        self._acked: set[int] = set()
        self._dead = 0
        self._dead_bytes = 0

    def check_room(self, *, batches: bool, dead: bool) -> None:
        """Raise StoreFull if a commit that brings batches or dead letters must wait."""
        with self._lock:
            if batches and self._index.bytes >= self._capacity:
                raise StoreFull(f"the outbox holds {self._index.bytes} of {self._capacity} bytes")
            if dead and self._dead_bytes >= self._capacity:
                raise StoreFull(
                    f"the dead letters hold {self._dead_bytes} of {self._capacity} bytes; "
                    "look at them with `logsource dead list`, then replay or purge them"
                )

    def take(self) -> tuple[int, Entry, bytes | None, bytes | None] | None:
        """Key, entry and (as far as they were kept) body and row of the oldest row nobody has; it is then taken."""
        with self._lock:
            key = self._index.take()
            if key is None:
                return None
            return key, self._index[key], self._bodies.get(key), self._packed.get(key)

    def release(self, key: int) -> None:
        """Give a taken row back."""
        with self._lock:
            self._index.release(key)

    def acknowledge(self, key: int) -> bool:
        """A taken row was delivered: it is to be deleted. True when so many wait that it should be done now."""
        with self._lock:
            if self._forget(key):
                self._acked.add(key)
            return len(self._acked) >= DELETES

    def forget(self, key: int) -> None:
        """A taken row is gone."""
        with self._lock:
            self._forget(key)

    def correct(self, key: int, events: int) -> None:
        """A row holds so many events, whatever was noted of it."""
        with self._lock:
            self._index.correct(key, events)

    def pending(self) -> set[int]:
        """Rows to be deleted, at most DELETES of them, which keeps transactions short."""
        with self._lock:
            return set(islice(self._acked, DELETES))

    def part_keys(self, key: int, sizes: Sequence[int]) -> tuple[list[int], int]:
        """Keys for parts of so many events of a row, and when the row was committed. Raises ValueError if it is not there."""
        with self._lock:
            if key not in self._index:
                raise ValueError(f"batch {key} is not in the outbox")
            # A row that waits to be deleted has its key still: what took it would be deleted in its place.
            return self._index.part_keys(key, sizes, self._acked), self._index[key].committed_ms

    def written(
        self,
        deleted: set[int],
        rows: Sequence[Put],
        bodies: Sequence[bytes | None],
        letters: Sequence[bytes],
        *,
        gone: Iterable[int] = (),
    ) -> None:
        """A transaction was committed; a body is None when only its row is at hand.

        Taken rows that are `gone` go at the same moment as `rows` come: who looked in between would find an outbox that is
        empty, and tell whoever waits for it that all is delivered.
        """
        with self._lock:
            self._acked -= deleted
            for key in gone:
                self._forget(key)
            self._dead += len(letters)
            self._dead_bytes += sum(map(len, letters))
            for row, body in zip(rows, bodies, strict=True):
                key = int(row.key)
                self._index.add(key, Entry(row.events, len(row.value), row.committed_ms))
                if body is None:
                    self._packed.put(key, row.value)
                else:
                    self._bodies.put(key, body)

    def notice(self, infos: Iterable[RowInfo]) -> int:
        """Learn rows that others wrote (or that were there at the start); how many were new."""
        with self._lock:
            new = [info for info in infos if info.key not in self._index]
            for info in new:
                self._index.add(info.key, Entry(info.events, info.stored, info.committed_ms))
            return len(new)

    def count_dead(self, totals: Totals) -> None:
        """Set the totals of the dead letters."""
        with self._lock:
            self._dead = totals.count
            self._dead_bytes = totals.stored

    def dead_gone(self, infos: Sequence[RowInfo]) -> None:
        """These dead letters are no more."""
        with self._lock:
            self._dead -= len(infos)
            self._dead_bytes -= sum(info.stored for info in infos)

    def cut(self) -> set[int]:
        """Numbers of batches of which there are parts."""
        with self._lock:
            return self._index.cut()

    def undelivered(self) -> tuple[int, int] | None:
        """Numbers of the oldest and the newest batch."""
        with self._lock:
            return self._index.span()

    def stats(self) -> StoreStats:
        """Totals."""
        with self._lock:
            return StoreStats(
                events=self._index.events,
                bytes=self._index.bytes,
                capacity_bytes=self._capacity,
                batches=len(self._index),
                oldest_ms=self._index.oldest_ms(),
                dead=self._dead,
            )

    def _forget(self, key: int) -> bool:
        self._bodies.drop(key)
        self._packed.drop(key)
        return self._index.remove(key) is not None
