"""One step: read what is due, make events of it, and commit events, checkpoints and tallies together.

The commit is the only place where responsibility for a line changes hands, so nothing ever has to travel
back to tail except "it is safe" or "try again".
"""

from __future__ import annotations

import logging
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from logsource.errors import StoreFull, StoreUnavailable
from logsource.log import kv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.clock import Clock
    from logsource.model import Chunk, DeadLetter, Tally
    from logsource.render.stage import RenderedStep, Stage
    from logsource.store.api import Storage
    from logsource.tail.api import Tail

log = logging.getLogger("logsource.pipeline")

UPDATE_EVERY = 1.0
"""Seconds after which changed rows are committed even though no line came."""


LONG_SCAN = 0.25
"""Seconds after which what a scan found is committed at once. Who is killed again and again would begin it anew each
time, and fall behind for ever."""


QUIET_AFTER_PAUSE = 30.0
"""Seconds after a pause was told within which further ones are only counted: a collector slower than the logs makes
several a second."""


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
        stage: Stage,
        store: Storage,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._tail = tail
        self._stage = stage
        self._store = store
        self._clock = clock
        self._observer = observer
        self._updates_due = clock.monotonic()
        self._pauses = _Pauses(clock)
        self.paused: str | None = None
        """Why reading stands still, for people; None while it does not."""

    def step(self) -> Progress:
        """Read, render and commit once."""
        began = self._clock.monotonic()
        self._tail.scan()
        if self.paused is None and self._clock.monotonic() - began >= LONG_SCAN:
            self._updates_due = began
            self._commit_updates()
        if self.paused is not None:
            stats = self._store.stats()
            if stats.bytes >= stats.capacity_bytes:
                self._pauses.lasts(self.paused)
                # Logs are rotated meanwhile: what is known of them is what tells, after a crash, that they are missing.
                kept = self._commit_updates(reading=False)
                return Progress.FULL if kept is Progress.IDLE else kept
        chunks = self._tail.read(self._stage.step_bytes)
        if not chunks:
            return self._commit_updates()
        updates = self._tail.updates()
        self._updates_due = self._clock.monotonic() + UPDATE_EVERY
        chunks, rendered = self._rendered(chunks)
        checkpoints = [*updates, *(row for chunk in chunks for row in chunk.checkpoints)]
        try:
            self._store.commit(
                batches=rendered.batches,
                checkpoints=checkpoints,
                tallies=rendered.tallies,
                dead=rendered.dead,
            )
        except StoreFull as error:
            return self._held_back(chunks, Progress.FULL, str(error))
        except StoreUnavailable as error:
            return self._held_back(chunks, Progress.UNAVAILABLE, str(error))
        for chunk in chunks:
            self._tail.committed(chunk)
        self._tail.recorded(updates)
        self._resumed()
        for source, tally in rendered.tallies.items():
            self._observer.tally(source, tally)
        if rendered.dead:
            self._observer.buried(rendered.dead)
        return Progress.COMMITTED

    def _rendered(self, chunks: list[Chunk]) -> tuple[list[Chunk], RenderedStep]:
        """What a parser learned of a file is committed with the events that it made of it."""
        rendered = self._stage.render(chunks)
        for number, chunk in enumerate(chunks if rendered.learned else ()):
            if learned := rendered.learned.get(chunk.checkpoint.file_id):
                chunks[number] = self._tail.taught(chunk, learned)
        return chunks, rendered

    def settle(self) -> None:
        """Commit what tail knows and did not say yet, before it is reconfigured. Raises StoreUnavailable."""
        self._updates_due = self._clock.monotonic()
        self._commit_updates()
        if self._tail.updates():
            raise StoreUnavailable("the store cannot be written now; try again later")

    def use(self, stage: Stage) -> None:
        """Render with another stage from the next step on."""
        self._stage = stage

    def _commit_updates(self, *, reading: bool = True) -> Progress:
        now = self._clock.monotonic()
        # Not asked for before: there may be ten thousands of rows, and many steps in a second.
        if now < self._updates_due or not (updates := self._tail.updates()):
            return Progress.IDLE
        self._updates_due = now + UPDATE_EVERY
        try:
            self._store.commit(batches=[], checkpoints=updates)
        except StoreFull:
            return Progress.IDLE  # nothing is lost: they are offered again
        except StoreUnavailable as error:
            return self._held_back([], Progress.UNAVAILABLE, str(error))
        self._tail.recorded(updates)
        if reading:
            self._resumed()
        return Progress.IDLE

    def _held_back(self, chunks: Sequence[Chunk], progress: Progress, why: str) -> Progress:
        for chunk in chunks:
            self._tail.rolled_back(chunk)
        if self.paused is None:
            self._pauses.begins(progress)
        self._pauses.lasts(why)
        self.paused = why
        return progress

    def _resumed(self) -> None:
        if self.paused is not None:
            self._pauses.ends()
            self.paused = None


class _Pauses:
    """Tells in the log that reading stands still, and that it goes on: one of many short pauses, each that lasts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reason = Progress.FULL
        self._told = False
        self._quiet_until = clock.monotonic()
        self._suppressed = 0

    def begins(self, reason: Progress) -> None:
        """Reading stops."""
        self._reason = reason

    def lasts(self, why: str) -> None:
        """Reading stands still; to be called again and again."""
        now = self._clock.monotonic()
        if self._told or now < self._quiet_until:
            return
        more = {"suppressed": self._suppressed} if self._suppressed else {}
        log.warning(kv(event="read_paused", reason=self._reason.value, detail=why, **more))
        self._told, self._suppressed, self._quiet_until = True, 0, now + QUIET_AFTER_PAUSE

    def ends(self) -> None:
        """Reading goes on."""
        if self._told:
            log.info("event=read_resumed")
            self._told = False
        else:
            self._suppressed += 1
