"""What goes on in the agent's state directory beside its outbox: looking at what is sent, and events of programs.

`tap.sock` is for looking, `track.sock` for handing events over; what programs left in `tracker` is taken over.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from logsource.agent.tap import Tap
from logsource.tail.mounts import why_not_for_state
from logsource.tracker.adopting import Adopter, Adopting
from logsource.tracker.server import HandoverServer
from logsource.web.status import ProgramsView

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Clock
    from logsource.config.model import Config
    from logsource.metrics import Metrics
    from logsource.model import Batch, Outcome, Tally
    from logsource.store.api import Storage
    from logsource.tail.mounts import Mounts

SOURCE = "tracker"
"""Under which source events that were handed over are counted."""

log = logging.getLogger("logsource.agent")


class StateDirectory:
    """Both sockets and the directory of trackers, with one life."""

    def __init__(
        self,
        metrics: Metrics,
        clock: Clock,
        *,
        trouble: Callable[[], str | None],
        mounts: Mounts | None = None,
    ) -> None:
        """`trouble`: why nothing is being delivered; told to those who hand events over. `mounts` instead of the kernel's."""
        self._mounts = mounts
        self._metrics = metrics
        self._clock = clock
        self._lock = threading.Lock()
        self.programs = ProgramsView()
        """What came so far."""
        self._adopting: Adopting | None = None
        self._tap = Tap(clock)
        self._handover = HandoverServer(who="agent", clock=clock, trouble=trouble, on_commit=self._count)

    def on_outcome(self, batch: Batch, outcome: Outcome, seconds: float) -> None:
        """Show an answer to those who look. Never blocks, never raises."""
        self._tap.on_outcome(batch, outcome, seconds)

    def open(self, config: Config, store: Storage, *, once: bool) -> None:
        """Listen. An agent that ends by itself takes no events over: nobody could rely on it."""
        if config.outbox.storage != "disk":
            return
        if why := why_not_for_state(config.agent.state_dir, self._mounts):
            log.warning("event=state_dir_remote detail=%r", why)
        self._tap.open(config.agent.state_dir)
        if not once:
            where, group = config.agent.state_dir, config.agent.track_group
            self._handover.open(where, store, sends_to=config.collector.url, group=group)
            self._adopting = Adopting(
                Adopter(config.agent.state_dir, store, self._clock, on_move=self._adopted)
            )
            self._adopting.start()

    def use(self, config: Config) -> None:
        """Another configuration is in use."""
        self._handover.use(config.collector.url)

    def stop_taking(self) -> None:
        """Take no more events over; looking goes on."""
        self._handover.close()
        if self._adopting is not None:
            self._adopting.stop()

    def close(self) -> None:
        """End all of it; idempotent."""
        self.stop_taking()
        self._tap.close()

    def _count(self, tally: Tally) -> None:
        self._metrics.record_tally(SOURCE, tally)
        self._note(handed_over=tally.read)

    def _adopted(self, events: int) -> None:
        self._note(adopted=events)

    def _note(self, *, handed_over: int = 0, adopted: int = 0) -> None:
        with self._lock:  # each connection has a thread of its own
            before = self.programs
            self.programs = ProgramsView(
                handed_over=before.handed_over + handed_over,
                adopted=before.adopted + adopted,
                last_ms=self._clock.now_ms(),
            )
