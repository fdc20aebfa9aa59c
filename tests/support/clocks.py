"""A clock that moves only when a test says so."""

from __future__ import annotations

import time


class ManualClock:
    """Both clocks in one; `advance` moves them together."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms
        self._monotonic = 1000.0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        return self._monotonic

    def jump(self, seconds: float) -> None:
        """Somebody sets the wall clock; no time passes."""
        self._now_ms += round(seconds * 1000)

    def advance(self, seconds: float) -> None:
        self._now_ms += round(seconds * 1000)
        self._monotonic += seconds


class DatedByFiles(ManualClock):
    """The wall clock is the one that files get their times from, and waits for nobody; the other moves as it is told.

    Else a program that a test lets wait for a minute would look like one that has written nothing for so long.
    """

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000
