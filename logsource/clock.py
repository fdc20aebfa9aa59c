"""Time and wake-up calls as arguments, so that tests decide when they happen."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one that people and collectors read, one that only measures."""

    def now_ms(self) -> int:
        """Wall clock, integer milliseconds since the Unix epoch; may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary point; never goes back."""
        ...


class Waker(Protocol):
    """Something a loop waits on and anybody may ring; rings do not add up and carry no data."""

    def wake(self) -> None:
        """Make the current or the next `wait` return at once."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; True if woken. Forgets the ring."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """Wall clock in milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()


class EventWaker:
    """A `Waker` on threading.Event."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wake(self) -> None:
        """Ring."""
        self._event.set()

    def wait(self, timeout: float) -> bool:
        """Wait for a ring."""
        woken = self._event.wait(timeout)
        self._event.clear()
        return woken
