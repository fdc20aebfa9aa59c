"""An outbox whose small rows are sent together.

`track` commits each event for itself, because it may say "accepted" only after that. Sent for itself, each would cost a
round trip, and a program could track no faster than its collector answers. So what came while a request was under way
goes out in one: rows that wait are joined when they are taken.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from logsource.emit.split import events_of, join
from logsource.errors import StoreUnavailable
from logsource.model import BODY_OVERHEAD
from logsource.store.disk import DiskStore
from logsource.store.index import KEY_SHIFT
from logsource.store.memory import MemoryStore
from logsource.store.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.model import Batch, DeadLetter

log = logging.getLogger("logsource.tracker")

MANY_CUT = 1024
"""Numbers that are kept in mind before it is asked which of them still matter."""


class Merging(Outbox):
    """What joins rows, and tells of each row that leaves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = threading.Condition()
        """Notified when a row left the outbox."""
        self.on_dead: Callable[[Sequence[DeadLetter]], None] | None = None
        """Told of events that were buried; called by the emitter's threads."""
        self._byte_limit = self._send_limit = 0
        self._below = 0.0
        self._cut = self._ledger.cut()
        """Numbers of rows that were cut because of an answer, by this process or one before it."""

    def merge(self, *, byte_limit: int, send_limit: int, below: float = 0.5) -> None:
        """Join rows up to this size of a body and number of events, beginning with one that is below a part of that."""
        self._byte_limit, self._send_limit, self._below = byte_limit, send_limit, below

    def take(self) -> Batch | None:
        """Return the oldest batch nobody has, joined with those that came right after it, as far as they are small."""
        first = super().take()
        if first is None or not self._may_grow(first):
            return first
        taken = [first]
        size, events = len(first.body), first.events
        while (more := self._next_to(taken)) is not None:
            size += len(more.body) - BODY_OVERHEAD + 1
            events += more.events
            if size > self._byte_limit or events > self._send_limit or self._was_cut(more):
                super().release(more)
                break
            taken.append(more)
        if len(taken) == 1:
            return first
        try:
            self._join(taken)
        except StoreUnavailable as error:
            # A disk that takes nothing is no reason to send nothing: what was delivered can be noted in memory.
            log.debug("event=not_joined rows=%d detail=%r", len(taken), str(error))
            return first
        return super().take()

    def _next_to(self, taken: Sequence[Batch]) -> Batch | None:
        """The next batch; if it cannot be had, those that were taken are given back."""
        try:
            return super().take()
        except BaseException:
            for batch in taken:
                super().release(batch)
            raise

    def acknowledge(self, batch: Batch) -> None:
        """Forget a delivered batch, and tell who waits for that."""
        super().acknowledge(batch)
        self._tell()

    def replace(self, batch: Batch, parts: Sequence[Batch], dead: Sequence[DeadLetter] = ()) -> None:
        """As `Storage.replace`. What the emitter cut is not joined again, or it would be cut for ever."""
        if parts:
            self._cut.add(batch.key >> KEY_SHIFT)  # now: behind it, another thread could join the parts again
        super().replace(batch, parts, dead)
        if len(self._cut) > MANY_CUT:
            self._forget_cut()
        if dead and self.on_dead is not None:
            self.on_dead(dead)
        self._tell()

    def _forget_cut(self) -> None:
        """Numbers do not come again: what is older than all that waits is of no interest."""
        known = self._cut.copy()
        span = self.undelivered()  # behind the copy: a number that is added meanwhile stays
        self._cut.difference_update(known if span is None else {one for one in known if one < span[0]})

    def _may_grow(self, batch: Batch) -> bool:
        """Whether looking for more is worth it: each row that does not fit is read in vain."""
        return (
            len(batch.body) <= self._below * self._byte_limit
            and batch.events <= self._below * self._send_limit
            and not self._was_cut(batch)
        )

    def _was_cut(self, batch: Batch) -> bool:
        return batch.key >> KEY_SHIFT in self._cut

    def _join(self, taken: Sequence[Batch]) -> None:
        """Put the joined row in the place of all of them; it can then be taken. If it fails, all but the first are given back.

        In one transaction: whoever is killed in between would find an event in two rows, send it twice, and bury it twice
        if the collector refuses it.
        """
        first, *others = taken
        try:
            joined = join([event for batch in taken for event in events_of(batch)])
            self._exchange([batch.key for batch in taken], [joined], ())
        except BaseException as error:
            for batch in others:
                super().release(batch)
            if not isinstance(error, StoreUnavailable):
                super().release(first)
            raise

    def _tell(self) -> None:
        with self.left:
            self.left.notify_all()


class DiskOutbox(Merging, DiskStore):
    """On disk: what was accepted outlives the process."""


class MemoryOutbox(Merging, MemoryStore):
    """In memory: what is unsent when the process ends is lost."""
