"""The outbox's table of contents in memory: which rows there are, oldest first, and who has them.

Keys are whole numbers that grow with time. A commit numbers its batches `n << 20`, so that a batch
that is cut into parts finds 2**20 free numbers behind its own and its parts stay in its place.
Not thread-safe: its owner locks.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

KEY_SHIFT = 20


@dataclass(slots=True)
class Entry:
    """One row of the outbox."""

    events: int
    stored: int
    """Bytes of the row as stored."""
    committed_ms: int
    attempts: int = 0
    """How often it was taken and given back."""


class OutboxIndex:
    """First in, first out, with give-back and with cutting in place."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._waiting: list[int] = []
        self._taken: set[int] = set()
        self.events = 0
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: int) -> bool:
        return key in self._entries

    def __getitem__(self, key: int) -> Entry:
        return self._entries[key]

    def add(self, key: int, entry: Entry) -> None:
        """Add a row that nobody has taken."""
        self._entries[key] = entry
        heapq.heappush(self._waiting, key)
        self.events += entry.events
        self.bytes += entry.stored

    def take(self) -> int | None:
        """Key of the oldest row that nobody has; it is then taken."""
        if not self._waiting:
            return None
        key = heapq.heappop(self._waiting)
        self._taken.add(key)
        return key

    def release(self, key: int) -> None:
        """Give a taken row back."""
        if key in self._taken:
            self._taken.remove(key)
            self._entries[key].attempts += 1
            heapq.heappush(self._waiting, key)

    def remove(self, key: int) -> Entry | None:
        """Forget a taken row; None if it was already forgotten."""
        if key not in self._taken:
            return None
        self._taken.remove(key)
        entry = self._entries.pop(key)
        self.events -= entry.events
        self.bytes -= entry.stored
        return entry

    def correct(self, key: int, events: int) -> None:
        """What was noted of a row's events is wrong: it holds so many."""
        entry = self._entries[key]
        self.events += events - entry.events
        entry.events = events

    def oldest_ms(self) -> int | None:
        """When the oldest row was committed."""
        candidates = self._waiting[:1] + list(self._taken)
        return self._entries[min(candidates)].committed_ms if candidates else None

    def span(self) -> tuple[int, int] | None:
        """Numbers of the oldest and the newest row; None without rows. Parts of a row have its number."""
        if not self._entries:
            return None
        return min(self._entries) >> KEY_SHIFT, max(self._entries) >> KEY_SHIFT

    def cut(self) -> set[int]:
        """Numbers of batches of which there are parts."""
        return {key >> KEY_SHIFT for key in self._entries if key & ((1 << KEY_SHIFT) - 1)}

    def part_keys(self, key: int, sizes: Sequence[int], used: Collection[int] = ()) -> list[int]:
        """Keys for parts of these sizes (events) that take the place of `key`, in order, before its next neighbour.

        A number that is `used` is a neighbour as well. Each part gets free numbers behind its own in the measure of its
        events, and so never fewer than events: however a row is cut, there is room for each of its events alone.
        """
        end = ((key >> KEY_SHIFT) + 1) << KEY_SHIFT
        end = min(
            (other for keys in (self._entries, used) for other in keys if key < other < end), default=end
        )
        room, total, count = end - key, max(sum(sizes), 1), len(sizes)
        if room < count:
            raise ValueError(f"{count} parts do not fit into the {room} keys from {key}")
        found, last = [], -1
        for part, events in enumerate(accumulate(sizes[:-1], initial=0) if sizes else ()):
            last = min(max(room * events // total, last + 1), room - count + part)
            found.append(key + last)
        return found
