"""What an agent reads from: files, and inputs that are not files."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from logsource.pipeline import Progress
from logsource.tail.inputs.combined import CombinedTail, split
from logsource.tail.inputs.tail import InputTail
from logsource.tail.renamed import renamed_sources
from logsource.tail.tailer import Tailer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.clock import Clock, Waker
    from logsource.config.model import Config
    from logsource.model import Checkpoint
    from logsource.pipeline import Pipeline
    from logsource.store.api import Storage
    from logsource.tail.api import TailEvent

POLL = 0.2
"""Seconds between looks at open files; shorter when `linger` asks for it."""
RETRY = 0.1

log = logging.getLogger("logsource.agent")


def build_tail(
    config: Config,
    checkpoints: Sequence[Checkpoint],
    *,
    clock: Clock,
    waker: Waker,
    block_size: int,
    once: bool,
    on_event: Callable[[TailEvent], None],
    store: Storage,
) -> CombinedTail:
    """The tail of all sources; a reload may add inputs to files and files to inputs."""
    files, inputs = split(config.sources)
    linger = config.collector.linger
    received = InputTail(
        inputs,
        checkpoints,
        clock=clock,
        waker=waker,
        block_size=block_size,
        linger=linger,
        once=once,
        on_event=on_event,
        stdin=0 if sys.__stdin__ is not None else None,
    )
    tailer = Tailer(
        files,
        checkpoints,
        clock=clock,
        waker=waker,
        block_size=block_size,
        linger=linger,
        poll_interval=min(POLL, max(0.02, linger)),
        on_event=on_event,
        undelivered=store.undelivered,
        bodies=lambda: store.stats().batches,
        once=once,
    )
    return CombinedTail(tailer, received)


def positions(config: Config, store: Storage) -> list[Checkpoint]:
    """What is committed; says it if sources cannot use it, because they have other names or paths now."""
    checkpoints = store.checkpoints()
    for one in renamed_sources(config.sources, checkpoints):
        log.warning(
            "event=source_renamed source=%s was=%s files=%d detail=%r",
            one.source,
            one.was,
            one.files,
            f"{one.what} ({one.hint})",
        )
    return checkpoints


def can_end(config: Config, *, once: bool) -> bool:
    """Whether the agent ends by itself: nothing will come any more when standard input was all there is."""
    return once or all(source.type == "stdin" for source in config.sources)


def empty(tail: CombinedTail, pipeline: Pipeline, *, clock: Clock, waker: Waker, patience: float) -> None:
    """Commit what was received before the agent ends: it exists nowhere else.

    Waits up to `patience` seconds for room in the outbox; what is left then is counted when tail is closed.
    """
    tail.drain()
    until = clock.monotonic() + patience
    while tail.waiting and clock.monotonic() < until:
        progress = pipeline.step()
        if progress is Progress.IDLE:
            return  # the rest is no record
        if progress is not Progress.COMMITTED:
            waker.wait(RETRY)
