"""The place of one worker: whoever works there, its jobs, and when it may be filled again."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from logsource.render.poolchild import WorkerDied
from logsource.render.pooljob import Trouble
from logsource.render.poolwire import Kind, decode_step, encode_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Clock
    from logsource.render.poolchild import WorkerChild
    from logsource.render.pooljob import Job
    from logsource.render.stage import RenderedStep

log = logging.getLogger("logsource.workers")

START_DEADLINE = 60.0
"""Seconds to get ready: a start takes a fraction of one, but many start at once on a busy machine."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds before the next try when a worker could not be started; doubled each time."""
PARTING = 2.0
"""Seconds to end by itself at shutdown."""


class Slot:
    """Holds at most one worker at a time."""

    def __init__(self, spawn: Callable[[], WorkerChild], clock: Clock) -> None:
        self._spawn = spawn
        self._clock = clock
        self.child: WorkerChild | None = None
        self.jobs: deque[Job] = deque()
        """Given to the worker, oldest first."""
        self.trouble: Trouble | None = None
        self.detail = ""
        self.spent = 0.0
        """Seconds the worker has had for the oldest job."""
        self.was_ready = False
        self._leaving = False
        self.last_pid = 0
        self.pausing = False
        """Empty on purpose: workers die as fast as they come."""
        self._wait = 0.0
        self._not_before = 0.0

    def start(self) -> None:
        """Fill the place if it is empty and it is time to."""
        if self.child is not None or self._clock.monotonic() < self._not_before:
            return
        self.spent = 0.0
        self.was_ready = self.pausing = self._leaving = False
        self.trouble = None
        self.detail = ""
        try:
            self.child = self._spawn()
        except OSError as error:
            log.error("event=worker_not_started detail=%s", error)  # noqa: TRY400 - the text says it all
            self._later()
            return
        self.last_pid = self.child.pid
        self.child.write()

    def give(self, job: Job) -> None:
        """Hand a job to the worker."""
        assert self.child is not None
        if not self.jobs:
            self.spent = 0.0
        self.jobs.append(job)
        self.child.send(encode_job(job.chunks))
        self.child.write()

    def exchange(self, done: Callable[[Job, RenderedStep], None]) -> None:
        """Write what there is room for, and take in what came; `trouble` says whether the worker is gone."""
        child = self.child
        if child is None:
            return
        child.write()
        try:
            for frame in child.receive():
                if frame.kind is Kind.READY:
                    self.was_ready = True
                    self._wait = 0.0
                elif frame.kind is Kind.LEAVING:
                    self._leaving = True
                    self.detail = f"it holds {int(frame.about['bytes']) // 2**20} MiB"
                else:
                    step = decode_step(frame)
                    done(self.jobs.popleft(), step)
                self.spent = 0.0
        except WorkerDied as error:
            self._troubled(str(error))
        except (ValueError, TypeError, LookupError) as error:  # foreign code in it wrote into our pipe
            self._troubled(f"nonsense instead of an answer: {error!r}")

    def fail(self, trouble: Trouble, *, pause: float = 0.0) -> list[Job]:
        """Empty the place, for at least `pause` seconds; the jobs that were not done, the one at work first."""
        left = list(self.jobs)
        self.jobs.clear()
        # Settled here: an empty place has no trouble, or the same death would be told, and punished, at each look.
        self.trouble = None
        if self.child is not None:
            self.child.kill()
            self.child = None
        self.pausing = pause > 0
        if pause:
            self._not_before = self._clock.monotonic() + pause
        elif trouble is Trouble.START:
            self._later()
        return left

    def hang_up(self) -> None:
        """Tell the worker that there is nothing more to do."""
        if self.child is not None:
            self.child.hang_up()

    def close(self) -> None:
        """See the worker off."""
        if self.child is not None:
            self.child.dismiss(PARTING)
            self.child = None

    def _troubled(self, detail: str) -> None:
        if self._leaving:
            self.trouble = Trouble.MEMORY
            return
        self.trouble = Trouble.CRASH if self.was_ready else Trouble.START
        self.detail = detail

    def _later(self) -> None:
        self._wait = min(max(self._wait * 2, FIRST_WAIT), LONGEST_WAIT)
        self._not_before = self._clock.monotonic() + self._wait
