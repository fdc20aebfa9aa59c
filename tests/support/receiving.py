"""An `InputTail` with real pipes, sockets and processes, and a store that is a dict."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from logsource.clock import EventWaker, SystemClock
from logsource.tail.inputs.tail import InputTail
from tests.support.tailing import Got, cuts_in, records

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.config.model import SourceConfig
    from logsource.model import Checkpoint, Chunk
    from logsource.tail.api import TailEvent


class Receiving:
    """Steps an input tail, remembers what was committed; leaving the `with` block closes it."""

    def __init__(self, *configs: SourceConfig, **options: Any) -> None:
        self.configs = configs
        self.waker = EventWaker()
        self.options: dict[str, Any] = {
            "linger": 0.0,
            "block_size": 4096,
            "clock": SystemClock(),
            **options,
        }
        self.rows: dict[str, Checkpoint] = {}
        self.got: list[Got] = []
        self.chunks: list[Chunk] = []
        self.events: list[TailEvent] = []
        self.skipped: Counter[str] = Counter()
        self.paused = False
        self.tail = self._new()

    def _new(self) -> InputTail:
        return InputTail(
            self.configs,
            list(self.rows.values()),
            waker=self.waker,
            on_event=self.events.append,
            **self.options,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.tail.close()

    def step(self) -> int:
        """Read what is due, and commit it unless paused; how many chunks there were."""
        self.tail.scan()
        chunks = self.tail.read(1 << 20)
        if self.paused:
            for chunk in chunks:
                self.tail.rolled_back(chunk)
            return 0
        updates = self.tail.updates()
        for row in [*updates, *(chunk.checkpoint for chunk in chunks)]:
            if row.state:
                self.rows[row.file_id] = row
            else:
                self.rows.pop(row.file_id, None)
        self.tail.recorded(updates)
        for chunk in chunks:
            assert chunk.checkpoint.offset == chunk.end
            self.chunks.append(chunk)
            self.got.extend(records(chunk))
            self.skipped.update(chunk.skipped)
            self.tail.committed(chunk)
        return len(chunks)

    def until(self, condition: Callable[[], bool], timeout: float = 60.0) -> Receiving:
        """Step until the condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, (self.texts()[-3:], self.tail.status(), self.events)
            if not self.step():
                self.waker.wait(min(self.tail.wait_hint(), 0.05) if not self.paused else 0.01)
        return self

    def until_got(self, count: int, timeout: float = 60.0) -> Receiving:
        return self.until(lambda: len(self.got) >= count, timeout)

    def crash(self) -> Receiving:
        """What was not committed never happened."""
        self.tail.close()
        self.tail = self._new()
        return self

    def texts(self) -> list[str]:
        return [one.text for one in self.got]

    def cuts(self) -> Counter[str]:
        """How often records were cut, by the limit."""
        return cuts_in(self.events)

    def abandoned(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for event in self.events:
            if event.kind == "abandoned":
                total[event.label] += event.bytes
        return total
