"""From a configuration to the parts of an agent; the one place that knows every room."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

from logsource.emit.emitter import Emitter
from logsource.emit.http import HttpOutput
from logsource.log import Limited, kv
from logsource.store.disk import DiskStore
from logsource.store.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.clock import Clock, Waker
    from logsource.config.model import Config
    from logsource.emit.api import Hooks
    from logsource.metrics import Metrics
    from logsource.model import Batch, DeadLetter, Outcome, Tally
    from logsource.store.api import Storage
    from logsource.tail.api import TailEvent

OUTPUT = "collector"
log = logging.getLogger("logsource.tail")

_LEVELS = {
    "abandoned": logging.WARNING,
    "unreadable": logging.WARNING,
    "stalled": logging.WARNING,
    "rotation": logging.INFO,
    "readable": logging.INFO,
    "found": logging.INFO,
}
"""How loud a tail event is; the others matter only to somebody who looks for them."""
_MANY = frozenset({"found", "finished", "forgotten"})


def open_store(config: Config, clock: Clock) -> Storage:
    """The outbox. Raises StoreLocked, StoreUnreadable or StoreUnavailable."""
    if config.outbox.storage == "memory":
        return MemoryStore(capacity=config.outbox.max_size, clock=clock)
    return DiskStore.open(
        config.agent.state_dir, capacity=config.outbox.max_size, sync=config.outbox.sync, clock=clock
    )


def build_emitter(
    config: Config, store: Storage, *, clock: Clock, waker: Waker, hooks: Hooks
) -> tuple[Emitter, HttpOutput]:
    """The emitter and the output it sends through."""
    output = HttpOutput(config.collector, clock=clock)
    emitter = Emitter(
        store=store,
        output=output,
        clock=clock,
        random=random.Random(),  # noqa: S311 - jitter, not a secret
        waker=waker,
        retry=config.collector.retry,
        hooks=hooks,
        name=OUTPUT,
    )
    return emitter, output


class MetricsHooks:
    """Everything that happens, counted: from tail, from the pipeline, from the emitter."""

    def __init__(self, metrics: Metrics, config: Config, clock: Clock) -> None:
        self._metrics = metrics
        self._said = Limited(log, clock=clock)
        self._parsers = {source.name: source.parser for source in config.sources}
        for source in config.sources:
            metrics.declare_source(source.name)
        metrics.declare_output(OUTPUT)

    def tail_event(self, event: TailEvent) -> None:
        """Something happened to a file."""
        if event.kind == "rotation":
            self._metrics.record_rotation(event.source, event.label)
        elif event.kind == "abandoned":
            self._metrics.record_abandoned(event.source, event.label, event.bytes)
        fields = {
            "event": event.kind,
            "source": event.source,
            "kind": event.label,
            "path": event.path,
            "bytes": event.bytes,
            "detail": event.detail,
        }
        # Ten thousand files may be found at once; trouble is told file by file.
        key = f"{event.kind} {event.source} {'' if event.kind in _MANY else event.path}"
        self._said.log(
            _LEVELS.get(event.kind, logging.DEBUG),
            key,
            kv(**{name: value for name, value in fields.items() if value not in {"", 0}}),
        )

    def tick(self) -> None:
        """Write the summaries of messages that were held back."""
        self._said.tick()

    def tally(self, source: str, tally: Tally) -> None:
        """Lines were committed."""
        self._metrics.record_tally(source, tally)
        if timeouts := tally.unparsed.get("timeout"):
            self._metrics.record_regex_timeout(self._parsers[source], timeouts)

    def buried(self, letters: Sequence[DeadLetter]) -> None:
        """Lines became dead letters before they were sent."""
        for letter in letters:
            self._metrics.record_dead(OUTPUT, letter.reason)

    def worker_restarted(self, reason: str) -> None:
        """A process that parses had to be replaced."""
        self._metrics.record_worker_restart(reason)

    def on_request(self, code: str, seconds: float) -> None:
        """A request was made."""
        self._metrics.record_request(OUTPUT, code, seconds, 0)

    def on_sent(self, events: int) -> None:
        """Events were delivered."""
        self._metrics.record_sent(OUTPUT, events)

    def on_retry(self) -> None:
        """A batch will be sent again."""
        self._metrics.record_retry(OUTPUT)

    def on_dead(self, reason: str, events: int) -> None:
        """Events were buried."""
        self._metrics.record_dead(OUTPUT, reason, events)

    def on_outcome(self, batch: Batch, outcome: Outcome, seconds: float) -> None:
        """The emitter logs what matters itself."""
