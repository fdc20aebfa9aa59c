"""One frozen picture of the agent, for `/status`, `/readyz`, `/metrics` and `logsource status`."""

from __future__ import annotations

import os
import threading
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from logsource import __version__
from logsource.agent.renderers import host_name
from logsource.agent.wiring import OUTPUT
from logsource.config.show import mask_url
from logsource.metrics import Levels
from logsource.model import Tally
from logsource.web.status import AgentStatus, FileView, OutboxView, OutputView, ProgramsView, SourceView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.clock import Clock
    from logsource.config.model import Config
    from logsource.emit.emitter import Emitter
    from logsource.store.api import Storage
    from logsource.tail.api import FileStatus

FOUND = "found"
"""State of new files that wait to be opened, as metrics name it."""
NOTHING: Mapping[str, int] = MappingProxyType({})


class Pictures:
    """Takes pictures. The files' part is handed in, because only the reading thread may ask tail."""

    def __init__(
        self, config: Config, *, store: Storage, emitter: Emitter, clock: Clock, totals: Mapping[str, Tally]
    ) -> None:
        self._config = config
        self._store = store
        self._emitter = emitter
        self._clock = clock
        self._totals = totals
        self._started_ms = clock.now_ms()
        self.sent = 0
        """Events delivered since the start."""
        self._sent_lock = threading.Lock()
        self.config_problem = ""
        """Why the newest configuration is not in use; empty when it is."""

    def use(self, config: Config) -> None:
        """Another configuration is in use."""
        self._config = config
        self.config_problem = ""

    def count_sent(self, events: int) -> None:
        """Add delivered events; several workers may say so at once."""
        with self._sent_lock:
            self.sent += events

    def brief(self, lines: int, paused: str | None) -> str:
        """One line: what was read and delivered, what waits, and what is in the way."""
        trouble = self._emitter.blocked or paused
        return (
            f"{lines:,} lines read, {self.sent:,} events delivered, "
            f"{self._store.stats().events:,} in the outbox" + (f"; {trouble}" if trouble else "")
        )

    def status(
        self,
        files: Sequence[FileStatus],
        paused: str | None,
        programs: ProgramsView,
        found: Mapping[str, int] = NOTHING,
    ) -> AgentStatus:
        """The whole agent, now. `found` are new files that wait to be opened, by source."""
        now = self._clock.now_ms()
        stats = self._store.stats()
        full = stats.bytes >= stats.capacity_bytes
        last = self._emitter.last_outcome
        return AgentStatus(
            name=host_name(self._config),
            version=__version__,
            pid=os.getpid(),
            started_ms=self._started_ms,
            now_ms=now,
            sources=self._sources(files, found),
            files=[
                FileView(
                    source=file.source,
                    path=_text(file.path),
                    file_id=file.file_id,
                    state=file.state,
                    offset=file.offset,
                    size=file.size,
                    lag_bytes=file.lag,
                    detail=_text(file.detail),
                    device=file.device,
                    inode=file.inode,
                    caught_up=file.caught_up,
                )
                for file in files
            ],
            outbox=OutboxView(
                events=stats.events,
                batches=stats.batches,
                bytes=stats.bytes,
                capacity_bytes=stats.capacity_bytes,
                oldest_age_seconds=_age(stats.oldest_ms, now),
                dead_letters=stats.dead,
                read_paused=paused is not None,
                problem=paused if paused is not None and not full else "",
            ),
            outputs=[
                OutputView(
                    name=OUTPUT,
                    address=mask_url(self._config.collector.url),
                    blocked=self._emitter.blocked or "",
                    last_code="" if last is None else last.code,
                    last_detail="" if last is None else last.detail,
                    events_sent=self.sent,
                )
            ],
            accounting_imbalance=self.imbalance,
            programs=programs,
            config_problem=self.config_problem,
        )

    @property
    def imbalance(self) -> int:
        """Lines that are not accounted for; must be 0."""
        # A copy: the first line of a source adds it to the totals, in another thread.
        return sum(tally.imbalance for tally in list(self._totals.values()))

    def levels(
        self, files: Sequence[FileStatus], paused: str | None, found: Mapping[str, int] = NOTHING
    ) -> Levels:
        """The gauges. `found` are new files that wait to be opened, by source."""
        stats = self._store.stats()
        lag_bytes, lag_seconds = self._lag(files)
        return Levels(
            outbox_events=stats.events,
            outbox_bytes=stats.bytes,
            outbox_capacity_bytes=stats.capacity_bytes,
            dead_letters=stats.dead,
            accounting_imbalance=self.imbalance,
            read_paused=paused is not None,
            outbox_oldest_age_seconds={OUTPUT: _age(stats.oldest_ms, self._clock.now_ms())},
            output_blocked={OUTPUT: self._emitter.blocked is not None},
            lag_bytes=lag_bytes,
            lag_seconds=lag_seconds,
            unfinished_bytes=self._unfinished(files),
            files=Counter((file.source, file.state) for file in files)
            + Counter({(source, FOUND): count for source, count in found.items()}),
        )

    def _lag(self, files: Sequence[FileStatus]) -> tuple[dict[str, int], dict[str, float]]:
        now = self._clock.monotonic()
        size = {source.name: 0 for source in self._config.sources}
        seconds = {source.name: 0.0 for source in self._config.sources}
        for file in files:
            size[file.source] = size.get(file.source, 0) + file.lag
            if file.behind_since is not None:
                seconds[file.source] = max(seconds.get(file.source, 0.0), now - file.behind_since)
        return size, seconds

    def _unfinished(self, files: Sequence[FileStatus]) -> dict[str, int]:
        size = {source.name: 0 for source in self._config.sources}
        for file in files:
            size[file.source] = size.get(file.source, 0) + file.unfinished
        return size

    def _sources(self, files: Sequence[FileStatus], found: Mapping[str, int]) -> list[SourceView]:
        lag_bytes, lag_seconds = self._lag(files)
        numbers = Counter(file.source for file in files)
        views = []
        for source in self._config.sources:
            total = self._totals.get(source.name) or Tally()
            views.append(
                SourceView(
                    name=source.name,
                    parser=source.parser,
                    files=numbers[source.name],
                    found=found.get(source.name, 0),
                    lag_bytes=lag_bytes[source.name],
                    lag_seconds=lag_seconds[source.name],
                    lines=total.read,
                    bytes=total.bytes,
                    events=total.events.total(),
                    rejected=dict(total.rejected),
                    dropped=dict(total.dropped),
                    unparsed=dict(total.unparsed),
                )
            )
        return views


def _text(name: str) -> str:
    """As events say it: names of files are bytes, and what of them is no UTF-8 could not be written as JSON."""
    return os.fsencode(name).decode("utf-8", "replace")


def _age(oldest_ms: int | None, now_ms: int) -> float:
    return 0.0 if oldest_ms is None else max(0.0, (now_ms - oldest_ms) / 1000)
