"""What a signal asks for is done by a thread of its own.

Python runs handlers in the main thread, between any two of its steps: also while that holds the lock of an event it waits
for. A handler that sets this event waits for itself, for ever. So handlers only put into a queue that may be entered again.
"""

from __future__ import annotations

import signal
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    Action = Callable[[], object]


class Signals:
    """Handlers of one process; made in its main thread."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Action] = SimpleQueue()
        threading.Thread(target=self._work, name="logsource-signals", daemon=True).start()

    def on(self, numbers: Iterable[int], action: Action) -> None:
        """Do this at these signals."""

        def handler(_number: int, _frame: FrameType | None) -> None:
            self.later(action)

        for number in numbers:
            signal.signal(number, handler)

    def later(self, action: Action) -> None:
        """Do this soon; for handlers that decide something themselves."""
        self._asked.put(action)

    def _work(self) -> None:
        while True:
            self._asked.get()()
