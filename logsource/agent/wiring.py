"""From a configuration to the parts of an agent; the one place that knows every room."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from logsource.emit.emitter import Emitter
from logsource.emit.http import HttpOutput
from logsource.store.disk import DiskStore
from logsource.store.memory import MemoryStore

if TYPE_CHECKING:
    from logsource.clock import Clock, Waker
    from logsource.config.model import Config
    from logsource.emit.api import Hooks
    from logsource.store.api import Storage

OUTPUT = "collector"


def open_store(config: Config, clock: Clock) -> Storage:
    """The outbox. Raises StoreLocked, StoreUnreadable or StoreUnavailable."""
    if config.outbox.storage == "memory":
        return MemoryStore(capacity=config.outbox.max_size, clock=clock)
    return DiskStore.open(
        config.agent.state_dir, capacity=config.outbox.max_size, sync=config.outbox.sync, clock=clock
    )


def build_output(config: Config, clock: Clock) -> HttpOutput:
    """The way to the collector."""
    return HttpOutput(config.collector, clock=clock)


def build_emitter(
    config: Config, store: Storage, *, clock: Clock, waker: Waker, hooks: Hooks
) -> tuple[Emitter, HttpOutput]:
    """The emitter and the output it sends through."""
    output = build_output(config, clock)
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
