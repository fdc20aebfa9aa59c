"""An agent that outlasts its state directory: when that is lost, everything is closed, and begun again when it is back.

What was committed is read again from what is found then: after a check of the file system it may be less than was
written, as after a power loss.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from logsource.agent.agent import Agent
from logsource.agent.notify import Notifier
from logsource.clock import EventWaker, SystemClock
from logsource.errors import StoreError, StoreUnavailable
from logsource.store.layout import holds_outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.agent.result import Progressed, Result
    from logsource.clock import Clock
    from logsource.config.model import Config

log = logging.getLogger("logsource.agent")

RETRY = 2.0


class LastingAgent:
    """As `Agent`: make it, `run` it, `stop` it from another thread."""

    def __init__(
        self,
        config: Config,
        *,
        once: bool = False,
        clock: Clock | None = None,
        on_progress: Callable[[Progressed], None] | None = None,
        retry: float = RETRY,
    ) -> None:
        """See `Agent`; raises what that raises. With `once`, nothing is waited for.

        `retry`: seconds between tries to open the state directory again.
        """
        self._retry = retry
        self._once = once
        self._clock = clock or SystemClock()
        self._on_progress = on_progress
        self._waker = EventWaker()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._wanted: Callable[[], Config] | None = None
        self.agent = self._made(config)

    def run(self) -> Result:
        """Read and send until stopped; see `Agent.run`. Raises StoreError where waiting is of no use."""
        while True:
            agent = self.agent
            try:
                return agent.run()
            except StoreError:
                if agent.lost is None or self._once or self._stopping.is_set():
                    raise
                # What could not be closed in order is of no interest: it is closed all the same.
                log.error(  # noqa: TRY400 - people want no traceback
                    "event=state_dir_lost detail=%r",
                    f"{agent.lost}; nothing is open there any more, so it can be unmounted, checked and mounted again",
                )
            self._wait_for_directory(agent)

    def stop(self) -> None:
        """Ask the run to end."""
        self._stopping.set()
        self._waker.wake()
        with self._lock:
            self.agent.stop()

    def reload(self, load: Callable[[], Config]) -> None:
        """Ask for another configuration; see `Agent.reload`."""
        with self._lock:
            self._wanted = load
            self.agent.reload(load)

    def _wait_for_directory(self, lost: Agent) -> None:
        """Make another agent as soon as that is possible. Raises StoreError when the state directory is refused, or at `stop`."""
        with self._lock:
            self._wanted = None  # what was asked for before is in use
        manager = Notifier.from_environment(self._clock)
        why = lost.lost or ""
        try:
            while True:
                self._waker.wait(self._retry)
                manager.alive(lambda: f"waiting for the state directory: {why}")
                if self._stopping.is_set():
                    raise StoreUnavailable(why)
                # While it is unmounted, the directory below it is no place to begin a new outbox in.
                if not holds_outbox(lost.config.agent.state_dir):
                    continue
                try:
                    found = self._made(lost.config)
                except StoreUnavailable as error:
                    log.debug("event=state_dir_still_lost detail=%r", str(error))
                    continue
                log.info("event=state_dir_back state_dir=%s", lost.config.agent.state_dir)
                self._use(found)
                return
        finally:
            manager.close()

    def _use(self, agent: Agent) -> None:
        with self._lock:
            self.agent = agent
            if self._wanted is not None:  # a reload that came meanwhile was heard by the old one
                agent.reload(self._wanted)
            if self._stopping.is_set():
                agent.stop()

    def _made(self, config: Config) -> Agent:
        return Agent(config, once=self._once, clock=self._clock, on_progress=self._on_progress)
