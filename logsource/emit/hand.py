"""A batch in the hands of a worker: whatever happens, it leaves them once, and what was delivered is not sent again."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from logsource.emit.split import events_of, parts
from logsource.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import Batch, DeadLetter
    from logsource.store.api import Storage


class Debts:
    """Batches of which a part was delivered when the disk did not take the rest. They stay taken, in memory. Thread-safe.

    Given back, they would be sent again from the front each time until the disk can be written.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store
        self._owed: deque[tuple[Batch, int]] = deque()

    def owe(self, batch: Batch, delivered: int) -> None:
        """So many events from the front of a taken batch were delivered."""
        self._owed.append((batch, delivered))

    def pay(self) -> None:
        """Put what is still to be sent in the places of the batches. Raises StoreError; the rest is then still owed."""
        while self._owed:
            try:
                batch, delivered = self._owed.popleft()
            except IndexError:  # another worker was quicker
                return
            try:
                self._store.replace(batch, parts(events_of(batch)[delivered:]))
            except BaseException:
                self._owed.appendleft((batch, delivered))
                raise


class Hand:
    """Holds one batch. One thread.

    What has left is not touched again: its number may be another batch's by then, which another worker sends.
    """

    def __init__(self, store: Storage, debts: Debts, batch: Batch) -> None:
        self._store = store
        self._debts = debts
        self._ours = True
        self.batch = batch
        self.delivered = 0
        """Events from its front that the collector has taken."""

    def acknowledge(self) -> None:
        """All of it was delivered."""
        self._ours = False  # first: the store forgets it before it can fail
        self._store.acknowledge(self.batch)

    def release(self) -> None:
        """Give it back as it is."""
        self._ours = False
        self._store.release(self.batch)

    def replace(self, others: Sequence[Batch], dead: Sequence[DeadLetter] = ()) -> None:
        """Put others, or dead letters, in its place. Raises StoreError; then it is held as before."""
        self._store.replace(self.batch, others, dead)
        self._ours = False

    def let_go(self) -> None:
        """Somebody else holds it from now on."""
        self._ours = False

    def give_up(self) -> None:
        """Something failed: what is held has to leave in any case. Never raises."""
        if not self._ours:
            return
        if not self.delivered:
            self.release()
        elif self.delivered < self.batch.events:
            self._debts.owe(self.batch, self.delivered)
            self._ours = False
        else:
            with suppress(StoreError):
                self.acknowledge()
