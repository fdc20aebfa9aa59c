"""How long a disk that refuses is waited for as it is, before the state directory is given up and opened anew.

A full disk is waited for: what is open works again when there is room. A file system that turned read-only because of an
error does not become writable again: it has to be unmounted, checked and mounted, which it cannot be while somebody has
files open there; and what is mounted then is not what is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Clock

LOST_AFTER = 10.0
"""Seconds for which nothing could be written."""
ASK_EVERY = 2.0
"""Seconds between questions: each tries to write."""


class Patience:
    """Whether it is time to give the state directory up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ask_at: float | None = None

    def note(self, *, unavailable: bool) -> None:
        """A step was done, and the store could be written or not."""
        if not unavailable:
            self._ask_at = None
        elif self._ask_at is None:
            self._ask_at = self._clock.monotonic() + LOST_AFTER

    def ended(self, lost: Callable[[], str | None]) -> str | None:
        """Why it is to be given up, as `lost` says; None as long as it is not."""
        now = self._clock.monotonic()
        if self._ask_at is None or now < self._ask_at:
            return None
        self._ask_at = now + ASK_EVERY
        return lost()
