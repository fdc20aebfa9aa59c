"""The dead letters of an outbox, read one at a time: there may be a gigabyte of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.model import DeadLetter
from logsource.store import format as fmt
from logsource.store.replay import DAMAGED_ROW, replayable
from logsource.store.seal import RowDamaged

if TYPE_CHECKING:
    import threading
    from collections import deque
    from collections.abc import Iterable, Iterator

    from logsource.store.rows import RowInfo, Rows, Totals, Transaction

LAST_KEY = 2**63 - 1
PAGE = 1000
"""Keys that are looked up at once."""
AT_ONCE = 1000
AT_ONCE_BYTES = 8 * 2**20
"""Letters, and bytes of their events, that are put back in one transaction: it keeps the agent from writing
for a few milliseconds, and what it holds in memory stays small."""


class DeadLetters:
    """The n-th letter is the row -n."""

    def __init__(self, rows: Rows, lock: threading.RLock) -> None:
        """`lock` guards `rows`; it is held for one look-up at a time, never between two letters."""
        self._rows = rows
        self._lock = lock

    def totals(self) -> Totals:
        """Number and size of all letters; `lowest` is the newest one, negative."""
        return self._rows.totals(-LAST_KEY, -1)

    def keys(self) -> Iterator[int]:
        """Keys of the letters that there are now, oldest first."""
        with self._lock:
            totals = self.totals()
        # What is added meanwhile is not for this reader: a letter that is replayed may come back at once.
        for first in range(-totals.highest, -totals.lowest + 1 if totals.count else 0, PAGE):
            with self._lock:
                infos = list(self._rows.infos(-min(first + PAGE - 1, -totals.lowest), -first))
            yield from (-info.key for info in reversed(infos))

    def read(self, keys: Iterable[int]) -> Iterator[DeadLetter]:
        """These letters as far as they are there, each read when it is asked for."""
        for key in keys:
            with self._lock:
                letter = self.get(key)
            if letter is not None:
                yield letter

    def get(self, key: int) -> DeadLetter | None:
        """One letter. A row that cannot be decoded is a letter as well: it must not hide the others."""
        row = self._rows.get(-key) if key > 0 else None
        if row is None:
            return None
        try:
            return fmt.decode_dead(row, key)
        except RowDamaged as error:
            return DeadLetter(event=row, reason=DAMAGED_ROW, detail=str(error), at_ms=0, key=key)

    def next_to_replay(self, waiting: deque[int]) -> list[DeadLetter]:
        """Take keys from the front of `waiting` until there are letters for one transaction."""
        found: list[DeadLetter] = []
        size = 0
        while waiting and len(found) < AT_ONCE and size < AT_ONCE_BYTES:
            letter = self.get(waiting.popleft())
            if letter is not None and replayable(letter):
                found.append(letter)
                size += len(letter.event)
        return found

    def info(self, key: int) -> RowInfo | None:
        """What is known of a letter without reading it."""
        return next(iter(self._rows.infos(-key, -key)), None) if key > 0 else None

    def delete(self, transaction: Transaction, keys: Iterable[int]) -> list[RowInfo]:
        """Delete letters as far as they are there; what they were."""
        infos = [info for key in keys if (info := self.info(key)) is not None]
        transaction.delete([info.key for info in infos])
        return infos
