"""The rendering stage of a step in several processes.

Chunks are cut into jobs, workers render them, and the results are put together in the order of the chunks:
one step, one commit, as with one process. Rendering is a pure function, so a job whose worker died is simply
done again; a job that ends its workers each time is taken apart until the one record is found that does it,
and that record is rendered without being parsed. Nothing is lost, and nothing is tried for ever.
"""

from __future__ import annotations

import logging
import select
from collections import deque
from typing import TYPE_CHECKING, Protocol

from logsource.model import Tally
from logsource.render.blocks import jobs, pieces, records
from logsource.render.pooljob import Job, Trouble
from logsource.render.poolslot import START_DEADLINE, Slot
from logsource.render.stage import BLOCK, RenderedStep

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from logsource.clock import Clock
    from logsource.model import Batch, Chunk, DeadLetter, PackedBatch
    from logsource.render.poolchild import WorkerChild
    from logsource.render.stage import Stage

log = logging.getLogger("logsource.workers")

JOBS_EACH = 2
"""Jobs a step brings for each worker: while one result is taken in, the worker has the next job already."""
DEADLINE = 10.0
"""Seconds a worker may take for one job. A block takes milliseconds; a block of nothing but lines at which
patterns time out takes minutes, but each part of it, once it is taken apart, does not."""
PIECES = 16
"""Parts a suspicious job is taken into: three levels from a block to a line."""
TICK = 0.5
"""Seconds; the longest wait without looking around."""
PATIENCE = 12
"""Deaths without a finished job in between until workers are replaced ever more slowly: if it is no record but the
machine that ends them (memory), nothing is won by haste, and fewer records are given up for it."""
LONGEST_PAUSE = 60.0
"""Seconds."""
MOST_COUNTED = 1.0
"""Seconds of waiting that count towards the deadline between two looks: a machine that was suspended or a
container that was frozen is no hung worker."""


class Survivors(Protocol):
    """Renders what no worker can."""

    def render_unparsed(self, chunks: Sequence[Chunk], trouble: Trouble) -> RenderedStep:
        """Make of each record what the source makes of records that no pattern matches; no user's code runs."""
        ...


class WorkerPool:
    """A `Stage` of worker processes. One thread uses it."""

    def __init__(
        self,
        spawn: Callable[[], WorkerChild],
        *,
        workers: int,
        at_home: Stage,
        stateful: Collection[str],
        survivors: Survivors,
        clock: Clock,
        block: int = BLOCK,
        deadline: float = DEADLINE,
        on_restart: Callable[[str], None] = lambda _why: None,
        on_wait: Callable[[], None] = lambda: None,
    ) -> None:
        """`spawn` starts a worker; `at_home` renders the sources in `stateful`, and everything while no worker starts.

        `deadline` is seconds for one job. `on_restart` hears why a worker had to be replaced (crash, hang, start, memory);
        `on_wait` is called now and then while results are waited for.
        """
        self._slots = [Slot(spawn, clock) for _ in range(workers)]
        self._at_home = at_home
        self._stateful = frozenset(stateful)
        self._survivors = survivors
        self._clock = clock
        self._block = block
        self._deadline = deadline
        self._on_restart = on_restart
        self._on_wait = on_wait
        self._queue: deque[Job] = deque()
        self._deaths = 0
        """Since the last finished job."""
        self.step_bytes = block * workers * JOBS_EACH

    def start(self) -> None:
        """Start the workers; they get ready while the caller goes on."""
        for slot in self._slots:
            slot.start()

    def tend(self) -> None:
        """Notice what happened to workers between the steps; call it when idle."""
        self._turn(0.0)

    def close(self) -> None:
        """Dismiss the workers; idempotent."""
        for slot in self._slots:
            slot.hang_up()
        for slot in self._slots:
            slot.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [slot.child.pid for slot in self._slots if slot.child is not None]

    # -- a step ----------------------------------------------------------------------------------

    def render(self, chunks: Sequence[Chunk]) -> RenderedStep:
        """Render chunks in their order; see `Stage`."""
        todo = [Job(part, home=part[0].source in self._stateful) for part in self._parts(chunks)]
        self._queue.extend(job for job in todo if not job.home)
        self._deal()
        for job in todo:
            if job.home:
                job.result = self._at_home.render(job.chunks)
                self._turn(0.0)
        while any(slot.jobs for slot in self._slots) or self._queue:
            self._turn(TICK)
        return _together(todo)

    def _parts(self, chunks: Sequence[Chunk]) -> list[list[Chunk]]:
        """Jobs: neighbouring chunks together, but those of sources that stay at home apart from the others."""
        found: list[list[Chunk]] = []
        run: list[Chunk] = []
        for chunk in chunks:
            if run and (chunk.source in self._stateful) != (run[0].source in self._stateful):
                found += jobs(run, self._block)
                run = []
            run.append(chunk)
        found += jobs(run, self._block)
        return found

    def _turn(self, timeout: float) -> None:
        """Hear and feed the workers once."""
        if not self._deal():
            self._do_without()
            if self._queue:
                select.poll().poll(timeout * 1000)
                self._on_wait()
            return
        poller = select.poll()
        by_fd: dict[int, Slot] = {}
        for slot in self._slots:
            child = slot.child
            if child is not None:
                by_fd[child.read_fd] = slot
                poller.register(child.read_fd, select.POLLIN)
                if child.sending:
                    by_fd[child.write_fd] = slot
                    poller.register(child.write_fd, select.POLLOUT)
        before = self._clock.monotonic()
        events = poller.poll(timeout * 1000)
        passed = min(self._clock.monotonic() - before, MOST_COUNTED)
        for slot in {id(by_fd[fd]): by_fd[fd] for fd, _ in events}.values():
            slot.exchange(self._done)
        for slot in self._slots:
            self._judge(slot, passed)
        if not events and timeout:
            self._on_wait()

    def _deal(self) -> bool:
        """Give jobs to workers that have room; False when there is no worker at all and none will come soon."""
        some = False
        for slot in self._slots:
            slot.start()
            some = some or slot.child is not None
        for depth in range(1, JOBS_EACH + 1):
            for slot in self._slots:
                if self._queue and slot.child is not None and len(slot.jobs) < depth:
                    slot.give(self._queue.popleft())
        return some

    def _do_without(self) -> None:
        """No worker can be started: render here, as an agent with one process does.

        But not what ended a worker before, and nothing while workers die in a row: it would end us, and again
        after each start. It waits for a worker, as lines wait when the disk is full.
        """
        if any(slot.pausing for slot in self._slots):
            return
        waiting = deque(job for job in self._queue if job.suspicious)
        for job in self._queue:
            if not job.suspicious:
                job.result = self._at_home.render(job.chunks)
        self._queue = waiting

    def _done(self, job: Job, result: RenderedStep) -> None:
        job.result = result
        self._deaths = 0

    # -- trouble ---------------------------------------------------------------------------------

    def _judge(self, slot: Slot, passed: float) -> None:
        """Replace a worker that died or hangs, and see what becomes of its jobs."""
        trouble = slot.trouble
        if trouble is None and slot.jobs:
            slot.spent += passed
            if slot.spent >= (self._deadline if slot.was_ready else START_DEADLINE):
                trouble = Trouble.HANG if slot.was_ready else Trouble.START
        if trouble is None:
            return
        self._deaths += trouble is Trouble.CRASH
        late = self._deaths - PATIENCE
        left = slot.fail(trouble, pause=min(2.0 ** min(late, 9), LONGEST_PAUSE) / 2 if late > 0 else 0.0)
        log.warning(
            "event=worker_%s pid=%d detail=%s records=%d deaths=%d",
            trouble.value,
            slot.last_pid,
            slot.detail or f"no answer within {slot.spent:.1f} s",
            records(left[0].chunks) if left else 0,
            self._deaths,
        )
        self._on_restart(trouble.value)
        again = list(left)
        if left and trouble is not Trouble.MEMORY:
            again = self._suspects(left[0], trouble, was_ready=slot.was_ready) + again[1:]
        self._queue.extendleft(reversed(again))

    def _suspects(self, job: Job, trouble: Trouble, *, was_ready: bool) -> list[Job]:
        """What to do for a job whose worker ended: the same again, its parts, or nothing because it is settled."""
        if not was_ready or not job.blame(trouble):  # not ready: it never came to look at the job
            return [job]
        if records(job.chunks) > 1:
            job.parts = [Job(part, part=True) for part in pieces(job.chunks, PIECES)]
            return list(job.parts)
        log.error(
            "event=record_given_up source=%s path=%s offset=%d reason=%s detail=%s",
            job.chunks[0].source,
            job.chunks[0].path,
            job.chunks[0].start,
            trouble.reason,
            "no worker survives it; it is treated like a record that no pattern matches",
        )
        job.result = self._survivors.render_unparsed(job.chunks, trouble)
        return []


def _together(todo: Sequence[Job]) -> RenderedStep:
    """Results in the order of the jobs."""
    batches: list[Batch | PackedBatch] = []
    tallies: dict[str, Tally] = {}
    dead: list[DeadLetter] = []
    learned: dict[str, tuple[int, ...]] = {}
    for job in todo:
        for result in job.results():
            batches += result.batches
            dead += result.dead
            learned |= result.learned
            for source, tally in result.tallies.items():
                tallies.setdefault(source, Tally()).add(tally)
    return RenderedStep(batches=batches, tallies=tallies, dead=dead, learned=learned)
