"""From a configuration to the parts of an agent; the one place that knows every room."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from logsource.emit.emitter import Emitter
from logsource.emit.http import HttpOutput
from logsource.tracker.merging import DiskOutbox, MemoryOutbox, Merging

if TYPE_CHECKING:
    from logsource.clock import Clock, Waker
    from logsource.config.model import Config
    from logsource.emit.api import Hooks
    from logsource.store.api import Storage

OUTPUT = "collector"
SMALL = 0.125
"""Of the limits of a body: rows below are sent together with what waits behind them. Programs hand over event by event,
and an outage leaves a row for each quarter of a second."""


def open_store(config: Config, clock: Clock) -> Storage:
    """The outbox. Raises StoreLocked, StoreUnreadable or StoreUnavailable."""
    store: Merging
    if config.outbox.storage == "memory":
        store = MemoryOutbox(capacity=config.outbox.max_size, clock=clock)
    else:
        where, capacity, sync = config.agent.state_dir, config.outbox.max_size, config.outbox.sync
        store = DiskOutbox.open(where, capacity=capacity, sync=sync, clock=clock)
    join_small(store, config)
    return store


def join_small(store: Storage, config: Config) -> None:
    """Have small rows sent together, up to the limits of a configuration; a GET has one event anyway."""
    if isinstance(store, Merging):
        collector, post = config.collector, config.collector.method == "post"
        limit = collector.byte_limit_post if post else 0
        store.merge(byte_limit=limit, send_limit=collector.send_limit, below=SMALL)


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
