"""The emitter's log lines: key=value, and not the same one a thousand times."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.clock import Clock

log = logging.getLogger("logsource.emit")

REPEAT_SECONDS = 10.0
"""Least time between two lines about the same thing; what was left out is counted in the next one."""


class RareLog:
    """One line for each subject every REPEAT_SECONDS."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def write(self, level: int, subject: str, message: str, *values: object) -> None:
        """Log `event=subject message`, unless the subject was just spoken of."""
        now = self._clock.monotonic()
        with self._lock:
            last = self._last.get(subject)
            if last is not None and now - last < REPEAT_SECONDS:
                self._left_out[subject] = self._left_out.get(subject, 0) + 1
                return
            self._last[subject] = now
            left_out = self._left_out.pop(subject, 0)
        suffix = f" left_out={left_out}" if left_out else ""
        log.log(level, f"event={subject} {message}{suffix}", *values)  # noqa: G004 - our own constants and a number
