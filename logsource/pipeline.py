"""One step: read what is due, make events of it, and commit events, checkpoints and tallies together.

The commit is the only place where responsibility for a line changes hands, so nothing ever has to travel
back to tail except "it is safe" or "try again".
"""

from __future__ import annotations

import logging
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from logsource.errors import StoreFull, StoreUnavailable
from logsource.model import Tally
from logsource.render.cut import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.clock import Clock
    from logsource.model import Checkpoint, Chunk, DeadLetter, Rendered
    from logsource.store.api import Storage
    from logsource.tail.api import Tail

log = logging.getLogger("logsource.pipeline")

STEP_BYTES = 192 * 1024
"""Bytes of log read in one step; about 940 nginx lines, seven POST bodies, 8 ms."""
UPDATE_EVERY = 1.0
"""Seconds after which changed rows are committed even though no line came."""


class Renderer(Protocol):
    """Makes events of chunks; a pure function."""

    def render(self, chunk: Chunk) -> Rendered:
        """Events, tally and dead letters of one chunk."""
        ...


class Progress(Enum):
    """What a step came to."""

    COMMITTED = "committed"
    IDLE = "idle"
    FULL = "full"
    """The outbox is at its limit: the log files are the buffer now."""
    UNAVAILABLE = "unavailable"
    """The disk refuses; the lines stay in their files."""


class Observer(Protocol):
    """Told of what was committed; must not block."""

    def tally(self, source: str, tally: Tally) -> None:
        """What became of the lines of one source in one step."""
        ...

    def buried(self, letters: Sequence[DeadLetter]) -> None:
        """Lines that became dead letters before they were sent."""
        ...


class Pipeline:
    """tail → render → store, driven by `step`; one thread."""

    def __init__(
        self,
        *,
        tail: Tail,
        renderers: Mapping[str, Renderer],
        store: Storage,
        byte_limit: int,
        send_limit: int,
        clock: Clock,
        observer: Observer,
        step_bytes: int = STEP_BYTES,
    ) -> None:
        self._tail = tail
        self._renderers = renderers
        self._store = store
        self._byte_limit = byte_limit
        self._send_limit = send_limit
        self._clock = clock
        self._observer = observer
        self._step_bytes = step_bytes
        self._updates_due = clock.monotonic()
        self.paused: str | None = None
        """Why reading stands still, for people; None while it does not."""

    def step(self) -> Progress:
        """Read, render and commit once."""
        self._tail.scan()
        if self.paused is not None:
            stats = self._store.stats()
            if stats.bytes >= stats.capacity_bytes:
                return Progress.FULL
        chunks = self._tail.read(self._step_bytes)
        updates = self._tail.updates()
        if not chunks:
            return self._commit_updates(updates)
        self._updates_due = self._clock.monotonic() + UPDATE_EVERY
        tallies, events, dead = self._rendered(chunks)
        batches = list(cut(events, byte_limit=self._byte_limit, send_limit=self._send_limit))
        checkpoints = [*updates, *(chunk.checkpoint for chunk in chunks)]
        try:
            self._store.commit(batches=batches, checkpoints=checkpoints, tallies=tallies, dead=dead)
        except StoreFull as error:
            return self._held_back(chunks, Progress.FULL, str(error))
        except StoreUnavailable as error:
            return self._held_back(chunks, Progress.UNAVAILABLE, str(error))
        for chunk in chunks:
            self._tail.committed(chunk)
        self._tail.recorded(updates)
        self._resumed()
        for source, tally in tallies.items():
            self._observer.tally(source, tally)
        if dead:
            self._observer.buried(dead)
        return Progress.COMMITTED

    def _rendered(self, chunks: Sequence[Chunk]) -> tuple[dict[str, Tally], bytes, list[DeadLetter]]:
        tallies: dict[str, Tally] = {}
        dead: list[DeadLetter] = []
        events: list[bytes] = []
        for chunk in chunks:
            rendered = self._renderers[chunk.source].render(chunk)
            tallies.setdefault(chunk.source, Tally()).add(rendered.tally)
            dead += rendered.dead
            if rendered.events:
                events.append(rendered.events)
        return tallies, events[0] if len(events) == 1 else b",".join(events), dead

    def _commit_updates(self, updates: Sequence[Checkpoint]) -> Progress:
        now = self._clock.monotonic()
        if not updates or now < self._updates_due:
            return Progress.IDLE
        self._updates_due = now + UPDATE_EVERY
        try:
            self._store.commit(batches=[], checkpoints=updates)
        except StoreFull:
            return Progress.IDLE  # nothing is lost: they are offered again
        except StoreUnavailable as error:
            return self._held_back([], Progress.UNAVAILABLE, str(error))
        self._tail.recorded(updates)
        self._resumed()
        return Progress.IDLE

    def _held_back(self, chunks: Sequence[Chunk], progress: Progress, why: str) -> Progress:
        for chunk in chunks:
            self._tail.rolled_back(chunk)
        if self.paused is None:
            log.warning("event=read_paused reason=%s detail=%r", progress.value, why)
        self.paused = why
        return progress

    def _resumed(self) -> None:
        if self.paused is not None:
            log.info("event=read_resumed")
            self.paused = None
