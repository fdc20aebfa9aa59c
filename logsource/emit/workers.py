"""Threads that call `Emitter.step`, and their orderly end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Clock, Waker
    from logsource.emit.emitter import Emitter

LAST_BREATH = 1.0
"""Seconds after the drain time for requests under way to be answered. What is not answered by then stays
in the outbox and is sent again, with the same ids, by the next agent."""


class EmitterWorkers:
    """N worker threads."""

    def __init__(self, emitter: Emitter, *, threads: int, clock: Clock, waker: Waker) -> None:
        self._emitter = emitter
        self._clock = clock
        self._waker = waker
        self._deadline: float | None = None
        # Daemons: a request that hangs in the kernel must not keep the process from ending.
        self._threads = [
            threading.Thread(target=self._work, name=f"emit-{i}", daemon=True) for i in range(threads)
        ]

    def start(self) -> None:
        """Start sending."""
        for thread in self._threads:
            thread.start()

    def stop(self, drain_seconds: float, meanwhile: Callable[[], None] = lambda: None) -> bool:
        """Go on sending until the outbox is empty or the time is over, then end. True if the outbox is empty.

        Nothing may be committed meanwhile, or the outbox may never be empty. Only the first call waits; it calls
        `meanwhile` several times a second.
        """
        if self._deadline is not None:
            return self._emitter.drained
        self._deadline = self._clock.monotonic() + drain_seconds
        for thread in self._threads:
            while thread.is_alive() and (left := self._deadline + LAST_BREATH - self._clock.monotonic()) > 0:
                self._waker.wake()
                thread.join(min(left, 0.1))
                meanwhile()
        self._emitter.release_held()
        self._emitter.flush()
        return self._emitter.drained

    def _work(self) -> None:
        while not self._finished():
            if not self._emitter.step() and not self._finished():
                self._waker.wait(self._wait())

    def _finished(self) -> bool:
        if self._deadline is None:
            return False
        return self._clock.monotonic() >= self._deadline or self._emitter.drained

    def _wait(self) -> float:
        wait = self._emitter.wait_hint()
        if self._deadline is not None:
            wait = min(wait, max(0.0, self._deadline - self._clock.monotonic()))
        return wait
