"""An emitter over any store and output, driven by a clock that the test turns."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from logsource.clock import EventWaker
from logsource.config.model import RetryConfig
from logsource.emit.emitter import Emitter

if TYPE_CHECKING:
    from logsource.emit.api import Hooks, Output
    from logsource.store.api import Storage
    from tests.support.clocks import ManualClock


def emitter_over(store: Storage, output: Output, clock: ManualClock, hooks: Hooks | None = None) -> Emitter:
    """Retries as an agent does, always after the same waits."""
    return Emitter(
        store=store,
        output=output,
        clock=clock,
        random=random.Random(1),
        waker=EventWaker(),
        retry=RetryConfig(initial=0.5, max=5.0),
        hooks=hooks,
    )


def run(emitter: Emitter, clock: ManualClock, seconds: float = 60) -> None:
    """Send for so long; waits pass at once."""
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        if not emitter.step():
            clock.advance(max(0.05, emitter.wait_hint()))
