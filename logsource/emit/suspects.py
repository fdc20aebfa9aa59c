"""A guard against burying everything: tells a bad event from a bad road to the collector.

A collector that rejects one event accepts others. A misconfigured proxy or collector rejects
everything, and bisecting would then turn the whole outbox into dead letters, one by one. So after
BURY_IN_A_ROW single events were rejected without anything accepted in between, a further rejected
event is not buried but held (its batch stays taken, its row stays in the outbox), other batches are
tried instead, slowly, and the agent says that everything is rejected. The first event that is
accepted is the proof that the road is good: the held ones are sent once more, and what is rejected
again after that proof is buried.
"""

from __future__ import annotations

import threading
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.model import Batch

BURY_IN_A_ROW = 8
HELD_MAX = 256
"""More held batches than this are given back, to bound memory; they are then simply tried again."""


class Verdict(Enum):
    """What to do with a single rejected event."""

    BURY = "bury"
    HOLD = "hold"
    """Keep it taken and try another batch at once."""
    HOLD_SLOWLY = "hold_slowly"
    """Keep it taken; nothing was accepted for so long that trying goes slowly now."""


class Suspects:
    """Rejections in a row, and who is held. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._held: dict[int, Batch] = {}
        self._proven: set[int] = set()

    @property
    def rejecting(self) -> bool:
        """Whether everything seems to be rejected."""
        return bool(self._held)

    def rejected(self, batch: Batch) -> Verdict:
        """One event alone was rejected."""
        with self._lock:
            if batch.key in self._proven:
                self._proven.remove(batch.key)
                return Verdict.BURY
            if self._in_a_row < BURY_IN_A_ROW:
                self._in_a_row += 1
                return Verdict.BURY
            self._held[batch.key] = batch
            return Verdict.HOLD if len(self._held) == 1 else Verdict.HOLD_SLOWLY

    def accepted(self, batch: Batch) -> list[Batch]:
        """Something was accepted. Returns what was held: give it back to the store, it is tried once more."""
        # The usual case goes without the lock: a stale read only delays the proof by one batch.
        if not self._in_a_row and not self._proven:
            return []
        with self._lock:
            self._in_a_row = 0
            held = list(self._held.values())
            self._proven.discard(batch.key)
            self._proven.update(self._held)
            self._held.clear()
            return held

    def give_back(self, *, only_if_many: bool = False) -> list[Batch]:
        """What is held, without proof: nothing else is left to try, too many, or shutdown."""
        with self._lock:
            if only_if_many and len(self._held) <= HELD_MAX:
                return []
            held = list(self._held.values())
            self._held.clear()
            return held
