"""Whether a mount of another machine answers. A call to one that does not waits for ever, and the whole reader with it.

So before such a mount is touched, another thread asks it something; if there is no answer soon, it is left alone until
there is one. That is no guarantee: between the answer and the call that relies on it a server may still die. Then reading
stands still until it is back; sending, metrics and health go on.
"""

from __future__ import annotations

import errno
import math
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Clock

PATIENCE = 0.5
"""Seconds until a mount that gives no answer is given up for now; everybody else waits so long, once."""
TRUSTED_FOR = 0.2
"""Seconds for which an answer is believed: less than what passes between two polls, so that each is preceded by one."""
SHARE = 10
"""A server that is far away is asked less often, so that waiting for answers takes at most one part of so many."""


class Pulse:
    """Asks mounts in threads of their own."""

    def __init__(
        self, clock: Clock, *, ask: Callable[[str], object] = os.statvfs, patience: float = PATIENCE
    ) -> None:
        """`ask` is given a mount point, may block, and must go to the server (statfs is never cached)."""
        self._clock = clock
        self._ask = ask
        self._patience = patience
        self._answered: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._asked: dict[str, threading.Event] = {}

    def require(self, point: str) -> None:
        """Return if the mount answers; TimeoutError if it does not."""
        now = self._clock.monotonic()
        trusted_for = max(TRUSTED_FOR, SHARE * self._took.get(point, 0.0))
        if now - self._answered.get(point, -math.inf) < trusted_for:
            return
        answer, patience = self._asked.get(point), 0.0
        if answer is None:
            answer = self._asked[point] = self._start(point)
            patience = self._patience
        if not answer.wait(patience):
            raise TimeoutError(errno.ETIMEDOUT, "the file server does not answer", point)
        del self._asked[point]
        self._answered[point] = answered = self._clock.monotonic()
        self._took[point] = answered - now

    def _start(self, point: str) -> threading.Event:
        answer = threading.Event()

        def ask() -> None:
            try:
                self._ask(point)
            except OSError:
                pass  # that is an answer, too; whoever goes on meets the error and reports it
            finally:
                answer.set()

        # A daemon: the end of the process must not wait for a server.
        try:
            threading.Thread(target=ask, name="logsource-pulse", daemon=True).start()
        except RuntimeError:  # no thread to be had: better to risk a wait than to read nothing
            answer.set()
        return answer
