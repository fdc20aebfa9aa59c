"""A job for a worker, and how often it ended one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.model import Chunk
    from logsource.render.stage import RenderedStep

CHANCES = 3
"""Workers that may die over a job before the job is blamed: kills and lack of memory come from outside as well."""


class Trouble(Enum):
    """How a worker ended."""

    CRASH = "crash"
    HANG = "hang"
    START = "start"
    """Before it was ready."""
    MEMORY = "memory"
    """It left between two jobs, because it held too much; no job is to blame."""

    @property
    def reason(self) -> str:
        """Why a record was given up; a metric label."""
        return "worker_timeout" if self is Trouble.HANG else "worker_crash"


class Job:
    """Neighbouring chunks, rendered together by one worker."""

    __slots__ = ("_deaths", "_part", "chunks", "home", "parts", "result")

    def __init__(self, chunks: Sequence[Chunk], *, home: bool = False, part: bool = False) -> None:
        """`home`: not for a worker. `part`: of a job that was taken apart."""
        self.chunks = chunks
        self.home = home
        self.result: RenderedStep | None = None
        self.parts: list[Job] = []
        self._part = part
        self._deaths = 0

    def blame(self, trouble: Trouble) -> bool:
        """Its worker ended; whether that makes the job the culprit.

        A hang is proof enough: it took all the time there is. So is one crash of many parts, which only
        means to look closer; but one record is given up only when it had all its chances.
        """
        self._deaths += 1
        divisible = len(self.chunks) > 1 or self._records() > 1
        return trouble is Trouble.HANG or self._deaths >= (1 if self._part and divisible else CHANCES)

    @property
    def suspicious(self) -> bool:
        """Whether a worker died over it, or over the job it is a part of."""
        return self._part or self._deaths > 0

    def results(self) -> Iterator[RenderedStep]:
        """Results in the order of the records."""
        if self.parts:
            for part in self.parts:
                yield from part.results()
        else:
            assert self.result is not None
            yield self.result

    def _records(self) -> int:
        chunk = self.chunks[0]
        return chunk.data.count(b"\n") if chunk.lines is None else len(chunk.lines)
