"""Reading that waits a moment for sending, so that what was just written is sent while it is still in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event

    from logsource.clock import Clock, Waker
    from logsource.emit.emitter import Emitter
    from logsource.store.api import Storage

HOT_BATCHES = 48
"""Bodies the emitter may lag behind before reading gives it a moment: what was just written is still in
memory then, and need not be read and decompressed again."""
YIELD = 0.02
"""Seconds of that moment, at most, each step. Bounded, so that a slow collector cannot keep lines in files
that may be rotated away: reading goes on at 10 MB/s and more."""


def let_catch_up(emitter: Emitter, store: Storage, *, waker: Waker, clock: Clock, stopping: Event) -> None:
    """Wait while the emitter lags behind and gets on, for `YIELD` at most."""
    until = clock.monotonic() + YIELD
    while (
        store.stats().batches > HOT_BATCHES
        and emitter.blocked is None
        and not stopping.is_set()
        and clock.monotonic() < until
    ):
        waker.wait(YIELD / 4)
