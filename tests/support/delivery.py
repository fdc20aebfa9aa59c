"""A store, a sink and an emitter, wired for a test that moves the clock itself."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Self

import orjson

from logsource.clock import EventWaker
from logsource.config.model import CollectorConfig, RetryConfig
from logsource.emit.emitter import Emitter
from logsource.emit.http import HttpOutput
from logsource.store.memory import MemoryStore
from tests.support.clocks import ManualClock
from tests.support.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.model import Batch, Outcome
    from logsource.store.api import Storage
    from tests.support.sink import Answer, SinkRequest


class CountingHooks:
    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.dead: Counter[str] = Counter()
        self.outcomes: list[tuple[int, str, str]] = []
        self.sent = 0
        self.retries = 0

    def on_request(self, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.codes[code] += 1

    def on_sent(self, events: int) -> None:
        self.sent += events

    def on_retry(self) -> None:
        self.retries += 1

    def on_dead(self, reason: str, events: int) -> None:
        self.dead[reason] += events

    def on_outcome(self, batch: Batch, outcome: Outcome, seconds: float) -> None:
        self.outcomes.append((batch.events, outcome.action.value, outcome.code))


class Delivering:
    """Everything between a committed batch and the collector."""

    def __init__(
        self,
        answer: Callable[[SinkRequest], Answer] | None = None,
        *,
        store: Storage | None = None,
        **collector,
    ) -> None:
        self.clock = ManualClock()
        self.sink = Sink(answer)
        self.store = store or MemoryStore(capacity=2**26, clock=self.clock)
        self.hooks = CountingHooks()
        self.waker = EventWaker()
        collector.setdefault("retry", RetryConfig(initial=0.5, max=60.0))
        self.config = CollectorConfig(url=self.sink.url, **collector)
        self.output = HttpOutput(self.config, clock=self.clock)
        self.emitter = Emitter(
            store=self.store,
            output=self.output,
            clock=self.clock,
            random=random.Random(7),
            waker=self.waker,
            retry=self.config.retry,
            hooks=self.hooks,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.output.close()
        self.sink.close()
        self.store.close()

    def steps(self, most: int = 10_000) -> int:
        """Step until the emitter wants to wait; how many requests or rows it dealt with."""
        for done in range(most):
            if not self.emitter.step():
                return done
        raise AssertionError(f"the emitter still had something to do after {most} steps")

    def until_drained(self, most_waits: int = 5000) -> None:
        """Step, and let as much time pass as the emitter asks for, until nothing is left."""
        for _ in range(most_waits):
            self.steps()
            if self.emitter.drained:
                return
            self.clock.advance(max(self.emitter.wait_hint(), 0.01))
        raise AssertionError("not drained")

    def dead(self) -> list[tuple[int, str]]:
        return [(int(orjson.loads(d.event)["eid"]), d.reason) for d in self.store.dead_letters()]
