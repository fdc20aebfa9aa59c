"""Workers of an emitter whose requests are answered when, and as, a test says: any order of events between them, no chance."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.emit.api import Delivery
    from logsource.model import Batch

PATIENCE = 60.0
"""Seconds until a worker that says nothing is taken for stuck."""


class Worker:
    """One thread. Only one of all threads runs at any time: the test's, or the one that it waits for."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._said: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        self.asked: Batch | None = None
        """What it sent and has no answer to."""

    def begin(self, step: Callable[[], object]) -> None:
        """Let it do a step, until it sends something or the step is over."""

        def work() -> None:
            _HERE.worker = self
            try:
                step()
            finally:
                self._said.put(None)

        self._thread.submit(work)
        self.asked = self._said.get(timeout=PATIENCE)

    def answer(self, delivery: Delivery) -> None:
        """Answer its request, and let it come to the end of its step."""
        self._answers.put(delivery)
        self.asked = self._said.get(timeout=PATIENCE)

    def ask(self, batch: Batch) -> Delivery:
        """In its thread: send something."""
        self._said.put(batch)
        return self._answers.get(timeout=PATIENCE)

    def close(self) -> None:
        """End the thread; nothing may be asked."""
        self._thread.shutdown()


class _Here(threading.local):
    worker: Worker


_HERE = _Here()


class Asking:
    """An `Output` that leaves the answer to the test."""

    def send(self, batch: Batch) -> Delivery:
        """Ask."""
        return _HERE.worker.ask(batch)

    def close(self) -> None:
        """Nothing is open."""
