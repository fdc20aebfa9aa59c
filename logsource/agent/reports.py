"""Telling how far a run is, as often as anybody wants to know, and never for more than a small part of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.agent.result import Progressed
    from logsource.clock import Clock

EVERY = 0.5
"""Seconds between two reports."""
SHARE = 20
"""To look at a million files takes a second; reports take at most one part in so many of the time."""


class Reports:
    """Reports to whoever asked for them."""

    def __init__(self, listener: Callable[[Progressed], None] | None, clock: Clock) -> None:
        self._listener = listener
        self._clock = clock
        self._due = 0.0

    def report(self, look: Callable[[], Progressed]) -> None:
        """Look how far it is and tell it, if it is time."""
        begun = self._clock.monotonic()
        if self._listener is None or begun < self._due:
            return
        self._listener(look())
        self._due = begun + max(EVERY, SHARE * (self._clock.monotonic() - begun))
