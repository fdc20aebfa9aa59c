"""Lifetime of an agent: start the parts, drive the pipeline, stop in order.

Threads: this one reads, renders and commits; `collector.concurrency` workers send; one serves HTTP; one
belongs to the file watcher. Only this one touches tail.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from logsource.agent.hooks import CountingHooks
from logsource.agent.inputs import build_tail, can_end, empty, positions
from logsource.agent.notify import Notifier
from logsource.agent.pacing import let_catch_up
from logsource.agent.patience import Patience
from logsource.agent.picture import Pictures
from logsource.agent.recent import RecentFiles
from logsource.agent.reload import effective, needs_restart
from logsource.agent.renderers import build_renderers
from logsource.agent.reports import Reports
from logsource.agent.result import Progressed, Result, tell_unreadable
from logsource.agent.statedir import StateDirectory
from logsource.agent.takeover import InUse, Takeover, tellings
from logsource.agent.totals import Totals
from logsource.agent.wiring import build_emitter, build_output, open_store
from logsource.agent.workers import build_stage
from logsource.clock import EventWaker, SystemClock
from logsource.config.addresses import is_loopback, parse_listen
from logsource.emit.workers import EmitterWorkers
from logsource.errors import LogsourceError, StoreLost
from logsource.metrics import Metrics
from logsource.pipeline import Pipeline, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Clock
    from logsource.config.model import Config
    from logsource.emit.api import Output
    from logsource.metrics import Levels
    from logsource.render.stage import Stage
    from logsource.web.server import WebServer
    from logsource.web.status import AgentStatus

log = logging.getLogger("logsource.agent")

HELD_BACK = 0.25
"""Seconds before a commit that the store refused is tried again."""
WEB_CONNECTIONS = 64
"""Scrapers and people; each connection is a descriptor that is missing for log files."""


class Agent:
    """One agent. Make it, `run` it, `stop` it from a signal handler or another thread."""

    def __init__(
        self,
        config: Config,
        *,
        once: bool = False,
        clock: Clock | None = None,
        on_progress: Callable[[Progressed], None] | None = None,
    ) -> None:
        """`on_progress` is told every half second how far the run is; it must not block."""
        self._config = config
        self._once = once
        self._clock = clock or SystemClock()
        self._reports = Reports(on_progress, self._clock)
        self._waker = EventWaker()
        self._send_waker = EventWaker()
        self._stopping = threading.Event()
        self._closed = False
        self.metrics = Metrics()
        self._state_dir = StateDirectory(self.metrics, self._clock, trouble=lambda: self._emitter.blocked)
        self._hooks = CountingHooks(
            self.metrics,
            config,
            self._clock,
            count=lambda source, tally: self.totals.count(source, tally),  # noqa: PLW0108 - it is made below
            sent=lambda events: self.pictures.count_sent(events),  # noqa: PLW0108 - and this
            answered=self._state_dir.on_outcome,
        )
        self._stage: Stage = self._build_stage(config)
        self._wanted: Callable[[], Config] | None = None
        self.lost: str | None = None
        """Why the run ended with StoreLost; None as long as it has not."""
        self._output: Output
        self._store = open_store(config, self._clock)
        try:
            self._start_dead = self._store.stats().dead
            self.totals = Totals(self._store.tallies())
            self._emitter, self._output = build_emitter(
                config, self._store, clock=self._clock, waker=self._send_waker, hooks=self._hooks
            )
            self._workers = EmitterWorkers(
                self._emitter,
                threads=config.collector.concurrency,
                clock=self._clock,
                waker=self._send_waker,
            )
            self._tail = build_tail(
                config,
                positions(config, self._store),
                clock=self._clock,
                waker=self._waker,
                block_size=self._stage.step_bytes,
                once=once,
                on_event=self._hooks.tail_event,
                store=self._store,
            )
        except BaseException:
            self._store.close()
            raise
        self._pipeline = Pipeline(
            tail=self._tail,
            stage=self._stage,
            store=self._store,
            clock=self._clock,
            observer=self._hooks,
        )
        self.pictures = Pictures(
            config, store=self._store, emitter=self._emitter, clock=self._clock, totals=self.totals.by_source
        )
        configured = self._hooks.follow, self.pictures.use, self._state_dir.use
        self._take_over = Takeover(
            stage=self._build_stage,
            output=lambda config: build_output(config, self._clock),
            settle=self._pipeline.settle,
            tail=self._tail,
            store=self._store,
            told=tellings(self._pipeline, self._emitter, self._store, configured),
        )
        self._files = RecentFiles(self._tail, clock=self._clock, waker=self._waker)
        self._patience = Patience(self._clock)
        self._web: WebServer | None = None
        self._manager = Notifier.from_environment(self._clock)

    # -- life ------------------------------------------------------------------------------------

    def run(self) -> Result:
        """Read and send until stopped; with `once`, until everything there is was read and delivered."""
        self.metrics.levels = self.levels
        try:
            self._serve()
            self._stage.start()
            self._workers.start()
            log.info(
                "event=started sources=%d once=%s state_dir=%s",
                len(self._config.sources),
                self._once,
                self._config.agent.state_dir,
            )
            self._manager.ready()
            self._loop()
            return self._end()
        finally:
            self.close()

    @property
    def config(self) -> Config:
        """What is in use."""
        return self._config

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask the run to end; safe in a signal handler."""
        self._stopping.set()
        self._waker.wake()

    def reload(self, load: Callable[[], Config]) -> None:
        """Ask for another configuration at the next step; safe in a signal handler. `load` may raise ConfigError."""
        self._wanted = load
        self._waker.wake()

    def _reload(self, load: Callable[[], Config]) -> None:
        """Take a new configuration over, or keep the old one and say why."""
        self._wanted = None
        self._manager.reloading()
        try:
            wanted = load()
            for key in needs_restart(self._config, wanted):
                log.warning("event=needs_restart key=%s", key)
            old = InUse(self._config, self._stage, self._output)
            new = self._take_over(old, effective(self._config, wanted))
        except LogsourceError as error:
            for problem in str(error).splitlines():
                log.error("event=config_rejected problem=%s", problem)  # noqa: TRY400 - people want no traceback
            self._rejected(str(error))
        except Exception as error:  # a bug of ours or of a plugin; what runs must not end for it
            log.exception("event=config_rejected problem=%s", "an error in logsource itself, or in a plugin")
            self._rejected(f"an error while it was loaded ({error!r}); the agent's log has the place")
        else:
            self._config, self._stage, self._output = new.config, new.stage, new.output
            self.metrics.record_reload(success=True)
            log.info("event=reloaded sources=%d", len(new.config.sources))
        self._manager.ready()

    def _rejected(self, why: str) -> None:
        self.pictures.config_problem = why
        self.metrics.record_reload(success=False)

    def _build_stage(self, config: Config) -> Stage:
        return build_stage(
            config,
            build_renderers(config),
            clock=self._clock,
            on_restart=self._hooks.worker_restarted,
            on_wait=self._while_rendering,
        )

    def close(self) -> None:
        """Let go of everything; idempotent."""
        if self._closed:
            return
        self._closed = True
        with ExitStack() as last:  # from the bottom up, and each of them even when one before it fails
            last.callback(self._manager.close)
            last.callback(self._store.close)
            last.callback(self._output.close)
            last.callback(self._tail.close)
            last.callback(self._stage.close)
            last.callback(self._workers.stop, 0.0)
            if self._web is not None:
                last.callback(self._web.stop)
            last.callback(self._state_dir.close)

    def _serve(self) -> None:
        self._state_dir.open(self._config, self._store, once=self._once)
        if not self._config.web.listen or self._once:
            return
        from logsource.web.ops import create_ops_app  # noqa: PLC0415 - the web stack is not needed by --once
        from logsource.web.server import serve  # noqa: PLC0415 - see above

        host, port = parse_listen(self._config.web.listen)
        app = create_ops_app(self, self.metrics, local_only=is_loopback(host))
        self._web = serve(app, host, port, connections=WEB_CONNECTIONS)
        log.info("event=listening url=%s", self._web.url)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            if self._wanted is not None:
                self._reload(self._wanted)
            drained = self._emitter.drained
            progress = self._pipeline.step()
            self._patience.note(unavailable=progress is Progress.UNAVAILABLE)
            self._files.refresh()
            self._reports.report(self._progressed)
            self._manager.alive(self._brief)
            if progress is Progress.COMMITTED:
                let_catch_up(
                    self._emitter, self._store, waker=self._waker, clock=self._clock, stopping=self._stopping
                )
            elif progress is Progress.IDLE:
                if can_end(self._config, once=self._once) and self._tail.at_end():
                    return
                self._hooks.tick()
                self._stage.tend()
                self._waker.wait(self._tail.wait_hint())
            elif progress is Progress.FULL and self._ends_full(drained=drained):
                return
            elif progress is Progress.UNAVAILABLE and (why := self._patience.ended(self._store.lost)):
                self.lost = why
                raise StoreLost(why)
            else:
                self._waker.wait(HELD_BACK)

    def _ends_full(self, *, drained: bool) -> bool:
        """Whether a run that ends waits for room that nobody makes: none is delivered, or only dead letters are left."""
        return can_end(self._config, once=self._once) and (drained or self._emitter.blocked is not None)

    def _while_rendering(self) -> None:
        """A step takes long: go on being looked at."""
        self._manager.alive(self._brief)

    def _progressed(self) -> Progressed:
        return Progressed.of(
            self._tail.status(),
            self.totals.run,
            found=sum(self._tail.found().values()),
            sent=self.pictures.sent,
            waiting=self._store.stats().events,
            paused=self._pipeline.paused,
            ending=self.stopping,
        )

    def _end(self) -> Result:
        """Finish in order: what was read is committed; send what can be sent; write what is known."""
        self._manager.stopping()
        self._state_dir.stop_taking()
        patience = self._config.collector.drain_timeout
        empty(self._tail, self._pipeline, clock=self._clock, waker=self._waker, patience=patience)
        if can_end(self._config, once=self._once):
            while not self._stopping.is_set() and self._emitter.blocked is None and not self._emitter.drained:
                self._reports.report(self._progressed)
                self._waker.wait(0.05)
        unreadable = tell_unreadable(self._files.last(), once=self._once)
        self._workers.stop(patience, lambda: self._reports.report(self._progressed))
        stats = self._store.stats()
        dead = max(0, stats.dead - self._start_dead)
        result = Result(
            complete=stats.events == 0 and dead == 0 and unreadable == 0 and not self._ended_early(),
            totals=self.totals.run,
            sent=self.pictures.sent,
            outbox=stats.events,
            dead=dead,
            unreadable=unreadable,
        )
        log.info(
            "event=stopped lines=%d events=%d sent=%d outbox=%d dead=%d",
            result.totals.read,
            result.totals.events.total(),
            result.sent,
            result.outbox,
            result.dead,
        )
        return result

    def _ended_early(self) -> bool:
        """Whether there are lines that were not read."""
        return self._stopping.is_set() or self._pipeline.paused is not None

    # -- being looked at -------------------------------------------------------------------------

    def snapshot(self) -> AgentStatus:
        """The agent now; called from the web's threads."""
        files, paused = self._files.wanted(), self._pipeline.paused
        return self.pictures.status(files, paused, self._state_dir.programs, self._files.found)

    def levels(self) -> Levels:
        """The gauges now; called from the web's threads."""
        return self.pictures.levels(self._files.wanted(), self._pipeline.paused, self._files.found)

    @property
    def url(self) -> str | None:
        """Where metrics and status are served."""
        return None if self._web is None else self._web.url

    def _brief(self) -> str:
        """One line for the service manager's status."""
        return self.pictures.brief(self.totals.run.read, self._pipeline.paused)
