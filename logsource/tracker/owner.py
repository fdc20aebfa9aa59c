"""The process that owns an outbox: it commits, sends, and takes events over from others."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from logsource.clock import EventWaker, SystemClock
from logsource.config.show import mask_url
from logsource.emit.emitter import Emitter
from logsource.emit.http import HttpOutput
from logsource.emit.workers import EmitterWorkers
from logsource.errors import StoreUnreadable
from logsource.model import Action
from logsource.tracker.forks import never_collected
from logsource.tracker.handover import Answer
from logsource.tracker.merging import DiskOutbox, MemoryOutbox
from logsource.tracker.server import HandoverServer
from logsource.tracker.told import TellingOutput, tell_dead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logsource.clock import Clock
    from logsource.config.model import CollectorConfig
    from logsource.emit.api import Output
    from logsource.model import Batch
    from logsource.tracker.merging import Merging
    from logsource.tracker.told import OnDelivered, OnFailed

MAX_SIZE = 64 * 2**20
"""Bytes that an outbox may hold, unless it is said otherwise."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """What an owner needs."""

    collector: CollectorConfig
    max_size: int = MAX_SIZE
    sync: Literal["normal", "full"] = "normal"
    on_delivered: OnDelivered | None = None
    on_failed: OnFailed | None = None
    clock: Clock = field(default_factory=SystemClock)
    random: random.Random = field(default_factory=random.Random)


class Owner:
    """An outbox with its sender. Thread-safe."""

    def __init__(self, means: Means, store: Merging, state_dir: Path | None) -> None:
        """Start sending what the outbox holds. The store is closed when that fails."""
        collector, clock = means.collector, means.clock
        self._clock = clock
        self._store = store
        self._sends_to = mask_url(collector.url).rstrip("/")
        waker = EventWaker()
        try:
            if collector.method == "post":
                store.merge(byte_limit=collector.byte_limit_post, send_limit=collector.send_limit)
            if means.on_failed is not None:
                store.on_dead = tell_dead(means.on_failed)
            output: Output = HttpOutput(collector, clock=clock)
            if means.on_delivered is not None:
                output = TellingOutput(output, means.on_delivered)
            self._output = output
            self._emitter = Emitter(
                store=store,
                output=output,
                clock=clock,
                random=means.random,
                waker=waker,
                retry=collector.retry,
            )
            self._workers = EmitterWorkers(
                self._emitter, threads=collector.concurrency, clock=clock, waker=waker
            )
            self._server = HandoverServer(who="tracker", clock=clock, trouble=self.trouble)
        except BaseException:
            store.close()
            raise
        if state_dir is not None:
            self._server.open(state_dir, store, sends_to=collector.url)
        self._workers.start()

    @classmethod
    def in_memory(cls, means: Means) -> Owner:
        """An outbox that ends with the process."""
        return cls(means, MemoryOutbox(capacity=means.max_size, clock=means.clock), None)

    @classmethod
    def on_disk(cls, means: Means, state_dir: Path) -> Owner:
        """The outbox of a state directory. Raises StoreLocked, StoreUnreadable, StoreUnavailable."""
        store = DiskOutbox.open(state_dir, capacity=means.max_size, sync=means.sync, clock=means.clock)
        try:
            agents = bool(store.checkpoints())
        except BaseException:
            store.close()
            raise
        if agents:
            store.close()
            raise StoreUnreadable(
                f"{state_dir}: belongs to an agent, which could not start while this process uses it; "
                "use Tracker.from_config, or give the tracker a state_dir of its own"
            )
        return cls(means, store, state_dir)

    def commit(self, batches: Sequence[Batch]) -> Answer:
        """Write batches in one transaction. Raises StoreFull, StoreUnavailable."""
        self._store.commit(batches=batches)
        return self.how(events=sum(batch.events for batch in batches))

    def wait_for_room(self, seconds: float) -> None:
        """Wait until a row leaves the outbox, at most so long."""
        with self._store.left:
            self._store.left.wait(seconds)

    def drain(self, seconds: float) -> Answer:
        """Wait until all that is committed now has left the outbox."""
        span, dead = self._store.undelivered(), self._store.stats().dead
        until = self._clock.monotonic() + seconds

        def left() -> bool:
            now = self._store.undelivered()
            return span is None or now is None or now[0] > span[1]

        with self._store.left:
            while not (drained := left()) and (patience := until - self._clock.monotonic()) > 0:
                self._store.left.wait(min(patience, 1.0))
        return self.how(drained=drained, dead=max(0, self._store.stats().dead - dead))

    def how(self, *, events: int | None = None, drained: bool = False, dead: int | None = None) -> Answer:
        """How it is; by default, events and dead letters that are kept."""
        stats = self._store.stats()
        return Answer(
            ok=True,
            who="self",
            pid=os.getpid(),
            sends_to=self._sends_to,
            events=stats.events if events is None else events,
            drained=drained,
            dead=stats.dead if dead is None else dead,
            trouble=self.trouble() or "",
        )

    def trouble(self) -> str | None:
        """Why nothing is being delivered. Sooner than the emitter says so: somebody may be waiting for one event."""
        if self._emitter.blocked is not None:
            return self._emitter.blocked
        last = self._emitter.last_outcome
        if (
            last is None
            or last.action not in {Action.RETRY, Action.RETRY_SLOWLY}
            or not self._store.stats().batches
        ):
            return None
        return f"{last.code} {last.detail}".strip()

    @property
    def hopeless(self) -> bool:
        """Whether the last answer says that a person has to do something: an address, credentials, a proxy."""
        last = self._emitter.last_outcome
        return last is not None and last.action is Action.RETRY_SLOWLY

    def close(self, drain_seconds: float) -> bool:
        """Send for so long, then let go. True when nothing is left."""
        # Others hand over until the last moment: looking for another owner they would wait as long as this one drains.
        self._workers.stop(drain_seconds)
        self._server.close()
        drained = self._emitter.drained
        self._output.close()
        self._store.close()
        return drained

    def let_go_in_child(self) -> None:
        """In a child, after a fork: everything here is the parent's. Give descriptors back, touch nothing else."""
        self._server.let_go_in_child()
        if isinstance(self._store, DiskOutbox):
            self._store.let_go_in_child()
        never_collected(self._store)
