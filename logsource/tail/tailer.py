"""All files of all sources, followed fairly: whose turn it is, and when a file is due."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from logsource.tail.alike import read_alike
from logsource.tail.crossing import Crossings
from logsource.tail.descriptors import Descriptors, default_limit
from logsource.tail.environment import Environment
from logsource.tail.finish import Finish
from logsource.tail.framers import idle_after
from logsource.tail.growth import Growth
from logsource.tail.learned import taught
from logsource.tail.look import Look
from logsource.tail.mounts import KernelTable, Mounts
from logsource.tail.poller import Poller
from logsource.tail.pulse import Pulse
from logsource.tail.reader import read
from logsource.tail.schedule import HELD_WAIT, Schedule, is_late
from logsource.tail.sources import sources_of
from logsource.tail.status import statuses
from logsource.tail.wake import Watches
from logsource.tail.writers import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logsource.clock import Clock, Waker
    from logsource.config.model import SourceConfig
    from logsource.model import Checkpoint, Chunk
    from logsource.tail.api import FileStatus, TailEvent, Undelivered
    from logsource.tail.content import Content
    from logsource.tail.follower import Follower

BLOCK_SIZE = 196608
SCAN_INTERVAL = 1.0
BELL_INTERVAL = 0.1
"""Seconds between scans at least, however many files are created."""
SCAN_SHARE = 4
"""A scan that a bell asked for waits so many times as long as the last one took: there is reading to do, too."""
SCAN_REST = 1.0
"""Seconds of rest at most behind a scan that took longer: on a busy machine new files must not be found when they are gone."""
RETURNS = 3
"""How often a turn that gave nothing (the content turned out to be replaced) is followed by another at once."""


def _nobody(_event: TailEvent) -> None:
    """Listen to nothing."""


class Tailer:
    """The `Tail` of files (see `logsource.tail.api` for the contract)."""

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        checkpoints: Sequence[Checkpoint],
        *,
        clock: Clock,
        waker: Waker | None = None,
        linger: float = 0.5,
        poll_interval: float = 0.25,
        block_size: int = BLOCK_SIZE,
        once: bool = False,
        quiet: float = 5.0,
        max_open: int | None = None,
        mounts: Mounts | None = None,
        on_event: Callable[[TailEvent], None] = _nobody,
        undelivered: Undelivered = lambda: (0, 0),
        bodies: Callable[[], int] = lambda: 0,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        has_writer: Callable[[Content], bool | None] = ask,
    ) -> None:
        """`linger` and `poll_interval` are seconds; a `waker` is rung when a directory changes.

        `quiet` is how many seconds a rotated file has to stay as it is, twice, before its end is proven.
        `undelivered` tells which batches are in the outbox; by default there is one that never leaves it.
        `bodies` tells how many are there, so that backlogs are left in their files while what is live waits behind them.
        `max_open` is how many files may be held open; by default what the process's limit allows.
        `mounts` tells which files are on other machines; by default the kernel is asked. They are closed with the tailer.
        `has_writer` tells whether somebody has a file open for writing; by default the kernel is asked.
        """
        self._clock = clock
        self._environment = Environment(
            clock=clock,
            new_id=new_id,
            on_event=on_event,
            undelivered=undelivered,
            descriptors=Descriptors(default_limit() if max_open is None else max_open),
            mounts=Mounts(KernelTable(), Pulse(clock)) if mounts is None else mounts,
            once=once,
            has_writer=has_writer,
        )
        self._once, self._refused = once, False
        self._block_size = block_size
        self._finish = Finish(quiet, self._environment)
        self._crossings = Crossings(self._environment)
        self._schedule = Schedule(
            block_size=block_size, linger=linger, eager=once, now_ms=clock.now_ms, bodies=bodies
        )
        self._next_poll = self._next_scan = self._last_scan = self._scan_rest = 0.0
        self._watches = Watches(waker, self._environment.mounts) if waker is not None else None
        self._sources = sources_of(sources, checkpoints, self._environment)
        self._growth = Growth(waker) if waker is not None and not once else None
        self._poller = Poller(
            self._sources,
            self._schedule,
            self._finish,
            self._environment,
            interval=poll_interval,
            growth=self._growth,
        )

    def reconfigure(self, sources: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint]) -> None:
        """Follow these sources from now on; if that fails, nothing has changed. See `prepare`."""
        self.prepare(sources, checkpoints)()

    def prepare(
        self, sources: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint]
    ) -> Callable[[], None]:
        """Build what is new of these sources. What is returned has them followed from then on, and does not fail.

        `checkpoints` are all that are committed. No chunk may be pending. A source whose files and framing stay as they
        are keeps its descriptors, its positions and its place in the queue; the others are let go of and begin at their
        checkpoints.
        """
        wanted = {config.name: config for config in sources}
        known = self._sources.items()
        kept = {key: one for key, one in known if key in wanted and read_alike(one.config, wanted[key])}
        built = sources_of([one for one in sources if one.name not in kept], checkpoints, self._environment)

        def follow() -> None:
            for name, source in self._sources.items():
                for follower in source.registry.by_key.values():
                    follower.begun = False  # parsers are made anew, and know nothing
                    if name not in kept:
                        self._schedule.forget(follower)
                        with suppress(OSError):  # of a network file system; the descriptor is free then, too
                            follower.release()
            self._sources.clear()
            self._sources.update(kept | built)
            self._next_scan = 0.0

        return follow

    # The contract

    def scan(self) -> None:
        """Look for new, moved and vanished files, if it is time to or a bell rang; look at the known ones."""
        now = self._clock.monotonic()
        if (self._watches is not None and self._watches.rang()) or self._moving:
            self._next_scan = min(self._next_scan, self._last_scan + max(BELL_INTERVAL, self._scan_rest))
        if now >= self._next_scan or ((self._once or self._crowded) and not self._schedule.ready):
            self._last_scan, self._next_scan = now, now + SCAN_INTERVAL
            self._environment.mounts.refresh()
            for source in self._sources.values():
                source.scan(now)
                source.delivered.tend(now)
            if self._watches is not None:
                self._watches.watch({one for source in self._sources.values() for one in source.directories})
            self._next_poll = now
            took = self._clock.monotonic() - now
            self._scan_rest = SCAN_SHARE * took
            soon = now + took + min(took, SCAN_REST)
            self._next_scan = soon if self._crowded else max(self._next_scan, soon)
        # Also while nobody reads (the outbox is full): a truncation has to be noticed before the copy is gone.
        self._poll(now, everything=self._once and self._all_read)

    @property
    def _all_read(self) -> bool:
        """Whether nothing is left of what was found; between two parts of a crowd, all would be looked at for each."""
        return not self._schedule.ready and not self._crowded

    @property
    def _crowded(self) -> bool:
        return any(source.newcomers for source in self._sources.values())

    @property
    def _moving(self) -> bool:
        return any(source.moving.urgent for source in self._sources.values())

    def _poll(self, now: float, *, everything: bool) -> None:
        if now >= self._next_poll or everything or self._poller.rang:
            self._poller.poll(now, everything=everything)
            self._next_poll = now + self._poller.interval

    def read(self, budget: int) -> list[Chunk]:
        """Up to about `budget` bytes of complete records from files that are due, at most one chunk a file."""
        now = self._clock.monotonic()
        self._poll(now, everything=self._schedule.eager and self._all_read)
        chunks: list[Chunk] = []
        for _ in range(RETURNS):
            self._schedule.ripen(now)
            for follower in self._schedule.turns(now):
                if len(chunks) >= self._environment.descriptors.a_step:
                    budget = 0
                if budget <= 0 or (chunks and budget < self._block_size // 4 and is_late(follower)):
                    self._schedule.first(follower)
                    return chunks
                chunk = self._turn(follower, now)
                if chunk is not None:
                    chunks.append(chunk)
                    budget -= max(chunk.end - chunk.start, 1)
            if chunks or not self._schedule.ready:
                break
        return chunks

    def taught(self, chunk: Chunk, learned: tuple[int, ...]) -> Chunk:
        """Keep with its file from which records a parser learned."""
        return taught(self._sources[chunk.source].registry.by_key[chunk.checkpoint.file_id], chunk, learned)

    def committed(self, chunk: Chunk) -> None:
        """The chunk is safe: go on behind it."""
        now, self._refused = self._clock.monotonic(), False
        source = self._sources[chunk.source]
        follower = source.registry.by_key[chunk.checkpoint.file_id]
        if follower.pending is not None:
            self._environment.abandon(chunk.source, chunk.path, follower.pending.left_out, "max_line")
            self._environment.abandon(chunk.source, chunk.path, follower.pending.nuls, "nuls")
            self._environment.cut(chunk.source, chunk.path, follower.pending.cuts)
            if replaced := follower.pending.replaced:
                self._environment.event("replaced", chunk.source, path=chunk.path, size=replaced)
        follower.committed(now)
        dirty, state = source.registry.dirty, follower.state
        if state.key in dirty and state.checkpoint(chunk.source) == chunk.checkpoint:
            dirty.discard(state.key)
        younger = self._crossings.committed(chunk)
        if younger is not None:
            self._schedule.consider(younger, now)
        self._schedule.consider(follower, now)
        self._environment.descriptors.used(follower)

    def rolled_back(self, chunk: Chunk) -> None:
        """The commit did not happen: the same bytes will be read again later."""
        follower = self._sources[chunk.source].registry.by_key[chunk.checkpoint.file_id]
        self._refused = True
        follower.rolled_back()
        self._crossings.rolled_back(chunk)
        self._schedule.first(follower)

    def updates(self) -> list[Checkpoint]:
        """Rows that changed without a chunk."""
        rows: list[Checkpoint] = []
        for name, source in self._sources.items():
            if self._refused:
                source.registry.note_sizes()
            by_key = source.registry.by_key
            rows += [by_key[key].state.checkpoint(name) for key in sorted(source.registry.dirty)]
            rows += source.absence.forgotten() + source.generations.denied.rows()
        return rows

    def recorded(self, updates: Sequence[Checkpoint]) -> None:
        """These rows were committed."""
        for row in updates:
            registry = self._sources[row.source].registry
            self._sources[row.source].generations.denied.recorded(row)
            if not row.state:
                self._sources[row.source].absence.recorded([row])
                continue
            follower = registry.by_key.get(row.file_id)
            if follower is None or follower.state.checkpoint(row.source) == row:
                registry.dirty.discard(row.file_id)

    def drain(self) -> None:
        """Stop lingering."""
        self._schedule.eager = True

    def wait_hint(self) -> float:
        """Seconds until something may be due, or until it is time to look."""
        now = self._clock.monotonic()
        look = max(min(self._next_poll, self._next_scan) - now, 0.0)
        due = max(self._schedule.due_in(now), HELD_WAIT if self._moving else 0.0)
        return 0.0 if self._crowded else min(look, due, self._poller.interval)

    def at_end(self) -> bool:
        """Whether every known file was read to its end."""
        return not (self._moving or self._crowded) and all(
            follower.pending is None and (follower.unread <= 0 or bool(follower.error) or follower.exhausted)
            for source in self._sources.values()
            for follower in source.registry.by_key.values()
            if follower.located
        )

    def status(self) -> Sequence[FileStatus]:
        """Every followed file, and every path that cannot be read."""
        return [one for source in self._sources.values() for one in statuses(source)]

    def found(self) -> Mapping[str, int]:
        """By source: new files that wait to be opened."""
        return {name: source.newcomers.files for name, source in self._sources.items() if source.newcomers}

    def close(self) -> None:
        """Let go of all descriptors and watches."""
        if self._watches is not None:
            self._watches.close()
        if self._growth is not None:
            self._growth.close()
        self._environment.mounts.close()
        for source in self._sources.values():
            for follower in source.registry.by_key.values():
                follower.release()

    def _turn(self, follower: Follower, now: float) -> Chunk | None:
        """One turn of one file."""
        source = self._sources[follower.source]
        if not self._poller.may_be_read(follower, source):
            return None
        elder = self._poller.elder_of(follower, source, now) or self._crossings.elder_of(follower, now)
        if elder is not None:
            self._schedule.wait(follower)
            if is_late(elder) and not is_late(follower):
                return None  # it has turns of its own; a younger generation does not lend it its rank
            due = self._schedule.take(elder) or self._crossings.due(elder, follower, now)
            return self._turn(elder, now) if due else None
        if not self._poller.may_be_read(follower, source):  # so a look at an elder has shown
            return None
        try:
            final = self._once or (follower.rotated and self._finish.proven(follower, now))
            self._environment.mounts.reach_volume(follower.state.locator.device)
            if not follower.open():
                source.gone(follower)
                return None
            self._environment.descriptors.make_room(follower)
            beyond = self._crossings.beyond(follower, source, now)
            look = read(
                follower,
                source.framers,
                block_size=self._block_size,
                final=final,
                now=now,
                now_ms=self._clock.now_ms(),
                idle_after=idle_after(source.config),
                beyond=beyond,
            )
        except OSError as error:
            self._poller.failed(source, follower, error, now, reading=True)
            return None
        if follower.error:
            self._poller.recovered(source, follower)
        if look is Look.CHANGED:
            source.generations.replace_content(follower)
            self._poller.look(source, follower, now)
            return None
        if beyond is not None:
            self._crossings.read(follower, beyond, now)
        return follower.pending.chunk if follower.pending is not None else None
